# Other correct solutions of a09_representations. Never imported: each "# %%" cell stands in for a solution cell.

# %% fuse: einsum, and a mask of the kept entries
def fuse(parts, present=None, *, orders=None):
    padded = []
    for m, part in enumerate(parts):
        part = np.array(part)
        if present is not None:
            part[~present[..., m]] = 0
        padded.append(np.concatenate([part, np.ones_like(part[..., :1])], axis=-1))
    letters = "ijk"[: len(parts)]
    tensor = np.einsum(",".join("..." + letter for letter in letters) + "->..." + letters, *padded)
    if orders is not None:
        places = np.indices(tensor.shape[tensor.ndim - len(parts) :])
        used = sum((place < part.shape[-1]).astype(int) for place, part in zip(places, parts))
        tensor = np.where(np.isin(used, orders), tensor, np.zeros((), tensor.dtype))
    return tensor.reshape(*tensor.shape[: tensor.ndim - len(parts)], -1)


# %% fuse: loops over the entries
def fuse(parts, present=None, *, orders=None):
    import itertools

    columns = []
    for index in itertools.product(*[range(part.shape[-1] + 1) for part in parts]):
        entry = np.ones(parts[0].shape[:-1], parts[0].dtype)
        order = 0
        for m, (i, part) in enumerate(zip(index, parts)):
            if i < part.shape[-1]:
                order += 1
                factor = part[..., i]
                entry = entry * (factor if present is None else np.where(present[..., m], factor, 0))
        columns.append(entry if orders is None or order in orders else np.zeros_like(entry))
    return np.stack(columns, axis=-1).astype(parts[0].dtype)


# %% fuse: torch, sample by sample
def fuse(parts, present=None, *, orders=None):
    lead = parts[0].shape[:-1]
    flat = [torch.tensor(part).reshape(-1, part.shape[-1]) for part in parts]
    there = np.ones((len(flat[0]), len(parts)), bool) if present is None else present.reshape(-1, len(parts))
    counts = torch.zeros(1, dtype=torch.int64)
    for part in flat:
        counts = (counts[:, None] + torch.tensor([1] * part.shape[1] + [0])).flatten()
    rows = []
    for row in range(len(flat[0])):
        fused = torch.ones(1, dtype=flat[0].dtype)
        for m, part in enumerate(flat):
            z = part[row] if there[row, m] else torch.zeros_like(part[row])
            fused = torch.kron(fused, torch.cat([z, torch.ones(1, dtype=z.dtype)]))
        if orders is not None:
            fused = fused * sum((counts == order) for order in orders)
        rows.append(fused)
    return torch.stack(rows).reshape(*lead, -1).numpy()


# %% backward: autograd of torch
def fuse_backward(parts, grad, present=None, *, orders=None):
    leaves, fused, counts = [], 1.0, np.zeros(1)
    for m, part in enumerate(parts):
        there = np.ones(part.shape[:-1], bool) if present is None else present[..., m]
        leaves.append(torch.tensor(np.where(there[..., None], part, 0.0), requires_grad=True))
        used = leaves[m] * torch.tensor(there)[..., None]
        z = torch.cat([used, torch.ones((*part.shape[:-1], 1), dtype=torch.float64)], dim=-1)
        fused = z if m == 0 else (fused[..., :, None] * z[..., None, :]).flatten(-2)
        counts = (counts[:, None] + np.append(np.ones(part.shape[-1]), 0)).ravel()
    kept = np.ones(len(counts), bool) if orders is None else np.isin(counts, orders)
    fused.backward(torch.tensor(np.where(kept, grad, 0.0)))
    return [leaf.grad.numpy() for leaf in leaves]


# %% backward: loops over the entries
def fuse_backward(parts, grad, present=None, *, orders=None):
    there = np.ones((*parts[0].shape[:-1], len(parts)), bool) if present is None else present
    grads = tuple(np.zeros(part.shape) for part in parts)
    sizes = [part.shape[-1] for part in parts]
    for place in range(grad.shape[-1]):
        index = np.unravel_index(place, [size + 1 for size in sizes])
        used = [m for m, i in enumerate(index) if i < sizes[m]]
        if orders is not None and len(used) not in orders:
            continue
        for m in used:
            share = grad[..., place]
            for other in used:
                if other != m:
                    share = share * np.where(there[..., other], parts[other][..., index[other]], 0)
            grads[m][..., index[m]] += np.where(there[..., m], share, 0)
    return grads


# %% backward: one part moved to the end, a matrix product
def fuse_backward(parts, grad, present=None, *, orders=None):
    lead, count = parts[0].shape[:-1], len(parts)
    padded = []
    for m, part in enumerate(parts):
        z = np.ones((*lead, part.shape[-1] + 1))
        z[..., :-1] = part if present is None else np.where(present[..., m : m + 1], part, 0)
        padded.append(z)
    tensor = np.array(grad).reshape(*lead, *[z.shape[-1] for z in padded])
    if orders is not None:
        for index in np.ndindex(*tensor.shape[len(lead) :]):
            if sum(i < z.shape[-1] - 1 for i, z in zip(index, padded)) not in orders:
                tensor[(..., *index)] = 0
    result = []
    for m in range(count):
        moved = np.moveaxis(tensor, len(lead) + m, -1)
        others = [padded[k] for k in range(count) if k != m]
        product = others[0]
        for other in others[1:]:
            product = (product[..., :, None] * other[..., None, :]).reshape(*lead, -1)
        pulled = (product[..., None, :] @ moved.reshape(*lead, product.shape[-1], -1))[..., 0, :-1]
        result.append(pulled if present is None else pulled * present[..., m : m + 1])
    return result


# %% low_rank: loops over ranks and parts
class LowRankFusion(torch.nn.Module):
    def __init__(self, sizes, outputs, rank):
        super().__init__()
        self.factors = torch.nn.ParameterList()
        for size in sizes:
            factor = torch.empty(rank, size + 1, outputs)
            torch.nn.init.normal_(factor, std=((size + 1) * rank ** (1 / len(sizes))) ** -0.5)
            self.factors.append(torch.nn.Parameter(factor))
        self.weights = torch.nn.Parameter(torch.ones((rank,)))
        self.bias = torch.nn.Parameter(torch.zeros((outputs,)))

    def forward(self, parts, present=None):
        parts = [torch.as_tensor(part).to(self.bias.dtype) for part in parts]
        if present is not None:
            present = torch.as_tensor(present)
            parts = [part.masked_fill(~present[:, m].unsqueeze(1), 0) for m, part in enumerate(parts)]
        total = self.bias.expand(len(parts[0]), -1)
        for r, weight in enumerate(self.weights):
            term = weight
            for part, factor in zip(parts, self.factors):
                term = term * (part @ factor[r, :-1] + factor[r, -1])
            total = total + term
        return total


# %% low_rank: one einsum for each part, stacked
class LowRankFusion(torch.nn.Module):
    def __init__(self, sizes, outputs, rank):
        super().__init__()
        variances = [1 / (size + 1) / rank ** (1 / len(sizes)) for size in sizes]
        self.factors = torch.nn.ParameterList(
            torch.nn.Parameter(variance**0.5 * torch.randn((rank, size + 1, outputs)))
            for size, variance in zip(sizes, variances)
        )
        self.register_parameter("weights", torch.nn.Parameter(torch.full((rank,), 1.0)))
        self.register_parameter("bias", torch.nn.Parameter(torch.full((outputs,), 0.0)))

    def brackets(self, parts, present):
        for m, factor in enumerate(self.factors):
            z = torch.nn.functional.pad(parts[m], (0, 1), value=1.0)
            if present is not None:
                absent = torch.zeros_like(z)
                absent[:, -1] = 1
                z = torch.where(present[:, [m]], z, absent)
            yield torch.einsum("bd,rdh->bhr", z, factor)

    def forward(self, parts, present=None):
        parts = [torch.as_tensor(part, dtype=self.bias.dtype) for part in parts]
        present = None if present is None else torch.as_tensor(present)
        return torch.stack(list(self.brackets(parts, present))).prod(dim=0) @ self.weights + self.bias


# %% low_rank: rows that are there are picked by index
class LowRankFusion(torch.nn.Module):
    def __init__(self, sizes, outputs, rank):
        super().__init__()
        self.sizes, self.outputs, self.rank = tuple(sizes), outputs, rank
        scale = rank ** (-0.5 / len(sizes))
        self.factors = torch.nn.ParameterList(
            [torch.nn.Parameter(torch.normal(0.0, scale / (D + 1) ** 0.5, (rank, D + 1, outputs))) for D in sizes]
        )
        self.weights, self.bias = torch.nn.Parameter(torch.ones(rank)), torch.nn.Parameter(torch.zeros(outputs))

    def forward(self, parts, present=None):
        parts = [torch.as_tensor(part, dtype=self.bias.dtype) for part in parts]
        product = torch.ones(len(parts[0]), self.rank, self.outputs, dtype=self.bias.dtype)
        for m, (part, factor) in enumerate(zip(parts, self.factors)):
            rows = torch.arange(len(part)) if present is None else torch.as_tensor(present)[:, m].nonzero()[:, 0]
            told = factor[:, -1].expand(len(part), -1, -1)
            told = told.index_add(0, rows, torch.einsum("bd,rdh->brh", part[rows], factor[:, :-1]))
            product = product * told
        return (product * self.weights[:, None]).sum(dim=1) + self.bias


# %% cca: singular value decompositions of the weighted data
class WeightedCCA:
    def __init__(self, components, ridge=0.0):
        self.components = components
        self.ridges = ridge if isinstance(ridge, tuple | list) else (ridge, ridge)

    def fit(self, x, y, weights=None):
        there = np.full(len(x), True) if weights is None else np.asarray(weights) > 0
        share = np.ones(there.sum()) if weights is None else np.asarray(weights, float)[there]
        share = share / share.sum()
        self.means = [np.average(view[there], axis=0, weights=share) for view in (x, y)]
        spread = [np.sqrt(share)[:, None] * (view[there] - mean) for view, mean in zip((x, y), self.means)]
        whiten = []
        for view, ridge in zip(spread, self.ridges):
            size = view.shape[1]
            stacked = np.vstack([view, np.sqrt(ridge) * np.eye(size)])  # its squares are the covariance and the ridge
            _, lengths, axes = np.linalg.svd(stacked, full_matrices=False)
            keep = lengths**2 > 1e-10 * lengths[0] ** 2
            whiten.append(axes[keep].T / lengths[keep])  # (D, rank)
        a, d, bt = np.linalg.svd((spread[0] @ whiten[0]).T @ (spread[1] @ whiten[1]), full_matrices=False)
        k = min(self.components, len(d))
        u, v = whiten[0] @ a[:, :k], whiten[1] @ bt[:k].T
        for i in range(k):
            if u[np.argmax(abs(u[:, i])), i] < 0:
                u[:, i], v[:, i] = -u[:, i], -v[:, i]
        self.correlations, self.x_directions, self.y_directions = d[:k], u, v
        return self

    def transform_x(self, x):
        return (x - self.means[0]) @ self.x_directions

    def transform_y(self, y):
        return (y - self.means[1]) @ self.y_directions


# %% cca: numpy's weighted covariance, all of it at once
class WeightedCCA:
    def __init__(self, components, ridge=0.0):
        self.k, self.ridge = components, np.ones(2) * np.asarray(ridge)

    def fit(self, x, y, weights=None):
        w = np.ones(x.shape[0]) if weights is None else weights
        rows = np.flatnonzero(w)
        x, y, w = x[rows], y[rows], w[rows]
        p = x.shape[1]
        joint = np.cov(np.hstack([x, y]), rowvar=False, ddof=0, aweights=w)
        self.mu = np.average(x, axis=0, weights=w)
        self.nu = np.average(y, axis=0, weights=w)
        sx = self.root(joint[:p, :p] + np.diag(np.full(p, self.ridge[0])))
        sy = self.root(joint[p:, p:] + np.diag(np.full(y.shape[1], self.ridge[1])))
        a, d, b = np.linalg.svd(sx.T @ joint[:p, p:] @ sy)
        k = min(self.k, sx.shape[1], sy.shape[1])
        u, v = sx @ a[:, :k], sy @ b.T[:, :k]
        flip = np.where(np.take_along_axis(u, np.abs(u).argmax(0)[None], 0) < 0, -1, 1)
        self.correlations, self.x_directions, self.y_directions = d[:k], flip * u, flip * v

    def root(self, matrix):
        q, s, _ = np.linalg.svd(matrix, hermitian=True)
        good = s / s[0] > 1e-10
        return q[:, good] * s[good] ** -0.5

    def transform_x(self, x):
        return x @ self.x_directions - self.mu @ self.x_directions

    def transform_y(self, y):
        return y @ self.y_directions - self.nu @ self.y_directions


# %% cca: torch, and loops over samples
class WeightedCCA:
    def __init__(self, components, ridge=0.0):
        self.components = components
        self.ridge = [float(r) for r in np.broadcast_to(ridge, (2,))]

    def fit(self, x, y, weights=None):
        samples = [
            (1.0 if weights is None else float(weights[i]), torch.tensor(x[i]), torch.tensor(y[i]))
            for i in range(len(x))
            if weights is None or weights[i] > 0
        ]
        total = sum(w for w, _, _ in samples)
        self.mx = sum(w * a for w, a, _ in samples) / total
        self.my = sum(w * b for w, _, b in samples) / total
        xx = sum(w * torch.outer(a - self.mx, a - self.mx) for w, a, _ in samples) / total
        yy = sum(w * torch.outer(b - self.my, b - self.my) for w, _, b in samples) / total
        xy = sum(w * torch.outer(a - self.mx, b - self.my) for w, a, b in samples) / total
        xx.diagonal().add_(self.ridge[0])
        yy.diagonal().add_(self.ridge[1])
        (qx, nx), (qy, ny) = self.whitener(xx), self.whitener(yy)
        a, d, bh = torch.linalg.svd(qx @ xy @ qy)
        k = min(self.components, nx, ny)
        u, v = qx @ a[:, :k], qy @ bh.mT[:, :k]
        sign = torch.sign(u.gather(0, u.abs().argmax(dim=0, keepdim=True)))
        self.correlations, self.x_directions, self.y_directions = d[:k].numpy(), (sign * u).numpy(), (sign * v).numpy()
        return self

    def whitener(self, matrix):
        e, q = torch.linalg.eigh(matrix)
        powers = torch.where(e > 1e-10 * e.max(), e.abs() ** -0.5, torch.zeros_like(e))
        return q @ torch.diag(powers) @ q.T, int((powers > 0).sum())

    def transform_x(self, x):
        return (torch.tensor(x) - self.mx).numpy() @ self.x_directions

    def transform_y(self, y):
        return (torch.tensor(y) - self.my).numpy() @ self.y_directions


# %% dcca: inverse triangles, and the nuclear norm where all are asked for
def dcca_loss(x, y, weights=None, *, ridge=1e-3, components=None):
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    w = torch.ones(x.shape[0], dtype=x.dtype) if weights is None else torch.as_tensor(weights).to(x.dtype)
    rows = torch.nonzero(w)[:, 0]
    w = (w / w.sum())[rows]
    views, inverses = [], []
    for view in (x, y):
        view = view[rows]
        view = view - w @ view
        cov = torch.einsum("n,ni,nj->ij", w, view, view)
        cov = cov + torch.diag_embed(ridge * cov.diagonal().mean().expand(view.shape[1]))
        inverses.append(torch.linalg.inv(torch.linalg.cholesky(cov)))
        views.append(view)
    T = inverses[0] @ views[0].T @ torch.diag(w) @ views[1] @ inverses[1].T
    return -torch.linalg.svdvals(T).topk(components or min(T.shape)).values.sum()


# %% dcca: the formula of the gradient, by hand
class MinusCorrelation(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y, shares, ridge, components):
        mx, my = shares @ x, shares @ y
        x, y = x - mx, y - my
        roots = []
        for view in (x, y):
            values, axes = torch.linalg.eigh(view.T @ (shares[:, None] * view))
            roots.append(axes @ torch.diag((values + ridge * values.mean()) ** -0.5) @ axes.T)
        a, d, bh = torch.linalg.svd(roots[0] @ x.T @ (shares[:, None] * y) @ roots[1], full_matrices=False)
        u, d, v = roots[0] @ a[:, :components], d[:components], roots[1] @ bh[:components].T
        ctx.ridge = ridge
        ctx.save_for_backward(x, y, shares, u, d, v)
        return -d.sum()

    @staticmethod
    def backward(ctx, upstream):
        x, y, shares, u, d, v = ctx.saved_tensors
        grads = []
        for own, other, p, q in ((x, y, u, v), (y, x, v, u)):
            scatter = (p * d) @ p.T
            share_of_ridge = ctx.ridge * scatter.trace() / own.shape[1]
            grads.append(-upstream * shares[:, None] * (other @ q @ p.T - own @ scatter - share_of_ridge * own))
        return *grads, None, None, None


def dcca_loss(x, y, weights=None, *, ridge=1e-3, components=None):
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    weights = torch.ones(len(x)) if weights is None else torch.as_tensor(weights)
    there = weights > 0
    shares = weights[there].double() / weights[there].double().sum()
    most = min(x.shape[1], y.shape[1])
    return MinusCorrelation.apply(x[there], y[there], shares, ridge, components or most)


# %% dcca: QR of the data and the ridge, stacked
def dcca_loss(x, y, weights=None, *, ridge=1e-3, components=None):
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    if weights is None:
        weights = torch.ones(len(x))
    weights = torch.as_tensor(weights).to(x.dtype)
    weights = weights / weights.sum()

    def whitened(view):
        view = torch.where(weights[:, None] > 0, view, torch.zeros_like(view))
        view = torch.sqrt(weights)[:, None] * (view - (weights[:, None] * view).sum(0))
        size = view.shape[1]
        extra = (ridge * (view**2).sum() / size).sqrt() * torch.eye(size, dtype=view.dtype)
        R = torch.linalg.qr(torch.cat([view, extra])).R
        return torch.linalg.solve_triangular(R.T, view.T, upper=False)

    values = torch.linalg.svdvals(whitened(x) @ whitened(y).T)
    return -(values if components is None else values[:components]).sum()


# %% dccae: one view after the other, with a formula for the correlation's gradient
def functions(network):
    """Return (forward, pull) of a network; a matrix W is the network rows @ W."""
    if not isinstance(network, np.ndarray):
        return network
    return (lambda rows: rows @ network), (lambda rows, grad: (grad @ network.T, rows.T @ grad))


def dccae_gradients(x, y, networks, *, chunk, weight=1.0, ridge=1e-3):
    N = len(x)
    starts = list(range(0, N, chunk))
    codes = {}
    for view, name in ((x, "f"), (y, "g")):
        forward, _ = functions(networks[name])
        codes[name] = np.vstack([forward(view[s : s + chunk]) for s in starts])
    roots, centred = {}, {}
    for name, code in codes.items():
        centred[name] = code - code.mean(axis=0)
        values, axes = np.linalg.eigh(centred[name].T @ centred[name] / (N - 1))
        roots[name] = axes / np.sqrt(values + ridge) @ axes.T
    a, d, bt = np.linalg.svd(roots["f"] @ centred["f"].T @ centred["g"] @ roots["g"] / (N - 1), full_matrices=False)
    u, v = roots["f"] @ a, roots["g"] @ bt.T
    at_codes = {
        "f": (centred["f"] @ (u * d) @ u.T - centred["g"] @ v @ u.T) / (N - 1),
        "g": (centred["g"] @ (v * d) @ v.T - centred["f"] @ u @ v.T) / (N - 1),
    }
    loss, grads = -d.sum(), {}
    for view, encoder, decoder in ((x, "f", "p"), (y, "g", "q")):
        (_, pull_encoder), (decode, pull_decoder) = functions(networks[encoder]), functions(networks[decoder])
        shares = {encoder: [], decoder: []}
        for s in starts:
            rows = slice(s, min(s + chunk, N))
            back = decode(codes[encoder][rows]) - view[rows]
            loss = loss + weight / N * np.square(back).sum()
            pulled, own = pull_decoder(codes[encoder][rows], back * (2 * weight / N))
            shares[decoder].append(own)
            shares[encoder].append(pull_encoder(view[rows], at_codes[encoder][rows] + pulled)[1])
        grads.update({name: np.sum(own, axis=0) for name, own in shares.items()})
    return loss, grads


# %% dccae: four passes, all decoders first, in torch
def functions(network):
    """Return (forward, pull) of a network; a matrix W is the network rows @ W."""
    if not isinstance(network, np.ndarray):
        return network
    return (lambda rows: rows @ network), (lambda rows, grad: (grad @ network.T, rows.T @ grad))


def dccae_gradients(x, y, networks, *, chunk, weight=1.0, ridge=1e-3):
    from mmcourse.multimodal.deep_cca import total_correlation

    nets = {name: functions(network) for name, network in networks.items()}

    def in_chunks(function, *arrays):
        return [function(*pieces) for pieces in zip(*[torch.tensor(a).split(chunk) for a in arrays])]

    def asked(name):
        return lambda rows: torch.as_tensor(nets[name][0](rows.numpy()))

    def pulled(name):
        return lambda rows, grad: nets[name][1](rows.numpy(), grad.numpy())

    a = torch.cat(in_chunks(asked("f"), x)).requires_grad_()
    b = torch.cat(in_chunks(asked("g"), y)).requires_grad_()
    total = total_correlation(a.T, b.T, ridge)
    (-total).backward()
    loss, result = -float(total.detach()), {}
    for view, code, encoder, decoder in ((x, a, "f", "p"), (y, b, "g", "q")):
        code, at_code = code.detach().numpy(), code.grad.numpy().copy()
        error = torch.cat(in_chunks(asked(decoder), code)).numpy() - view
        loss += weight * float((error**2).sum(axis=1).mean())
        answers = in_chunks(pulled(decoder), code, 2 * weight * error / len(view))
        at_code += np.concatenate([answer[0] for answer in answers])
        result[decoder] = sum(answer[1] for answer in answers)
        result[encoder] = sum(answer[1] for answer in in_chunks(pulled(encoder), view, at_code))
    return loss, result


# %% dccae: np.array_split and a class that adds up
def functions(network):
    """Return (forward, pull) of a network; a matrix W is the network rows @ W."""
    if not isinstance(network, np.ndarray):
        return network
    return (lambda rows: rows @ network), (lambda rows, grad: (grad @ network.T, rows.T @ grad))


class Sum:
    def __init__(self):
        self.value = None

    def add(self, share):
        self.value = np.array(share) if self.value is None else self.value + share


def dccae_gradients(x, y, networks, *, chunk, weight=1.0, ridge=1e-3):
    from mmcourse.multimodal.deep_cca import total_correlation

    pieces = np.array_split(np.arange(len(x)), -(-len(x) // chunk))
    sums = {name: Sum() for name in networks}
    forward = {name: functions(network)[0] for name, network in networks.items()}
    pull = {name: functions(network)[1] for name, network in networks.items()}
    codes = [np.concatenate([forward[e](v[piece]) for piece in pieces]) for v, e in ((x, "f"), (y, "g"))]
    leaves = [torch.from_numpy(code.T.copy()).requires_grad_() for code in codes]  # columns
    loss = -total_correlation(*leaves, ridge)
    grads = [grad.numpy().T for grad in torch.autograd.grad(loss, leaves)]
    loss = float(loss.detach())
    for view, code, grad, (encoder, decoder) in zip((x, y), codes, grads, ("fp", "gq")):
        for piece in pieces:
            far = forward[decoder](code[piece]) - view[piece]
            loss += float(weight * np.sum(far * far) / len(x))
            back, share = pull[decoder](code[piece], weight * 2.0 * far / len(x))
            sums[decoder].add(share)
            sums[encoder].add(pull[encoder](view[piece], grad[piece] + back)[1])
    return [loss, {name: total.value for name, total in sums.items()}]


# %% ranking: place by place
def rank_quality(scores, relevant, *, k, valid=None, total=None):
    aps, precisions = [], []
    for q in range(len(scores)):
        keep = [i for i in range(scores.shape[1]) if valid is None or valid[q, i]]
        keep.sort(key=lambda i: -scores[q, i])
        hits_before, start, ap, hits_at_k = 0.0, 0, 0.0, 0.0
        while start < len(keep):
            end = start
            while end < len(keep) and scores[q, keep[end]] == scores[q, keep[start]]:
                end += 1
            n, r = end - start, sum(bool(relevant[q, i]) for i in keep[start:end])
            for place in range(start, end):
                chance = r / n
                others = (place - start) * (r - 1) / (n - 1) if n > 1 else 0.0
                ap += chance * (hits_before + 1 + others) / (place + 1)
                hits_at_k += chance if place < k else 0.0
            hits_before, start = hits_before + r, end
        R = hits_before if total is None else total[q]
        aps.append(ap / R if R else float("nan"))
        precisions.append(hits_at_k / k)
    defined = [ap for ap in aps if ap == ap]
    return {"ap": aps, "precision": precisions, "map": sum(defined) / len(defined) if defined else float("nan")}


# %% ranking: pairs of items, all queries at once
def rank_quality(scores, relevant, *, k, valid=None, total=None):
    valid = np.ones(scores.shape, bool) if valid is None else valid
    hits = relevant & valid
    s = np.where(valid, scores, -np.inf)
    pair = valid[:, :, None] & valid[:, None, :]
    better = (s[:, None, :] > s[:, :, None]) & pair  # [q, i, j]: j before i
    tied = (s[:, None, :] == s[:, :, None]) & pair
    above, n = better.sum(2), tied.sum(2)
    c, r = (better & hits[:, None, :]).sum(2), (tied & hits[:, None, :]).sum(2)
    ap = np.zeros(len(scores))
    for q in range(len(scores)):
        for i in np.flatnonzero(hits[q]):
            places = np.arange(n[q, i])
            others = places * (r[q, i] - 1) / max(n[q, i] - 1, 1)
            ap[q] += np.mean((c[q, i] + 1 + others) / (above[q, i] + 1 + places))
    share = np.clip((k - above) / np.maximum(n, 1), 0, 1)
    R = hits.sum(1) if total is None else np.asarray(total)
    ap = np.divide(ap, R, out=np.full(len(ap), np.nan), where=R > 0)
    mean = float(np.nanmean(ap)) if (R > 0).any() else float("nan")
    return {"map": mean, "ap": ap, "precision": (share * hits).sum(1) / k}


# %% ranking: the chances of each place as arrays
def rank_quality(scores, relevant, *, k, valid=None, total=None):
    result = {"ap": np.full(len(scores), np.nan), "precision": np.zeros(len(scores)), "map": np.nan}
    for q in range(len(scores)):
        mask = slice(None) if valid is None else valid[q]
        s, hit = scores[q][mask], relevant[q][mask]
        if len(s):
            values, group = np.unique(-s, return_inverse=True)
            n, r = np.bincount(group), np.bincount(group, weights=hit)
            first = np.cumsum(n) - n
            before = np.cumsum(r) - r
            of = np.repeat(np.arange(len(values)), n)
            place = np.arange(len(s))
            others = (place - first[of]) * (r[of] - 1) / np.where(n[of] > 1, n[of] - 1, 1)
            chance = r[of] / n[of]
            result["precision"][q] = chance[:k].sum() / k
            ap = np.sum(chance * (before[of] + 1 + others) / (place + 1))
        else:
            ap = 0.0
        R = hit.sum() if total is None else total[q]
        if R:
            result["ap"][q] = ap / R
    if not np.all(np.isnan(result["ap"])):
        result["map"] = np.nanmean(result["ap"])
    return result
