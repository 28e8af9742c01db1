# Other correct solutions of a03_optimizers. Never imported: each "# %%" cell stands in for a solution cell.

# %% momentum: in place
def momentum_step(params, grads, state=None, *, lr=0.01, momentum=0.9, weight_decay=0.0, frozen=None):
    velocities = {} if state is None else state
    for name, grad in grads.items():
        param = params[name]
        velocity = velocities.setdefault(name, np.zeros_like(param))
        free = ~(frozen[name] if frozen and name in frozen else np.zeros(param.shape, bool))
        velocity[free] = momentum * velocity[free] - lr * (grad[free] + weight_decay * param[free])
        param[free] += velocity[free]
    return params, velocities


# %% momentum: lists of arrays as state, a list as result
def momentum_step(params, grads, state=None, *, lr=0.01, momentum=0.9, weight_decay=0.0, frozen=None):
    names = sorted(params)
    old = state or [np.zeros_like(params[name]) for name in names]
    moved, new = {}, []
    for name, velocity in zip(names, old):
        param, grad = params[name], grads.get(name)
        if grad is not None:
            rolled = momentum * velocity - lr * (grad + weight_decay * param)
            mask = (frozen or {}).get(name, np.zeros(param.shape, bool))
            velocity = np.where(mask, velocity, rolled)
            param = np.where(mask, param, param + rolled)
        new.append(velocity)
        moved[name] = param
    return [moved, new]


# %% momentum: a callable instance
class Momentum:
    calls = 0

    def __call__(self, params, grads, state=None, *, lr=0.01, momentum=0.9, weight_decay=0.0, frozen=None):
        self.calls += 1
        state = {} if state is None else dict(state)
        return {
            name: self.move(name, param, grads, state, lr, momentum, weight_decay, frozen or {})
            for name, param in params.items()
        }, state

    def move(self, name, param, grads, state, lr, momentum, weight_decay, frozen):
        if name not in grads:
            return param
        keep = frozen.get(name, np.full(param.shape, False))
        pull = np.where(keep, 0, grads[name]) + weight_decay * param
        velocity = state.get(name, np.zeros_like(param))
        state[name] = np.where(keep, velocity, momentum * velocity - lr * pull)
        return param + np.where(keep, 0, state[name])


momentum_step = Momentum()


# %% momentum: float32 internally
def momentum_step(params, grads, state=None, *, lr=0.01, momentum=0.9, weight_decay=0.0, frozen=None):
    params = {name: np.asarray(param, np.float32) for name, param in params.items()}
    state = dict(state or {})
    for name in grads:
        grad = np.asarray(grads[name], np.float32) + np.float32(weight_decay) * params[name]
        velocity = state.get(name, np.zeros(grad.shape, np.float32))
        moving = np.logical_not((frozen or {}).get(name, np.zeros(grad.shape, bool)))
        state[name] = np.where(moving, np.float32(momentum) * velocity - np.float32(lr) * grad, velocity)
        params[name] = np.where(moving, params[name] + state[name], params[name])
    return params, state


# %% momentum: explicit loops, numbers as state
def momentum_step(params, grads, state=None, *, lr=0.01, momentum=0.9, weight_decay=0.0, frozen=None):
    moved = {name: np.array(param) for name, param in params.items()}
    state = dict(state or {})
    for name in grads:
        for index in np.ndindex(*moved[name].shape):
            if frozen is not None and name in frozen and frozen[name][index]:
                continue
            key = name + str(index)
            pull = float(grads[name][index]) + weight_decay * float(moved[name][index])
            state[key] = momentum * state.get(key, 0.0) - lr * pull
            moved[name][index] += state[key]
    return moved, state


# %% momentum: remembers where it came from instead of a velocity
def momentum_step(params, grads, state=None, *, lr=0.01, momentum=0.9, weight_decay=0.0, frozen=None):
    last_moves, moved = dict(state or {}), {}
    for name, param in params.items():
        moved[name] = param.copy()
        if name in grads:
            free = np.ones(param.shape, bool) if not frozen or name not in frozen else ~frozen[name]
            last = last_moves.get(name, 0 * param)
            move = momentum * last - lr * grads[name] - lr * weight_decay * param
            moved[name] = np.where(free, param + move, param)
            last_moves[name] = np.where(free, move, last)
    return moved, last_moves


# %% rmsprop: in place
def rmsprop_step(
    params, grads, state=None, *, lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0.0, centered=False, frozen=None
):
    state = {"square": {}, "mean": {}} if state is None else state
    for name, grad in grads.items():
        param = params[name]
        square = state["square"].setdefault(name, np.zeros_like(param))
        mean = state["mean"].setdefault(name, np.zeros_like(param))
        free = np.ones(param.shape, bool)
        if frozen and name in frozen:
            free = ~frozen[name]
        g = grad[free] + weight_decay * param[free]
        square[free] *= alpha
        square[free] += (1 - alpha) * g * g
        mean[free] *= alpha
        mean[free] += (1 - alpha) * g
        spread = square[free] - mean[free] ** 2 if centered else square[free]
        param[free] -= lr * g / (np.sqrt(np.clip(spread, 0, None)) + eps)
    return params, state


# %% rmsprop: a class that is packed and unpacked
class RMSprop:
    def __init__(self, saved):
        self.squares, self.means = saved if saved is not None else ({}, {})

    def divide(self, name, g, keep, alpha, eps, centered):
        old_square, old_mean = self.squares.get(name, np.zeros_like(g)), self.means.get(name, np.zeros_like(g))
        square, mean = old_square + (1 - alpha) * (g**2 - old_square), old_mean + (1 - alpha) * (g - old_mean)
        self.squares[name], self.means[name] = np.where(keep, old_square, square), np.where(keep, old_mean, mean)
        variance = square - mean**2 if centered else square
        return g / (np.sqrt(np.where(variance > 0, variance, 0)) + eps)


def rmsprop_step(
    params, grads, state=None, *, lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0.0, centered=False, frozen=None
):
    optimizer, moved = RMSprop(state), dict(params)
    for name in set(params) & set(grads):
        keep = np.zeros(params[name].shape, bool) if frozen is None else frozen.get(name, np.array(False))
        g = grads[name] + weight_decay * params[name]
        step = optimizer.divide(name, g, keep, alpha, eps, centered)
        moved[name] = np.where(keep, params[name], params[name] - lr * step)
    return moved, [optimizer.squares, optimizer.means]


# %% rmsprop: a callable instance
class Step:
    def __call__(
        self, params, grads, state=None, *, lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0, centered=False, frozen=None
    ):
        state, moved = dict(state or {}), dict(params)
        for name in grads:
            stays = (frozen or {}).get(name, False)
            old = state.get(name, np.zeros((2, *params[name].shape), params[name].dtype))
            g = grads[name] + weight_decay * params[name]
            new = alpha * old + (1 - alpha) * np.stack([g**2, g])
            spread = np.maximum(new[0] - (new[1] ** 2 if centered else 0), 0)
            state[name] = np.where(stays, old, new)
            moved[name] = np.where(stays, params[name], params[name] - lr * g / (spread**0.5 + eps))
        return moved, state


rmsprop_step = Step()


# %% rmsprop: float32 internally
def rmsprop_step(
    params, grads, state=None, *, lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0.0, centered=False, frozen=None
):
    state, moved = dict(state or {}), {name: np.asarray(param, np.float32) for name, param in params.items()}
    for name, grad in grads.items():
        param = moved[name]
        g = np.asarray(grad, np.float32) + weight_decay * param
        square, mean = state.get(name, (np.zeros(g.shape, np.float32), np.zeros(g.shape, np.float32)))
        new = alpha * square + (1 - alpha) * g**2, alpha * mean + (1 - alpha) * g
        spread = np.maximum(new[0] - new[1] ** 2, np.float32(0)) if centered else new[0]
        keep = (frozen or {}).get(name, np.zeros(g.shape, bool))
        state[name] = tuple(np.where(keep, a, b).astype(np.float32) for a, b in zip((square, mean), new))
        moved[name] = np.where(keep, param, param - lr * g / (np.sqrt(spread) + eps)).astype(np.float32)
    return moved, state


# %% rmsprop: explicit loops
def rmsprop_step(
    params, grads, state=None, *, lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0.0, centered=False, frozen=None
):
    moved, memory = {name: np.array(param) for name, param in params.items()}, dict(state or {})
    for name in grads:
        for index in np.ndindex(*moved[name].shape):
            if frozen is not None and name in frozen and frozen[name][index]:
                continue
            g = float(grads[name][index]) + weight_decay * float(moved[name][index])
            square, mean = memory.get((name, index), (0.0, 0.0))
            square, mean = alpha * square + (1 - alpha) * g * g, alpha * mean + (1 - alpha) * g
            memory[name, index] = (square, mean)
            spread = max(square - mean * mean, 0.0) if centered else square
            moved[name][index] -= lr * g / (spread**0.5 + eps)
    return moved, memory


# %% adam: in place
def adam_step(
    params, grads, state=None, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False, frozen=None
):
    state = {} if state is None else state
    for name, grad in grads.items():
        param = params[name]
        if name not in state:
            state[name] = {"m": np.zeros_like(param), "v": np.zeros_like(param), "t": np.zeros(param.shape, int)}
        m, v, t = state[name]["m"], state[name]["v"], state[name]["t"]
        free = np.ones(param.shape, bool)
        if frozen and name in frozen:
            free = ~frozen[name]
        g = grad[free]
        if not decoupled:
            g = g + weight_decay * param[free]
        t[free] += 1
        m[free] = betas[0] * m[free] + (1 - betas[0]) * g
        v[free] = betas[1] * v[free] + (1 - betas[1]) * g**2
        if decoupled:
            param[free] *= 1 - lr * weight_decay
        m_hat = m[free] / (1 - betas[0] ** t[free])
        v_hat = v[free] / (1 - betas[1] ** t[free])
        param[free] -= lr * m_hat / (np.sqrt(v_hat) + eps)
    return params, state


# %% adam: running products of the betas instead of a count
def adam_step(
    params, grads, state=None, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False, frozen=None
):
    state, moved = dict(state or {}), dict(params)
    for name, grad in grads.items():
        param = params[name]
        keep = (frozen or {}).get(name, np.zeros(param.shape, bool))
        zero, one = np.zeros_like(param), np.ones_like(param)
        old = np.stack(state[name]) if name in state else np.stack([zero, zero, one, one])
        g = grad + (0.0 if decoupled else weight_decay) * param
        new = np.stack(
            [
                betas[0] * old[0] + (1 - betas[0]) * g,
                betas[1] * old[1] + (1 - betas[1]) * g * g,
                betas[0] * old[2],
                betas[1] * old[3],
            ]
        )
        with np.errstate(all="ignore"):
            step = new[0] / (1 - new[2]) / (np.sqrt(new[1] / (1 - new[3])) + eps)
        shrink = 1 - lr * weight_decay if decoupled else 1
        moved[name] = np.where(keep, param, shrink * param - lr * step)
        state[name] = list(np.where(keep, old, new))
    return moved, state


# %% adam: a callable instance, all parameters in one flat vector
class Adam:
    def __call__(
        self,
        params,
        grads,
        state=None,
        *,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        decoupled=False,
        frozen=None,
    ):
        names = list(params)
        flat = np.concatenate([params[name].ravel() for name in names])
        g = np.concatenate([grads.get(name, params[name]).ravel() for name in names])
        keep = np.concatenate([self.mask(name, params, grads, frozen or {}) for name in names])
        mean, square, count = state or (np.zeros_like(flat), np.zeros_like(flat), np.zeros(flat.shape, int))
        if not decoupled:
            g = g + weight_decay * flat
        count = np.where(keep, count, count + 1)
        mean = np.where(keep, mean, betas[0] * mean + (1 - betas[0]) * g)
        square = np.where(keep, square, betas[1] * square + (1 - betas[1]) * g**2)
        safe = np.maximum(count, 1)
        step = mean / (1 - betas[0] ** safe) / (np.sqrt(square / (1 - betas[1] ** safe)) + eps)
        if decoupled:
            step = step + weight_decay * flat
        flat = np.where(keep, flat, flat - lr * step).astype(flat.dtype)
        moved, begin = {}, 0
        for name in names:
            end = begin + params[name].size
            moved[name] = flat[begin:end].reshape(params[name].shape)
            begin = end
        return moved, (mean, square, count)

    @staticmethod
    def mask(name, params, grads, frozen):
        if name not in grads:
            return np.ones(params[name].size, bool)
        return frozen.get(name, np.zeros(params[name].shape, bool)).ravel()


adam_step = Adam()


# %% adam: float32 internally
def adam_step(
    params, grads, state=None, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False, frozen=None
):
    single = np.float32
    state, moved = dict(state or {}), {name: np.asarray(param, single) for name, param in params.items()}
    for name, grad in grads.items():
        param = moved[name]
        g = np.asarray(grad, single) if decoupled else np.asarray(grad, single) + single(weight_decay) * param
        mean, square, count = state.get(name, [np.zeros(g.shape, single)] * 3)
        new = [betas[0] * mean + (1 - betas[0]) * g, betas[1] * square + (1 - betas[1]) * g * g, count + 1]
        step = new[0] / (1 - betas[0] ** new[2]) / (np.sqrt(new[1] / (1 - betas[1] ** new[2])) + eps)
        decay = weight_decay * param if decoupled else np.zeros_like(param)
        keep = (frozen or {}).get(name, np.zeros(g.shape, bool))
        state[name] = [np.where(keep, a, b).astype(single) for a, b in zip([mean, square, count], new)]
        moved[name] = np.where(keep, param, param - lr * (step + decay)).astype(single)
    return moved, state


# %% adam: explicit loops
def adam_step(
    params, grads, state=None, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False, frozen=None
):
    moved = {name: np.array(param) for name, param in params.items()}
    memory = dict(state or {})
    for name in grads:
        for index in np.ndindex(*moved[name].shape):
            if frozen is not None and name in frozen and frozen[name][index]:
                continue
            w, g = float(moved[name][index]), float(grads[name][index])
            m, v, t = memory.get(f"{name}{index}", (0.0, 0.0, 0))
            if not decoupled:
                g += weight_decay * w
            m, v, t = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g * g, t + 1
            memory[f"{name}{index}"] = (m, v, t)
            step = m / (1 - betas[0] ** t) / ((v / (1 - betas[1] ** t)) ** 0.5 + eps)
            moved[name][index] = w - lr * step - (lr * weight_decay * w if decoupled else 0.0)
    return moved, memory


# %% schedule: one step at a time
def learning_rate(step, *, peak, cycle, warmup=0, shape="cosine", growth=1, shrink=1.0, floor=0.0):
    def rate(t):
        if t < warmup:
            return peak * (t + 1) / warmup
        k, length, number = t - warmup, cycle, 0
        while k >= length:
            k, length, number = k - length, length * growth, number + 1
        top = max(peak * shrink**number, floor)
        if shape == "constant":
            return float(top)
        if shape == "linear":
            return floor + (top - floor) * (length - k) / length
        return floor + (top - floor) * (1 + np.cos(np.pi * k / length)) / 2

    return np.array([rate(int(t)) for t in np.ravel(step)]).reshape(np.shape(step))


# %% schedule: the number of the cycle from a search
def learning_rate(step, *, peak, cycle, warmup=0, shape="cosine", growth=1, shrink=1.0, floor=0.0):
    t = np.atleast_1d(step) - warmup
    lengths = [cycle]
    while sum(lengths) <= t.max(initial=0):
        lengths.append(lengths[-1] * growth)
    ends = np.cumsum(lengths)
    number = np.searchsorted(ends, t, side="right")
    u = (t - (ends - lengths)[number]) / np.array(lengths)[number]
    top = np.maximum(peak * float(shrink) ** number, floor)
    falls = {"linear": u, "constant": 0 * u, "cosine": np.sin(np.pi * u / 2) ** 2}
    rates = (1 - falls[shape]) * top + falls[shape] * floor
    climb = peak * (t + warmup + 1) / (warmup or 1)
    return np.where(t < 0, climb, rates).reshape(np.shape(step))


# %% schedule: a table of all rates, then a look
def learning_rate(step, *, peak, cycle, warmup=0, shape="cosine", growth=1, shrink=1.0, floor=0.0):
    last = int(np.max(step, initial=0))
    table = list(np.arange(1, warmup + 1) * peak / max(1, warmup))
    length, top = cycle, float(peak)
    while len(table) <= last:
        for k in range(length):
            share = {"constant": 1.0, "linear": 1 - k / length, "cosine": 0.5 + 0.5 * np.cos(np.pi * k / length)}[shape]
            table.append(max(top, floor) * share + floor * (1 - share))
        length, top = length * growth, top * shrink
    return np.array(table, dtype=float)[np.asarray(step)]


# %% nesterov: in place
def nesterov_step(
    params, grads, state=None, *, lr=0.01, momentum=0.9, next_momentum=None, weight_decay=0.0, frozen=None
):
    velocities = {} if state is None else state
    if next_momentum is None:
        next_momentum = momentum
    for name, grad in grads.items():
        param = params[name]
        velocity = velocities.setdefault(name, np.zeros_like(param))
        free = ~(frozen[name] if frozen and name in frozen else np.zeros(param.shape, bool))
        pull = grad[free] + weight_decay * param[free]
        param[free] -= momentum * velocity[free]
        velocity[free] = momentum * velocity[free] - lr * pull
        param[free] += (1 + next_momentum) * velocity[free]
    return params, velocities


# %% nesterov: keeps the sum of gradients, as libraries do, and the rate they were taken with
def nesterov_step(
    params, grads, state=None, *, lr=0.01, momentum=0.9, next_momentum=None, weight_decay=0.0, frozen=None
):
    after = momentum if next_momentum is None else next_momentum
    old, moved = dict(state or {}), dict(params)
    for name, param in params.items():
        if name not in grads:
            continue
        moves = old.get(name, np.zeros_like(param))
        kept = momentum * moves
        new = kept + lr * grads[name] + lr * weight_decay * param
        there = param + kept - new - after * new
        mask = (frozen or {}).get(name, np.zeros(param.shape, bool))
        moved[name], old[name] = np.where(mask, param, there), np.where(mask, moves, new)
    return moved, old


# %% nesterov: remembers the marble as well
class Nesterov:
    def __call__(
        self, params, grads, state=None, *, lr=0.01, momentum=0.9, next_momentum=None, weight_decay=0, frozen=None
    ):
        marbles, velocities = (dict(part) for part in state) if state else ({}, {})
        result = {}
        for name, param in params.items():
            if name not in grads:
                result[name] = param
                continue
            stays = frozen[name] if frozen and name in frozen else np.full(param.shape, False)
            v = velocities.get(name, np.zeros(param.shape))
            x = param - momentum * v
            g = np.where(stays, 0, grads[name]) + weight_decay * param
            new = momentum * v - lr * g
            x = x + new
            marbles[name], velocities[name] = x, np.where(stays, v, new)
            ahead = x + (momentum if next_momentum is None else next_momentum) * new
            result[name] = np.where(stays, param, ahead).astype(param.dtype)
        return result, [marbles, velocities]


nesterov_step = Nesterov()


# %% adagrad: rows one by one
def adagrad_step(params, grads, state=None, *, lr=0.01, lr_decay=0.0, start=0.0, eps=1e-10):
    squares, counts = ({}, {}) if state is None else state
    for name, grad in grads.items():
        param = params[name]
        counts[name] = counts.get(name, 0) + 1
        total = squares.setdefault(name, np.full_like(param, start))
        rate = lr / (1 + lr_decay * (counts[name] - 1))
        if isinstance(grad, (tuple, list)):
            rows, values = grad
            parts = {}
            for row, value in zip(rows, values):
                parts[int(row)] = parts.get(int(row), 0.0) + value
            for row, g in parts.items():
                total[row] += g**2
                param[row] -= rate * g / (total[row] ** 0.5 + eps)
        else:
            total += grad * grad
            param -= rate * grad / (np.sqrt(total) + eps)
    return params, (squares, counts)


# %% adagrad: unique rows
def adagrad_step(params, grads, state=None, *, lr=0.01, lr_decay=0.0, start=0.0, eps=1e-10):
    state = {} if state is None else dict(state)
    result = {name: param.copy() for name, param in params.items()}
    for name, grad in grads.items():
        sums, age = state.get(name, (np.full(params[name].shape, float(start)), 0))
        sums, where = np.array(sums), ...
        if type(grad) is tuple:
            where, back = np.unique(grad[0], return_inverse=True)
            grad = np.stack([grad[1][back == i].sum(axis=0) for i in range(len(where))]) if len(where) else grad[1]
        sums[where] += np.square(grad)
        result[name][where] -= lr * grad / (1 + age * lr_decay) / (np.sqrt(sums[where]) + eps)
        state[name] = [sums, age + 1]
    return result, state


# %% adagrad: a product with a matrix of zeros and ones
def adagrad_step(params, grads, state=None, *, lr=0.01, lr_decay=0.0, start=0.0, eps=1e-10):
    ages, sums = (dict(part) for part in state) if state else ({}, {})
    moved = {}
    for name, param in params.items():
        g = grads.get(name)
        if g is None:
            moved[name] = param
            continue
        if isinstance(g, tuple):
            names_row = (np.arange(len(param))[:, None] == g[0]).astype(param.dtype)
            g = np.tensordot(names_row, g[1], axes=1)
        sums[name] = sums.get(name, start) + g**2
        ages[name] = ages.get(name, -1.0) + 1.0
        moved[name] = param - lr / (1 + ages[name] * lr_decay) * (g / (np.sqrt(sums[name]) + eps))
    return moved, (ages, sums)


# %% adadelta: in place
def adadelta_step(params, grads, state=None, *, lr=1.0, rho=0.9, eps=(1e-6, 1e-6), weight_decay=0.0):
    state = {} if state is None else state
    for name, grad in grads.items():
        param = params[name]
        both = state.setdefault(name, np.zeros((2, *param.shape), param.dtype))
        g = grad + weight_decay * param
        both[0] *= rho
        both[0] += (1 - rho) * g * g
        delta = g * np.sqrt((both[1] + eps[0]) / (both[0] + eps[1]))
        both[1] += (1 - rho) * (delta * delta - both[1])
        param -= lr * delta
    return params, state


# %% adadelta: numbers one by one
def adadelta_step(params, grads, state=None, *, lr=1.0, rho=0.9, eps=(1e-6, 1e-6), weight_decay=0.0):
    small, large = eps
    memory = dict(state or {})
    moved = {name: np.array(param) for name, param in params.items()}
    for name in grads:
        for index in np.ndindex(*moved[name].shape):
            g = float(grads[name][index]) + weight_decay * float(moved[name][index])
            squares, moves = memory.get(f"{name} {index}", (0.0, 0.0))
            squares = rho * squares + (1 - rho) * g**2
            move = -g * (moves + small) ** 0.5 / (squares + large) ** 0.5
            memory[f"{name} {index}"] = squares, rho * moves + (1 - rho) * move**2
            moved[name][index] += lr * move
    return moved, memory


# %% adadelta: float32 internally
class Adadelta:
    def __call__(self, params, grads, state=None, *, lr=1.0, rho=0.9, eps=(1e-6, 1e-6), weight_decay=0.0):
        moved = {name: np.asarray(param, np.float32) for name, param in params.items()}
        squares, moves = state or ({}, {})
        squares, moves = dict(squares), dict(moves)
        for name in set(grads) & set(params):
            g = np.asarray(grads[name], np.float32) + np.float32(weight_decay) * moved[name]
            squares[name] = self.mix(rho, squares.get(name), g)
            ratio = (moves.get(name, np.float32(0)) + np.float32(eps[0])) / (squares[name] + np.float32(eps[1]))
            step = g * np.sqrt(ratio)
            moves[name] = self.mix(rho, moves.get(name), step)
            moved[name] = moved[name] - np.float32(lr) * step
        return moved, [squares, moves]

    @staticmethod
    def mix(rho, old, new):
        return np.float32(rho) * (0 * new if old is None else old) + np.float32(1 - rho) * new**2


adadelta_step = Adadelta()


# %% adamw: in place
def adamw_step(
    params,
    grads,
    state=None,
    *,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.01,
    no_decay=(),
    clip=None,
):
    total = 0.0
    for grad in grads.values():
        if not np.all(np.isfinite(grad)):
            return params, state
        total += float(np.sum(np.asarray(grad, float) ** 2))
    scale = 1.0
    if clip is not None and total > clip**2:
        scale = clip / total**0.5
    state = {} if state is None else state
    for name, grad in grads.items():
        param, g = params[name], scale * grad
        if name not in state:
            state[name] = [np.zeros_like(param), np.zeros_like(param), 0]
        m, v, t = state[name]
        t += 1
        state[name][2] = t
        m *= betas[0]
        m += (1 - betas[0]) * g
        v *= betas[1]
        v += (1 - betas[1]) * g**2
        if name not in no_decay:
            param *= 1 - lr * weight_decay
        param -= lr / (1 - betas[0] ** t) * m / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    return params, state


# %% adamw: one flat vector for the norm, a class for the rest
class Group:
    def __init__(self, lr, betas, eps):
        self.lr, self.betas, self.eps = lr, betas, eps

    def step(self, old, g):
        mean, square, count = old
        mean = mean + (1 - self.betas[0]) * (g - mean)
        square = square + (1 - self.betas[1]) * (g * g - square)
        count = count + 1
        root = np.sqrt(square / (1 - self.betas[1] ** count))
        return self.lr * (mean / (1 - self.betas[0] ** count)) / (root + self.eps), {"old": [mean, square, count]}


def adamw_step(
    params,
    grads,
    state=None,
    *,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.01,
    no_decay=(),
    clip=None,
):
    flat = np.concatenate([np.zeros(1), *[np.ravel(grad) for grad in grads.values()]])
    if np.isnan(flat).any() or np.isinf(flat).any():
        return dict(params), state
    norm, group = np.linalg.norm(flat), Group(lr, betas, eps)
    if clip is not None and norm > clip:
        grads = {name: (grad * (clip / norm)).astype(grad.dtype) for name, grad in grads.items()}
    state, moved = dict(state or {}), {}
    for name, param in params.items():
        moved[name] = param
        if name in grads:
            change, state[name] = group.step(state.get(name, {"old": [0.0, 0.0, 0]})["old"], grads[name])
            moved[name] = param - change - (lr * weight_decay * param if name not in set(no_decay) else 0)
    return moved, state


# %% adamw: the corrections as running products
def adamw_step(
    params,
    grads,
    state=None,
    *,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.01,
    no_decay=(),
    clip=None,
):
    if any(not np.isfinite(np.sum(np.abs(grad) > 1e300) + 0 * grad).all() for grad in grads.values()):
        return params, state
    norm = sum((grad.astype(float) ** 2).sum() for grad in grads.values()) ** 0.5
    shorten = min(1.0, float(clip) / float(norm)) if clip and norm else 1.0
    memory, moved = dict(state or {}), dict(params)
    for name in grads:
        param, g = params[name], grads[name] * shorten
        m, v, left1, left2 = memory.get(name, (np.zeros_like(param), np.zeros_like(param), 1.0, 1.0))
        m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g * g
        left1, left2 = left1 * betas[0], left2 * betas[1]
        shrunk = param if name in no_decay else (1 - lr * weight_decay) * param
        moved[name] = shrunk - lr * (m / (1 - left1)) / ((v / (1 - left2)) ** 0.5 + eps)
        memory[name] = (m, v, left1, left2)
    return moved, memory


# %% newton: eigenvalues say what is positive definite
def newton_step(params, grads, hessian, *, damping=0.0, radius=None):
    names = sorted(params)
    sizes = [params[name].size for name in names]
    n, ends = sum(sizes), np.cumsum(sizes)
    g, H = np.zeros(n), np.zeros((n, n))
    for a, end, size in zip(names, ends, sizes):
        g[end - size : end] = grads[a].ravel()
        for b, end2, size2 in zip(names, ends, sizes):
            H[end - size : end, end2 - size2 : end2] = hessian[a][b].reshape(size, size2)
    H = 0.5 * H + 0.5 * H.T
    values, vectors = np.linalg.eigh(H)
    while values.min() + damping <= 1e-13:
        damping = max(damping * 10, 0.001)
    step = -vectors @ ((vectors.T @ g) / (values + damping))
    if radius is not None:
        step *= min(1.0, radius / max(np.linalg.norm(step), 1e-300))
    moved = {}
    for name, end, size in zip(names, ends, sizes):
        moved[name] = params[name] + step[end - size : end].reshape(params[name].shape)
    return {name: moved[name] for name in params}, {"predicted": step @ (g + H @ step / 2), "damping": damping}


# %% newton: a helper that tries, and the inverse of the factor
def flat(arrays, names):
    return np.hstack([np.ravel(arrays[name]) for name in names])


def factor_of(matrix):
    try:
        return np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return None


def newton_step(params, grads, hessian, *, damping=0.0, radius=None):
    names = list(params)
    g = flat(grads, names)
    H = np.vstack([np.hstack([np.reshape(hessian[a][b], (np.size(params[a]), -1)) for b in names]) for a in names])
    H, eye = (H + H.T) / 2, np.eye(len(g))
    while (L := factor_of(H + damping * eye)) is None:
        damping = 10 * damping if damping >= 1e-4 else 1e-3
    half = np.linalg.inv(L)
    s = -half.T @ (half @ g)
    s = s if radius is None or s @ s <= radius**2 else radius * s / np.sqrt(s @ s)
    moved, begin = {}, 0
    for name in names:
        end = begin + np.size(params[name])
        moved[name] = params[name] + s[begin:end].reshape(np.shape(params[name]))
        begin = end
    return moved, {"damping": damping, "predicted": float(g @ s + 0.5 * s @ H @ s)}


# %% newton: entry by entry, and an elimination of its own
def newton_step(params, grads, hessian, *, damping=0.0, radius=None):
    places = [(name, index) for name in params for index in np.ndindex(*np.shape(params[name]))]
    g = [float(grads[name][index]) for name, index in places]
    H = [[(float(hessian[a][b][i + j]) + float(hessian[b][a][j + i])) / 2 for b, j in places] for a, i in places]
    n = len(g)

    def solve(extra):
        rows = [[*H[i], -g[i]] for i in range(n)]
        for i in range(n):
            rows[i][i] += extra
        for i in range(n):
            if rows[i][i] <= 1e-14:
                return None
            for j in range(i + 1, n):
                share = rows[j][i] / rows[i][i]
                rows[j] = [x - share * y for x, y in zip(rows[j], rows[i])]
        s = [0.0] * n
        for i in reversed(range(n)):
            s[i] = (rows[i][n] - sum(rows[i][j] * s[j] for j in range(i + 1, n))) / rows[i][i]
        return np.array(s)

    while (s := solve(damping)) is None:
        damping = max(10 * damping, 1e-3)
    length = float(np.sqrt(np.sum(s**2)))
    if radius is not None and length > radius:
        s = s / length * radius
    moved = {name: np.array(param, dtype=float) for name, param in params.items()}
    for (name, index), change in zip(places, s):
        moved[name][index] += change
    predicted = sum(g[i] * s[i] for i in range(n)) + sum(H[i][j] * s[i] * s[j] for i in range(n) for j in range(n)) / 2
    return moved, {"damping": damping, "predicted": predicted}
