# Other correct solutions of a02_autodiff. Never imported: each "# %%" cell stands in for a solution cell.

# %% difference: one point at a time
class CentralDifference:
    def __init__(self, x, step=None):
        x = np.array(x)
        if np.issubdtype(x.dtype, np.integer):
            x = x * 1.0
        if step is None:
            step = float(np.finfo(x.dtype).eps) ** (1 / 3)
        self.points, self.distances = [], []
        for index in np.ndindex(x.shape):
            up, down = x.copy(), x.copy()
            h = step * max(1.0, abs(float(x[index])))
            up[index], down[index] = float(x[index]) + h, float(x[index]) - h
            self.points += [up, down]
            self.distances.append(float(up[index]) - float(down[index]))
        self.points, self.shape = np.array(self.points), x.shape

    def jacobian(self, values):
        columns = []
        for k, distance in enumerate(self.distances):
            up, down = (np.asarray(values[i]) for i in (2 * k, 2 * k + 1))
            wide = complex if np.iscomplexobj(up) else float
            columns.append((up.astype(wide) - down.astype(wide)) / distance)
        return np.stack(columns, axis=-1).reshape(columns[0].shape + self.shape)


# %% difference: diagonal matrices
class CentralDifference:
    def __init__(self, x, step=None):
        x = np.asarray(x)
        kind = x.dtype if x.dtype.kind == "f" else np.dtype(float)
        x = x.astype(kind)
        self.shape = x.shape
        h = (np.cbrt(np.finfo(kind).eps) if step is None else step) * np.fmax(np.abs(x), 1).ravel()
        moves = np.diag(h.astype(kind))
        pairs = np.stack([x.ravel() + moves, x.ravel() - moves], axis=1)
        self.points = pairs.reshape(-1, *x.shape)

    def jacobian(self, values):
        pairs = self.points.reshape(-1, 2, int(np.prod(self.shape))).astype("float64")
        apart = np.einsum("kk->k", pairs[:, 0] - pairs[:, 1])
        values = np.asarray(values)
        out = values.shape[1:]
        values = values.reshape(len(apart), 2, -1).astype(np.promote_types(values.dtype, "float64"))
        slopes = (values[:, 0] - values[:, 1]) / apart[:, None]
        return slopes.T.reshape(out + self.shape)


# %% difference: points made when they are asked for, quotients in long double
class CentralDifference:
    def __init__(self, x, step=None):
        self.x = np.asarray(x) + np.float32(0) if np.asarray(x).dtype.kind == "f" else np.asarray(x, float)
        self.step = np.finfo(self.x.dtype).eps ** (1 / 3.0) if step is None else step

    @property
    def points(self):
        found = np.empty((2 * self.x.size, *self.x.shape), self.x.dtype)
        for k in range(self.x.size):
            for row, sign in ((2 * k, 1), (2 * k + 1, -1)):
                found[row] = self.x
                entry = self.x.reshape(-1)[k]
                found.reshape(len(found), -1)[row, k] = entry + sign * self.step * max(1, abs(entry))
        return found

    def jacobian(self, values):
        points = np.longdouble(self.points).reshape(2 * self.x.size, -1)
        values = np.asarray(values)
        long = np.clongdouble if values.dtype.kind == "c" else np.longdouble
        slopes = [
            (long(values[2 * k]) - long(values[2 * k + 1])) / (points[2 * k, k] - points[2 * k + 1, k])
            for k in range(self.x.size)
        ]
        slopes = np.array(slopes).astype(complex if long is np.clongdouble else float)
        return np.moveaxis(slopes, 0, -1).reshape(values.shape[1:] + self.x.shape)


# %% unbroadcast: one axis at a time, from the right
def unbroadcast(grad, shape, out_shape):
    result = np.array(grad)
    while result.ndim < len(out_shape):
        result = result[None]
    for axis in range(-1, -len(out_shape) - 1, -1):
        mine = shape[axis] if -axis <= len(shape) else 1
        if mine == 1:
            times = out_shape[axis] if result.shape[axis] == 1 else 1
            result = result.sum(axis=axis, keepdims=True) * times
        elif result.shape[axis] == 1:
            result = np.repeat(result, mine, axis=axis)
    return result.reshape(shape)


# %% unbroadcast: einsum over letters
def unbroadcast(grad, shape, out_shape):
    letters = "abcdefgh"[: len(out_shape)]
    kept = letters[len(letters) - len(shape) :]
    small = np.squeeze(grad)
    there = [a for a, n in zip(letters[len(letters) - np.ndim(grad) :], np.shape(grad)) if n != 1]
    wanted = [a for a, n in zip(kept, shape) if n != 1]
    count = 1.0
    for letter, length in zip(letters, out_shape):
        if letter not in there and letter not in wanted:
            count *= length
    both = [a for a in wanted if a in there]
    total = np.einsum(f"{''.join(there)}->{''.join(both)}", small) * np.asarray(grad).dtype.type(count)
    view = total.reshape([n if a in both else 1 for a, n in zip(kept, shape)])
    return np.broadcast_to(view, shape)


# %% unbroadcast: the lecture's sum, and the rest around it
def unbroadcast(grad, shape, out_shape):
    from mmcourse.foundations.autodiff import unbroadcast as plain_sum

    grad = np.asarray(grad)
    wide = (1,) * (len(out_shape) - grad.ndim) + grad.shape
    mine = (1,) * (len(out_shape) - len(shape)) + tuple(shape)
    factor = float(np.prod([n for n, g, m in zip(out_shape, wide, mine) if g == 1 and m == 1], dtype=float))
    partly = tuple(g if m == 1 else m for g, m in zip(wide, mine))
    spread = np.broadcast_to(grad.reshape(wide), partly)
    return (plain_sum(spread, tuple(shape)) * factor).astype(grad.dtype)


# %% vjp: one long function with einsum and loops
def vjp(op, grad, inputs, output, axis=None, keepdims=False):
    def summed(array, shape):
        for _ in range(array.ndim - len(shape)):
            array = array.sum(axis=0)
        for place, length in enumerate(shape):
            if length == 1:
                array = array.sum(axis=place, keepdims=True)
        return array

    if op == "matmul":
        a, b = inputs
        wide_a, wide_b = a.reshape((1,) * (a.ndim == 1) + a.shape), b.reshape(b.shape + (1,) * (b.ndim == 1))
        lead = np.broadcast_shapes(wide_a.shape[:-2], wide_b.shape[:-2])
        full = np.reshape(grad, lead + (wide_a.shape[-2], wide_b.shape[-1]))
        grad_a = summed(np.einsum("...ij,...kj->...ik", full, wide_b), wide_a.shape)
        grad_b = summed(np.einsum("...ki,...kj->...ij", wide_a, full), wide_b.shape)
        return [grad_a.reshape(a.shape), grad_b.reshape(b.shape)]
    if op == "where":
        condition, a, b = inputs
        chosen, left = np.zeros_like(grad), np.zeros_like(grad)
        condition = np.broadcast_to(condition, grad.shape)
        chosen[condition], left[~condition] = grad[condition], grad[~condition]
        return [None, summed(chosen, a.shape), summed(left, b.shape)]
    x = inputs[0]
    if op == "take":
        total = np.swapaxes(np.zeros(x.shape), 0, axis).copy()
        places = inputs[1].reshape(-1)
        grads = np.reshape(grad, x.shape[: axis % x.ndim] + (places.size,) + x.shape[axis % x.ndim + 1 :])
        grads = np.swapaxes(grads, 0, axis)
        for place, share in zip(places, grads):
            total[place] = total[place] + share
        return [np.swapaxes(total, 0, axis), None]
    keep = np.sum(x, axis=axis, keepdims=True).shape
    grad, output = np.reshape(grad, keep), np.reshape(output, keep)
    if op == "sum":
        return [grad + np.zeros_like(x)]
    if op == "max":
        ties = np.isclose(x, output, rtol=0, atol=0)
        return [np.where(ties, grad / np.count_nonzero(ties, axis=axis, keepdims=True), 0)]
    with np.errstate(all="ignore"):
        return [np.where(np.isneginf(x), 0.0, grad * np.exp(x - output))]


# %% vjp: through the definition, a basis vector at a time for the linear ones
class Pulls:
    def __call__(self, op, grad, inputs, output, **options):
        return tuple(getattr(self, op)(np.asarray(grad), *inputs, output, **options))

    def linear(self, forward, shape, grad):
        found = np.zeros(shape)
        for index in np.ndindex(*shape):
            unit = np.zeros(shape)
            unit[index] = 1.0
            found[index] = np.sum(grad * forward(unit))
        return found

    def matmul(self, grad, a, b, output):
        yield self.linear(lambda unit: unit @ b, a.shape, grad)
        yield self.linear(lambda unit: a @ unit, b.shape, grad)

    def sum(self, grad, x, output, **options):
        yield self.linear(lambda unit: unit.sum(**options), x.shape, grad)

    def take(self, grad, x, indices, output, axis):
        yield self.linear(lambda unit: np.take(unit, indices, axis), x.shape, grad)
        yield None

    def where(self, grad, condition, a, b, output):
        yield None
        for mine, shape in ((True, a.shape), (False, b.shape)):
            found = np.zeros(shape)
            chosen = np.broadcast_to(condition, grad.shape) == mine
            places = np.broadcast_to(np.arange(found.size).reshape(shape), grad.shape)
            np.add.at(found.reshape(-1), places[chosen], grad[chosen])
            yield found

    def shared(self, grad, x, shares, axis, keepdims):
        axes = tuple(range(x.ndim)) if axis is None else axis
        yield shares * (grad if keepdims else np.expand_dims(grad, axes))

    def max(self, grad, x, output, axis=None, keepdims=False):
        top = x >= x.max(axis=axis, keepdims=True)
        return self.shared(grad, x, top / top.sum(axis=axis, keepdims=True), axis, keepdims)

    def logsumexp(self, grad, x, output, axis=None, keepdims=False):
        top = x.max(axis=axis, keepdims=True)
        parts = np.exp(x - np.nan_to_num(top, neginf=0.0))
        total = parts.sum(axis=axis, keepdims=True)
        return self.shared(grad, x, parts / np.where(total > 0, total, 1.0), axis, keepdims)


vjp = Pulls()


# %% vjp: views and bincount
def pull_matmul(grad, inputs, output):
    a, b = inputs
    if a.ndim == 1 and b.ndim == 1:
        return grad * b, grad * a
    if a.ndim == 1:
        full = grad[..., None, :]
        mine = (b * full).sum(axis=-1)
        return mine.reshape(-1, len(a)).sum(axis=0), a[:, None] * full
    if b.ndim == 1:
        full = grad[..., :, None]
        mine = (a * full).sum(axis=-2)
        return full * b, mine.reshape(-1, len(b)).sum(axis=0)
    pairs = (grad[..., :, None, :] * b[..., None, :, :]).sum(-1), (a[..., :, :, None] * grad[..., :, None, :]).sum(-3)
    return tuple(down(array, like.shape) for array, like in zip(pairs, inputs))


def down(array, shape):
    lead = array.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + k for k, n in enumerate(shape) if n == 1)
    return array.sum(axis=axes, keepdims=True).reshape(shape)


def wide(array, x, axis, keepdims):
    return array if keepdims else array.reshape(x.sum(axis=axis, keepdims=True).shape)


def pull_take(grad, inputs, output, axis):
    x, indices = inputs
    places = np.take(np.arange(x.size).reshape(x.shape), indices, axis=axis)
    return np.bincount(places.ravel(), weights=np.ravel(grad), minlength=x.size).reshape(x.shape), None


def pull_where(grad, inputs, output):
    condition, a, b = inputs
    zero = np.zeros(())
    return None, down(np.where(condition, grad, zero), a.shape), down(np.where(~condition, grad, zero), b.shape)


def vjp(op, grad, inputs, output, **options):
    grad = np.asarray(grad)
    if op in ("matmul", "where", "take"):
        return globals()["pull_" + op](grad, inputs, output, **options)
    (x,), axis, keepdims = inputs, options.get("axis"), options.get("keepdims", False)
    grad, output = wide(grad, x, axis, keepdims), wide(np.asarray(output), x, axis, keepdims)
    if op == "sum":
        return (np.tile(grad, [n // m for n, m in zip(x.shape, grad.shape)]),)
    if op == "max":
        equal = np.equal(x, output)
        return (equal * (grad / np.sum(equal, axis=axis, keepdims=True)),)
    return (grad * np.exp(np.subtract(x, output, where=x > -np.inf, out=np.full(x.shape, -np.inf))),)


# %% backward: counting arrivals (Kahn)
def backward(graph, seeds, wanted):
    users = {name: [] for name in graph}
    for name, edges in graph.items():
        for source, _ in edges:
            users[source].append(name)

    def closure(start, neighbours):
        found, pending = set(start), list(start)
        while pending:
            for other in neighbours(pending.pop()):
                if other not in found:
                    found.add(other)
                    pending.append(other)
        return found

    above = closure(seeds, lambda name: [source for source, _ in graph[name]])
    useful = above & closure(wanted, lambda name: users[name])
    missing = {name: sum(user in useful for user in users[name]) for name in useful}
    ready = [name for name in useful if not missing[name]]
    grads = {name: np.array(seeds[name], dtype=float) for name in seeds}
    while ready:
        name = ready.pop()
        for source, jacobian in graph[name]:
            if source not in useful:
                continue
            share = np.einsum("i,ij->j" if jacobian.ndim == 2 else "i,i->i", grads[name], jacobian)
            grads[source] = grads.get(source, 0.0) + share
            missing[source] -= 1
            if not missing[source]:
                ready.append(source)
    return {name: grads.get(name, None) for name in wanted}


# %% backward: forwards first, rows of Jacobians
def backward(graph, seeds, wanted):
    depth, stack = {}, list(graph)
    while stack:
        name = stack[-1]
        waiting = [source for source, _ in graph[name] if source not in depth]
        if waiting:
            stack.extend(waiting)
        else:
            depth[stack.pop()] = 1 + max((depth[source] for source, _ in graph[name]), default=0)
    leads = {}
    for name in sorted(graph, key=depth.get):
        leads[name] = name in wanted or any(leads[source] for source, _ in graph[name])
    arrived = {name: [seed] for name, seed in seeds.items()}
    for name in sorted(graph, key=depth.get, reverse=True):
        if name not in arrived or not leads[name]:
            continue
        total = sum(arrived[name])
        for source, jacobian in graph[name]:
            if leads[source]:
                share = total * jacobian if jacobian.ndim < 2 else total.dot(jacobian)
                arrived.setdefault(source, []).append(share)
    return {name: sum(arrived[name]) if name in arrived else None for name in wanted}


# %% backward: pull, asking each name for its users
def backward(graph, seeds, wanted):
    users = {}
    for name in graph:
        for source, jacobian in graph[name]:
            users.setdefault(source, []).append((name, jacobian))
    found, stack = {}, list(wanted)
    while stack:
        name = stack[-1]
        if name in found:
            stack.pop()
            continue
        waiting = [user for user, _ in users.get(name, []) if user not in found]
        if waiting:
            stack += waiting
            continue
        parts = [seeds[name] * 1.0] if name in seeds else []
        for user, jacobian in users.get(name, []):
            if found[user] is not None:
                matrix = np.diag(jacobian) if jacobian.ndim == 1 else jacobian
                parts.append(matrix.T @ found[user])
        found[stack.pop()] = np.sum(parts, axis=0) if parts else None
    return {name: found[name] for name in wanted}


# %% number: operations by name, one table of rules
class Number:
    RULES = {
        "add": lambda g, out, a, b: (g, g),
        "sub": lambda g, out, a, b: (g, -g),
        "mul": lambda g, out, a, b: (g * b, a * g),
        "div": lambda g, out, a, b: (g / b, -g * a / (b * b)),
        "exp": lambda g, out, a: (g * out,),
        "log": lambda g, out, a: (g / a,),
        "tanh": lambda g, out, a: (g - g * out * out,),
    }

    def __init__(self, data, name=None, rule=None, *args):
        self.data, self.name, self.rule, self.args = data * 1.0, name, rule, args
        self.level = 1 + max((arg.level for arg in args), default=-1)

    def make(self, data, rule, *args):
        return Number(data, None, rule, *(arg if isinstance(arg, Number) else Number(arg) for arg in args))

    def __add__(self, other):
        return self.make(self.data + getattr(other, "data", other), "add", self, other)

    def __radd__(self, other):
        return self.make(other + self.data, "add", other, self)

    def __sub__(self, other):
        return self.make(self.data - getattr(other, "data", other), "sub", self, other)

    def __rsub__(self, other):
        return self.make(other - self.data, "sub", other, self)

    def __mul__(self, other):
        return self.make(self.data * getattr(other, "data", other), "mul", self, other)

    def __rmul__(self, other):
        return self.make(other * self.data, "mul", other, self)

    def __truediv__(self, other):
        return self.make(self.data / getattr(other, "data", other), "div", self, other)

    def __rtruediv__(self, other):
        return self.make(other / self.data, "div", other, self)

    def __neg__(self):
        return 0 - self

    def __pow__(self, n):
        out = self.make(self.data**n, "pow", self)
        out.power = n
        return out

    def exp(self):
        return self.make(float(np.exp(self.data)), "exp", self)

    def log(self):
        return self.make(float(np.log(self.data)), "log", self)

    def tanh(self):
        return self.make(float(np.tanh(self.data)), "tanh", self)

    def derivative(self, name):
        nodes, pending = {id(self): self}, [self]
        while pending:
            for arg in pending.pop().args:
                if id(arg) not in nodes:
                    nodes[id(arg)] = arg
                    pending.append(arg)
        grads = {id(self): Number(1)}
        for node in sorted(nodes.values(), key=lambda node: node.level, reverse=True):
            if node.rule is None:
                continue
            grad = grads[id(node)]
            if node.rule == "pow":
                n, base = node.power, node.args[0]
                shares = (grad * n * base ** (n - 1) if n else Number(0.0),)
            else:
                shares = Number.RULES[node.rule](grad, node, *node.args)
            for arg, share in zip(node.args, shares):
                grads[id(arg)] = share + grads[id(arg)] if id(arg) in grads else share
        total = Number(0)
        for key, node in nodes.items():
            if node.name == name:
                total = grads[key] + total
        return total


# %% number: whole exponents as products, chatty
class Number:
    count = 0

    def __init__(self, data, name=None):
        self.data, self.name, self.parents, self.slopes = float(data), name, [], None
        Number.count += 1
        self.serial = Number.count
        if Number.count == 1:
            print("the first number of many")

    def _from(self, data, parents, slopes):
        node = Number(data)
        node.parents, node.slopes = parents, slopes
        return node

    def _of(self, value):
        return value if type(value) is type(self) else Number(value)

    def __add__(self, other):
        other = self._of(other)
        return self._from(self.data + other.data, [self, other], lambda: [Number(1), Number(1)])

    def __mul__(self, other):
        other = self._of(other)
        return self._from(self.data * other.data, [self, other], lambda: [other, self])

    def __pow__(self, n):
        if float(n).is_integer() and n >= 0:
            product = Number(1)
            for _ in range(int(n)):
                product = product * self
            return product
        return self._from(self.data**n, [self], lambda: [self ** (n - 1) * n])

    def exp(self):
        return self._from(np.exp(self.data), [self], lambda: [self.exp()])

    def log(self):
        return self._from(np.log(self.data), [self], lambda: [self**-1])

    def tanh(self):
        twice = (self * 2).exp()
        return (twice - 1) / (twice + 1)

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + self._of(other) * -1

    def __rsub__(self, other):
        return self._of(other) - self

    def __truediv__(self, other):
        return self * self._of(other) ** -1

    def __rtruediv__(self, other):
        return self._of(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def derivative(self, name):
        import heapq

        grads, queue = {self.serial: Number(1)}, [(-self.serial, self)]
        queued, named = {self.serial}, []
        while queue:
            _, node = heapq.heappop(queue)
            named += [node.serial] if node.name == name else []
            if node.slopes is None:
                continue
            for parent, slope in zip(node.parents, node.slopes()):
                share = slope * grads[node.serial]
                grads[parent.serial] = grads[parent.serial] + share if parent.serial in grads else share
                if parent.serial not in queued:
                    queued.add(parent.serial)
                    heapq.heappush(queue, (-parent.serial, parent))
        total = Number(0)
        for serial in named:
            total = total + grads[serial]
        return total


# %% number: the youngest first
class Number:
    born = 0

    def __init__(self, data, name=None, how=()):
        Number.born += 1
        self.data, self.how, self.place = float(np.float64(data)), how, Number.born
        self.name = name

    def __add__(self, other):
        if not isinstance(other, Number):
            return Number(self.data + other, None, [(self, 1.0)])
        return Number(self.data + other.data, None, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        if not isinstance(other, Number):
            return Number(self.data * other, None, [(self, other)])
        return Number(self.data * other.data, None, [(self, other), (other, self)])

    def __pow__(self, n):
        return Number(self.data**n, None, [(self, lambda: n * self ** (n - 1))] if n != 0 else [])

    def __truediv__(self, other):
        return self * (other**-1)

    def exp(self):
        out = Number(np.exp(self.data))
        out.how = [(self, out)]
        return out

    def log(self):
        return Number(np.log(self.data), None, [(self, lambda: 1 / self)])

    def tanh(self):
        out = Number(np.tanh(self.data))
        out.how = [(self, lambda: (1 - out) * (1 + out))]
        return out

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return self**-1 * other

    def derivative(self, name):
        grads, total = {self.place: Number(1.0)}, Number(0.0)
        family, fresh = {self.place: self}, [self]
        while fresh:
            sources = {source.place: source for node in fresh for source, _ in node.how}
            fresh = [source for place, source in sources.items() if place not in family]
            family.update((source.place, source) for source in fresh)
        for place in sorted(family, reverse=True):
            if family[place].name == name:
                total = total + grads[place]
            for source, slope in family[place].how:
                share = grads[place] * (slope() if callable(slope) else slope)
                grads[source.place] = share + grads[source.place] if source.place in grads else share
        return total


# %% mlp: rows one at a time
def mlp_gradients(layers, x, labels, *, weights=None, activation="tanh", residual=False, l2=0.0):
    rows = [i for i in range(len(labels)) if labels[i] != -1]
    weight_of = {i: 1.0 if weights is None else float(weights[i]) for i in rows}
    whole = sum(weight_of.values())
    loss = sum(l2 / 2 * (layer["W"] ** 2).sum() for layer in layers)
    grads = [{"W": l2 * layer["W"], "b": 0.0 * layer["b"]} for layer in layers]
    for i in rows:
        if whole == 0:
            break
        hs, zs = [x[i]], []
        for k, layer in enumerate(layers):
            zs.append(layer["W"].dot(hs[-1]) + layer["b"])
            h = zs[-1]
            if k < len(layers) - 1:
                h = np.tanh(h) if activation == "tanh" else h.clip(0)
                if residual and len(h) == len(hs[-1]):
                    h = h + hs[-1]
            hs.append(h)
        top = hs[-1].max()
        total = top + np.log(np.exp(hs[-1] - top).sum())
        share = weight_of[i] / whole
        loss = loss + share * (total - hs[-1][labels[i]])
        grad = share * np.exp(hs[-1] - total)
        grad[labels[i]] -= share
        for k in reversed(range(len(layers))):
            path = np.zeros(len(hs[k]))
            delta = grad
            if k < len(layers) - 1:
                delta = grad * (1 / np.cosh(zs[k]) ** 2 if activation == "tanh" else np.heaviside(zs[k], 0))
                if residual and len(zs[k]) == len(hs[k]):
                    path = grad
            grads[k] = {"W": grads[k]["W"] + np.outer(delta, hs[k]), "b": grads[k]["b"] + delta}
            grad = delta.dot(layers[k]["W"]) + path
    return loss, grads


# %% mlp: through the lecture's tensors
def mlp_gradients(layers, x, labels, *, weights=None, activation="tanh", residual=False, l2=0.0):
    from mmcourse.foundations.autodiff import Tensor

    tensors = [{name: Tensor(array) for name, array in layer.items()} for layer in layers]
    good = np.flatnonzero(np.asarray(labels) > -1)
    labels = np.asarray(labels)[good]
    weights = np.ones(len(good)) if weights is None else np.asarray(weights)[good]
    h = np.asarray(x)[good]
    for place, layer in enumerate(tensors):
        z = h @ layer["W"].T + layer["b"]
        if place + 1 == len(tensors):
            h = z
            continue
        if activation == "tanh":
            y = np.tanh(z.value)
            f = Tensor(y, [(z, lambda g, y=y: g * (1 - y * y))])
        else:
            on = (z.value > 0) * 1.0
            f = Tensor(z.value * on, [(z, lambda g, on=on: g * on)])
        h = f + h if residual and f.shape == h.shape else f
    a = h.value - h.value.max(axis=-1, keepdims=True)
    logs = a - np.log(np.exp(a).sum(axis=-1, keepdims=True))
    hot = np.eye(a.shape[1])[labels]
    scale = (weights / (weights.sum() or 1.0))[:, None]
    entropy = Tensor(-(scale * hot * logs).sum(), [(h, lambda g: g * scale * (np.exp(logs) - hot))])
    loss = entropy
    for layer in tensors:
        loss = loss + (layer["W"] ** 2).sum() * (l2 / 2)
    loss.backward()
    return float(loss.value), [{name: tensor.grad for name, tensor in layer.items()} for layer in tensors]


# %% mlp: einsum, arrays of scores a class at a time
def mlp_gradients(layers, x, labels, *, weights=None, activation="tanh", residual=False, l2=0.0):
    use = np.not_equal(labels, -1)
    weights = use.astype(float) if weights is None else np.where(use, weights, 0.0)
    x = np.where(use[:, None], x, 0.0)
    labels = np.where(use, labels, 0)
    share = np.divide(weights, weights.sum(), out=np.zeros(len(weights)), where=weights.sum() > 0)

    def act(z):
        return (
            (np.tanh(z), 1 - np.tanh(z) ** 2) if activation == "tanh" else (np.maximum(z, 0), np.sign(np.maximum(z, 0)))
        )

    *hidden, last = layers
    states, slopes = [x], []
    for layer in hidden:
        value, slope = act(np.einsum("bi,oi->bo", states[-1], layer["W"]) + layer["b"])
        slopes.append(slope)
        square = residual and layer["W"].shape[0] == layer["W"].shape[1]
        states.append(value + states[-1] if square else value)
    scores = np.einsum("bi,oi->bo", states[-1], last["W"]) + last["b"]
    norm = np.logaddexp.reduce(scores, axis=1)
    loss = np.dot(share, norm - np.take_along_axis(scores, labels[:, None], axis=1)[:, 0])
    grad = np.exp(scores - norm[:, None])
    for place, label in enumerate(labels):
        grad[place, label] -= 1.0
    grad = grad * share[:, None]
    found = [{"W": np.einsum("bo,bi->oi", grad, states[-1]), "b": np.einsum("bo->o", grad)}]
    grad = np.einsum("bo,oi->bi", grad, last["W"])
    for layer, slope, state in reversed(list(zip(hidden, slopes, states))):
        local = grad * slope
        found.insert(0, {"W": np.einsum("bo,bi->oi", local, state), "b": local.sum(0)})
        below = np.einsum("bo,oi->bi", local, layer["W"])
        grad = below + grad if residual and len(set(layer["W"].shape)) == 1 else below
    for piece, layer in zip(found, layers):
        piece["W"] = piece["W"] + l2 * layer["W"]
        loss += l2 * np.square(layer["W"]).sum() / 2
    return loss, found
