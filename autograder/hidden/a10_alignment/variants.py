# Other correct solutions of a10_alignment. Never imported: each "# %%" cell stands in for a solution cell.


# %% warp: recursion that remembers
def warp(cost, shape, moves, *, radius=None, open_start=False, open_end=False):
    known, best = {}, {}

    def price(cell):
        if radius is not None and abs(cell[0] - cell[1]) > radius:
            return float("inf")
        if cell not in known:
            known[cell] = float(cost(*cell) if callable(cost) else cost[cell])
        return known[cell]

    def to(i, j):
        if (i, j) in best:
            return best[i, j]
        found = [(price((i, j)), [])] if i == 0 and (open_start or j == 0) else []
        for move in moves:
            cells = [(i, j)]
            for di, dj, _ in reversed(move):
                cells.insert(0, (cells[0][0] - di, cells[0][1] - dj))
            if min(cells[0]) >= 0:
                paid = sum(step[2] * price(cell) for step, cell in zip(move, cells[1:]))
                found.append((to(*cells[0])[0] + paid, cells[:-1]))
        best[i, j] = min(found, key=lambda way: way[0], default=(float("inf"), []))
        return best[i, j]

    last = shape[0] - 1
    ends = [(last, j) for j in range(shape[1])] if open_end else [(last, shape[1] - 1)]
    end = min(ends, key=lambda cell: to(*cell)[0])
    total, before = to(*end)
    if total == float("inf"):
        return total, np.zeros((2, 0))
    path = [end]
    while before:
        path = before + path
        before = to(*path[0])[1]
    return total, list(map(list, zip(*path)))


# %% warp: forward from each cell
def warp(cost, shape, moves, *, radius=None, open_start=False, open_end=False):
    n, m = shape
    d = np.full(shape, np.inf)
    for i in range(n):
        for j in range(m):
            if radius is None or -radius <= i - j <= radius:
                d[i, j] = cost(i, j) if callable(cost) else cost[i, j]
    total = np.full(shape, np.inf)
    rank = np.full(shape, len(moves))
    origin = {}
    total[0, 0] = d[0, 0]
    if open_start:
        total[0] = d[0]
    rank[0] = np.where(np.isfinite(total[0]), -1, len(moves))
    for i in range(n):
        for j in range(m):
            if total[i, j] == np.inf:
                continue
            for number, move in enumerate(moves):
                a, b, paid, entered = i, j, total[i, j], []
                for di, dj, weight in move:
                    a, b = a + di, b + dj
                    if a >= n or b >= m:
                        break
                    paid += weight * d[a, b]
                    entered.append([a, b])
                else:
                    if paid < total[a, b] or (paid == total[a, b] < np.inf and number < rank[a, b]):
                        total[a, b], rank[a, b], origin[a, b] = paid, number, ((i, j), entered)
    j = min(range(m), key=lambda j: total[-1, j]) if open_end else m - 1
    if not np.isfinite(total[-1, j]):
        return np.inf, np.zeros((2, 0), dtype=int)
    cell, path = (n - 1, j), []
    while rank[cell] >= 0:
        cell, entered = origin[cell]
        path = entered + path
    return total[-1, j], np.transpose([list(cell), *path])


# %% warp: walks carried along in a dictionary
def warp(cost, shape, moves, *, radius=None, open_start=False, open_end=False):
    rows, columns = shape
    open_cells = [(i, j) for i in range(rows) for j in range(columns) if radius is None or abs(i - j) <= radius]
    prices = {cell: (cost(*cell) if callable(cost) else cost[cell[0], cell[1]]) for cell in open_cells}
    walks = {}
    for cell in open_cells:
        ways = []
        if cell == (0, 0) or (open_start and cell[0] == 0):
            ways.append((prices[cell], (cell,)))
        for move in moves:
            steps = np.array(move)[:, :2].astype(int)
            back = [tuple((np.array(cell) - steps[k:].sum(axis=0)).tolist()) for k in range(len(move) + 1)]
            if back[0] in walks and all(between in prices for between in back):
                before, path = walks[back[0]]
                for step, place in zip(move, back[1:]):
                    before = before + step[2] * prices[place]
                ways.append((before, path + tuple(back[1:])))
        if ways:
            walks[cell] = sorted(ways, key=lambda way: way[0])[0]
    ends = [(rows - 1, j) for j in range(0 if open_end else columns - 1, columns)]
    there = [walks[end] for end in ends if end in walks]
    if not there:
        return np.float64("inf"), np.empty((2, 0), np.int32)
    total, path = min(there, key=lambda walk: walk[0])
    return total, np.array(path, np.int32).T


# %% average: loops over steps
def average_step(average, views, paths, weights=None):
    T = average.shape[1]
    sums, counts = np.zeros_like(average), np.zeros_like(average)
    links = [np.zeros((T, view.shape[1]), int) for view in views]
    for p, (view, path) in enumerate(zip(views, paths)):
        w = 1 if weights is None else weights[p]
        for t, j in zip(*path):
            links[p][t, j] += 1
            for r in range(len(view)):
                if view[r, j] == view[r, j]:
                    sums[r, t] += w * view[r, j]
                    counts[r, t] += w
    new = average.copy()
    new[counts > 0] = sums[counts > 0] / counts[counts > 0]
    cost = 0.0
    for p, (view, path) in enumerate(zip(views, paths)):
        for t, j in zip(*path):
            for r in range(len(view)):
                if not np.isnan(view[r, j]):
                    cost += (1 if weights is None else weights[p]) * (new[r, t] - view[r, j]) ** 2
    return new, links, cost


# %% average: matrices, in place
def average_step(average, views, paths, weights=None):
    if weights is None:
        weights = np.ones(len(views))
    stretch = [
        (np.eye(average.shape[1])[path[0]].T, np.eye(view.shape[1])[path[1]].T) for view, path in zip(views, paths)
    ]
    links = [W @ V.T for W, V in stretch]
    there = [np.isfinite(view).astype(float) for view in views]
    clean = [np.nan_to_num(view) for view in views]
    total = sum(w * x @ A.T for w, x, A in zip(weights, clean, links))
    count = sum(w * x @ A.T for w, x, A in zip(weights, there, links))
    np.divide(total, count, out=average, where=count > 0)
    cost = sum(
        w * np.linalg.norm((average @ W - x @ V) * (known @ V)) ** 2
        for w, x, known, (W, V) in zip(weights, clean, there, stretch)
    )
    return [average, links, cost]


# %% average: everything side by side
def average_step(average, views, paths, weights=None):
    frames = np.hstack([view[:, path[1]] for view, path in zip(views, paths)])
    places = np.concatenate([path[0] for path in paths])
    shares = np.repeat(np.ones(len(views)) if weights is None else weights, [path.shape[1] for path in paths])
    new = np.array(average)
    for t in np.unique(places):
        own, share = frames[:, places == t], shares[places == t]
        mass = np.where(np.isnan(own), 0, share)
        for r in np.flatnonzero(mass.sum(axis=1) > 0):
            known = mass[r] > 0
            new[r, t] = np.average(own[r, known], weights=mass[r, known])
    links = []
    for view, path in zip(views, paths):
        table, (T, n) = np.zeros(average.shape[1] * view.shape[1]), (average.shape[1], view.shape[1])
        for flat in np.ravel_multi_index(path, (T, n)):
            table[flat] += 1
        links.append(table.reshape(T, n))
    gaps = np.nan_to_num((new[:, places] - frames) ** 2)
    return new, tuple(links), np.sum(gaps * shares)


# %% space: symmetric roots
def common_space(xs, ys, paths, k, shrink=0.0):
    x = np.concatenate([x[:, path[0]] for x, path in zip(xs, paths)], axis=1)
    y = np.concatenate([y[:, path[1]] for y, path in zip(ys, paths)], axis=1)
    both = np.cov(np.vstack([x, y]), bias=True)
    D = len(x)
    S_xx, S_xy, S_yy = both[:D, :D], both[:D, D:], both[D:, D:]

    def root(S):
        values, axes = np.linalg.eigh((1 - shrink) * S + shrink * np.mean(np.diag(S)) * np.identity(len(S)))
        return axes @ np.diag(values**-0.5) @ axes.T

    A, _, Bt = np.linalg.svd(root(S_xx) @ S_xy @ root(S_yy), full_matrices=False)
    U, V = root(S_xx) @ A[:, :k], root(S_yy) @ Bt.T[:, :k]
    cost = np.trace(U.T @ S_xx @ U) + np.trace(V.T @ S_yy @ V) - 2 * np.trace(U.T @ S_xy @ V)
    return U, V, x.mean(axis=1)[:, None], y.mean(axis=1)[:, None], cost


# %% space: one view's eigenvectors, then the other's
def common_space(xs, ys, paths, k, shrink=0.0):
    x = np.hstack([view @ np.eye(view.shape[1])[:, path[0]] for view, path in zip(xs, paths)])
    y = np.hstack([view @ np.eye(view.shape[1])[:, path[1]] for view, path in zip(ys, paths)])
    means = [x.mean(axis=1, keepdims=True), y.mean(axis=1, keepdims=True)]
    x, y = x - means[0], y - means[1]
    N = x.shape[1]
    C_x, C_y = ((1 - shrink) * s @ s.T / N + shrink * (s**2).sum() / N / len(s) * np.eye(len(s)) for s in (x, y))
    S_xy = x @ y.T / N
    if len(x) <= len(y):
        L = np.linalg.cholesky(C_x)
        M = np.linalg.solve(L, np.linalg.solve(L, S_xy @ np.linalg.solve(C_y, S_xy.T)).T)
        values, axes = np.linalg.eigh((M + M.T) / 2)
        rho = np.sqrt(values[::-1][:k])
        U = np.linalg.solve(L.T, axes[:, ::-1][:, :k])
        V = np.linalg.solve(C_y, S_xy.T @ U) / rho
    else:
        L = np.linalg.cholesky(C_y)
        M = np.linalg.solve(L, np.linalg.solve(L, S_xy.T @ np.linalg.solve(C_x, S_xy)).T)
        values, axes = np.linalg.eigh((M + M.T) / 2)
        rho = np.sqrt(values[::-1][:k])
        V = np.linalg.solve(L.T, axes[:, ::-1][:, :k])
        U = np.linalg.solve(C_x, S_xy @ V) / rho
    return [U, V, *means, np.mean(((U.T @ x - V.T @ y) ** 2).sum(axis=0))]


# %% space: sums by loops, signs the other way
def common_space(xs, ys, paths, k, shrink=0.0):
    frames = [(x[:, i], y[:, j]) for x, y, path in zip(xs, ys, paths) for i, j in path.T]
    N = len(frames)
    mean_x, mean_y = sum(a for a, _ in frames) / N, sum(b for _, b in frames) / N
    S_xx = sum(np.outer(a - mean_x, a - mean_x) for a, _ in frames) / N
    S_yy = sum(np.outer(b - mean_y, b - mean_y) for _, b in frames) / N
    S_xy = sum(np.outer(a - mean_x, b - mean_y) for a, b in frames) / N
    factors = []
    for S in (S_xx, S_yy):
        C = S * (1 - shrink)
        C[np.diag_indices(len(C))] += shrink * np.trace(S) / len(S)
        factors.append(np.linalg.cholesky(C))
    K = np.linalg.solve(factors[1], np.linalg.solve(factors[0], S_xy).T)
    B, _, At = np.linalg.svd(K)
    U, V = -np.linalg.solve(factors[0].T, At.T[:, :k]), -np.linalg.solve(factors[1].T, B[:, :k])
    cost = sum(((U.T @ (a - mean_x) - V.T @ (b - mean_y)) ** 2).sum() for a, b in frames) / N
    return U, V, mean_x.reshape(-1, 1), mean_y.reshape(-1, 1), cost


# %% loop: keys in a set
class Alternation:
    def __init__(self, start, sweeps=25):
        self.path, self.best, self.best_cost = start, start, float("inf")
        self.costs, self.reason, self.left = [], None, sweeps
        self.seen = {self.key(start)}

    @staticmethod
    def key(path):
        return tuple(map(tuple, np.asarray(path).tolist()))

    def tell(self, cost, path, walked):
        if cost != cost or cost in (float("inf"), -float("inf")):
            self.end("failed")
        elif walked - cost > 1e-9 * max(1, cost):
            raise ValueError("DTW made it worse")
        else:
            self.costs.append(cost)
            self.left -= 1
            if cost < self.best_cost:
                self.best_cost, self.best = cost, self.path
            if self.key(path) in self.seen:
                self.end("repeated")
            elif self.left == 0:
                self.end("sweeps")
            else:
                self.seen.add(self.key(path))
                self.path = path

    def end(self, reason):
        self.path, self.reason = None, reason


# %% loop: all in one list, the rest computed
class Alternation:
    def __init__(self, start, sweeps=25):
        self.turns, self.sweeps, self.costs, self.reason = [np.asarray(start)], sweeps, [], None

    @property
    def path(self):
        return self.turns[-1] if self.reason is None else None

    @property
    def best(self):
        return self.turns[int(np.argmin(self.costs))] if self.costs else self.turns[0]

    @property
    def best_cost(self):
        return min(self.costs, default=np.inf)

    def tell(self, cost, path, walked):
        if not np.isfinite(cost):
            self.reason = "failed"
            return
        if walked > cost and walked - cost > 1e-9 * max(1.0, cost):
            raise ValueError(walked)
        self.costs = self.costs + [cost]
        back = [turn.shape == np.shape(path) and bool((turn == path).all()) for turn in self.turns]
        self.reason = "repeated" if any(back) else "sweeps" if len(self.costs) == self.sweeps else None
        self.turns.append(np.asarray(path))


# %% loop: lists of pairs, a generator
class Alternation:
    def __init__(self, start, sweeps=25):
        self.books = self.keep(np.array(start).T.tolist(), sweeps)
        self.costs, self.best_cost, self.reason = [], np.inf, None
        self.path = self.best = np.array(start)
        next(self.books)

    def tell(self, cost, path, walked):
        if np.isfinite(cost) and walked > cost + 1e-9 * max(1.0, cost):
            raise ValueError("a walk that rises")
        self.reason = self.books.send((float(cost), np.array(path).T.tolist()))
        self.path = None if self.reason else np.array(path)

    def keep(self, start, sweeps):
        seen, reason = [start], None
        while True:
            cost, path = yield reason
            if not abs(cost) < np.inf:
                reason = "failed"
                continue
            self.costs.append(cost)
            if cost < self.best_cost:
                self.best, self.best_cost = np.array(seen[-1]).T, cost
            reason = "repeated" if path in seen else "sweeps" if len(seen) >= sweeps else None
            seen.append(path)


# %% clocks: normal equations and an active set
def clocks_step(views, bases, weights, *, moments=None, damping=1e-3):
    m, L = len(views), len(bases[0])
    c = np.ones(L) if moments is None else np.asarray(moments, float)
    ends = np.cumsum([0] + [len(a) for a in weights])

    def frames(i, a):
        return np.clip((views[i].shape[1] - 1) * (bases[i] @ a), 0, views[i].shape[1] - 1)

    def cost(parts):
        v = [
            np.stack([np.interp(frames(i, a), np.arange(views[i].shape[1]), row) for row in views[i]])
            for i, a in enumerate(parts)
        ]
        return sum(float((c * (v[i] - v[j]) ** 2).sum()) for i in range(m) for j in range(i + 1, m))

    H, f = damping * np.eye(ends[-1]), np.zeros(ends[-1])
    G, v = [], []
    for i in range(m):
        p = frames(i, weights[i])
        low = np.minimum(np.floor(p).astype(int), views[i].shape[1] - 2)
        jump = np.diff(views[i], axis=1)[:, low]
        v.append(views[i][:, low] + jump * (p - low))
        G.append(jump[:, :, None] * (views[i].shape[1] - 1) * bases[i][None])
    everyone = sum(v)
    for i in range(m):
        own = slice(ends[i], ends[i + 1])
        f[own] = np.einsum("rtb,rt,t->b", G[i], m * v[i] - everyone, c)
        for j in range(m):
            other = slice(ends[j], ends[j + 1])
            H[own, other] += ((m if i == j else 0) - 1) * np.einsum("rtb,rtd,t->bd", G[i], G[j], c)
    old, sums = np.concatenate(weights), np.repeat(np.eye(m), np.diff(ends), axis=1)
    z = old.copy()
    free = z > 0
    for _ in range(500):
        k = int(free.sum())
        E = sums[:, free]
        K = np.block([[H[np.ix_(free, free)], E.T], [E, np.zeros((m, m))]])
        found = np.linalg.lstsq(K, np.concatenate([(H @ old - f)[free], np.ones(m)]), rcond=None)[0]
        target = np.zeros(len(z))
        target[free], multipliers = found[:k], found[k:]
        if target.min() < -1e-12:
            shrinking = free & (target < 0)
            s = np.min(z[shrinking] / (z - target)[shrinking])
            z = np.maximum(z + s * (target - z), 0)
            free &= z > 1e-13
            z[~free] = 0
            continue
        z = target
        slopes = H @ (z - old) + f + sums.T @ multipliers
        slopes[free] = 0
        if slopes.min() > -1e-10:
            break
        free[int(np.argmin(slopes))] = True
    before, step = cost(weights), 1.0
    while step > 1 / 200:
        tried = [a + step * (b - a) for a, b in zip(weights, np.split(z, ends[1:-1]))]
        if cost(tried) < before:
            return tried, cost(tried)
        step /= 2
    return weights, before


# %% clocks: bounded least squares
from scipy.optimize import lsq_linear  # noqa: E402


def clocks_step(views, bases, weights, *, moments=None, damping=1e-3):
    m, importance = len(views), np.ones(len(bases[0])) if moments is None else moments
    sizes = [view.shape[1] - 1 for view in views]
    cuts = np.cumsum([len(a) for a in weights])[:-1]

    def place(i, a):
        p = np.minimum(np.maximum(sizes[i] * (bases[i] @ a), 0), sizes[i])
        left = np.minimum(p.astype(int), sizes[i] - 1)
        rise = views[i][:, left + 1] - views[i][:, left]
        return views[i][:, left] + rise * (p - left), rise

    def cost(parts):
        shown = [place(i, a)[0] for i, a in enumerate(parts)]
        return sum(importance @ ((shown[i] - shown[j]) ** 2).sum(axis=0) for i in range(m) for j in range(i))

    rows = []
    for i in range(m):
        value, rise = place(i, weights[i])
        rows.append((value, rise[:, :, None] * sizes[i] * bases[i]))
    blocks, gaps = [], []
    for i in range(m):
        for j in range(i):
            block = [np.zeros((rows[0][0].size, len(a))) for a in weights]
            block[i], block[j] = rows[i][1].reshape(-1, len(weights[i])), -rows[j][1].reshape(-1, len(weights[j]))
            root = np.tile(np.sqrt(importance), len(rows[0][0]))
            blocks.append(np.hstack(block) * root[:, None])
            gaps.append(-(rows[i][0] - rows[j][0]).ravel() * root)
    old = np.concatenate(weights)
    sums = np.repeat(np.eye(m), [len(a) for a in weights], axis=1)
    A = np.vstack([*blocks, np.sqrt(damping) * np.eye(len(old))])
    heavy = 2e3 * np.abs(A).max()
    right = np.concatenate([*gaps, np.zeros(len(old) + m)])
    move = lsq_linear(np.vstack([A, heavy * sums]), right, (-old - 1e-12, np.inf), method="bvls", tol=1e-14).x
    goal = [np.maximum(a, 0) / np.maximum(a, 0).sum() for a in np.split(old + move, cuts)]
    before = cost(weights)
    for halving in range(8):
        tried = [a + (b - a) / 2**halving for a, b in zip(weights, goal)]
        after = cost(tried)
        if after < before:
            return tuple(tried), after
    return tuple(weights), before


# %% clocks: sums of slopes, nnls on a square matrix
from scipy.linalg import block_diag  # noqa: E402
from scipy.optimize import nnls  # noqa: E402


def clocks_step(views, bases, weights, *, moments=None, damping=1e-3):
    m, k, L = len(views), len(views[0]), len(bases[0])
    scale = np.repeat(np.ones((1, L)) if moments is None else np.sqrt(moments)[None], k, axis=0).ravel()

    def look(i, a):
        n = views[i].shape[1]
        p = np.clip((n - 1) * bases[i] @ a, 0, n - 1)
        f = np.clip(np.floor(p), 0, n - 2).astype(int)
        up = views[i][:, f + 1] - views[i][:, f]
        G = np.vstack([np.diag(row) @ bases[i] for row in up]) * (n - 1)
        return scale * ((1 - (p - f)) * views[i][:, f] + (p - f) * views[i][:, f + 1]).ravel(), scale[:, None] * G

    def cost(parts):
        v = np.stack([look(i, a)[0] for i, a in enumerate(parts)])
        return m * (v**2).sum() - (v.sum(axis=0) ** 2).sum()

    looks = [look(i, a) for i, a in enumerate(weights)]
    G, v = [one[1] for one in looks], [one[0] for one in looks]
    wide = np.hstack(G)
    H = m * block_diag(*[g.T @ g for g in G]) - wide.T @ wide + damping * np.eye(wide.shape[1])
    f = np.concatenate([g.T @ (m * own - sum(v)) for g, own in zip(G, v)])
    old = np.concatenate(weights)
    values, axes = np.linalg.eigh(H)
    R = (axes * np.sqrt(np.maximum(values, damping * 0.999))).T
    right = (axes / np.sqrt(np.maximum(values, damping * 0.999))).T @ (H @ old - f)
    ones = block_diag(*[np.ones((1, len(a))) for a in weights])
    big = 1e3 * np.abs(R).max()
    z, _ = nnls(np.vstack([R, big * ones]), np.append(right, big * np.ones(m)), maxiter=1000)
    cuts = np.cumsum([len(a) for a in weights])[:-1]
    goal = [part / part.sum() for part in np.split(z, cuts)]
    before = max(cost(weights), 0.0)
    for s in (1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128):
        tried = [(1 - s) * a + s * b for a, b in zip(weights, goal)]
        if max(cost(tried), 0.0) < before - 1e-14:
            return tried, cost(tried)
    return list(weights), before


# %% deep: symmetric roots by eigh
import torch  # noqa: E402


class DeepWarp(torch.nn.Module):
    def __init__(self, x_layers, y_layers, ridge=1e-3):
        super().__init__()
        self.small = ridge
        for name, layers in (("x_net", x_layers), ("y_net", y_layers)):
            net = torch.nn.Sequential()
            for number, (W, b) in enumerate(layers):
                if number:
                    net.append(torch.nn.Tanh())
                layer = torch.nn.Linear(len(W[0]), len(W)).double()
                with torch.no_grad():
                    layer.weight.copy_(torch.from_numpy(np.array(W, dtype=float)))
                    layer.bias.copy_(torch.from_numpy(np.array(b, dtype=float)))
                net.append(layer)
            setattr(self, name, net)

    def whitened(self, features, frames, c):
        mean = c @ features[frames]
        centred = features - mean
        S = torch.einsum("t,ti,tj->ij", c, centred[frames], centred[frames])
        values, axes = torch.linalg.eigh(S + self.small * torch.eye(len(S)))
        return centred @ axes @ torch.diag(values**-0.5) @ axes.T

    def both(self, x, y, path, weights):
        path = torch.tensor(np.array(path))
        c = torch.full((path.shape[1],), 1.0, dtype=torch.double)
        if weights is not None:
            c = torch.tensor(np.array(weights), dtype=torch.double)
        c = c / c.sum()
        f = self.whitened(self.x_net(torch.tensor(np.array(x))), path[0], c)
        g = self.whitened(self.y_net(torch.tensor(np.array(y))), path[1], c)
        return f, g, (f[path[0]] * c[:, None]).T @ g[path[1]]

    def loss(self, x, y, path, weights=None):
        return -torch.linalg.svdvals(self.both(x, y, path, weights)[2]).sum()

    @torch.no_grad()
    def distances(self, x, y, path, weights=None):
        f, g, K = self.both(x, y, path, weights)
        A, _, B = torch.svd(K)
        return torch.cdist(f @ A, g @ B, compute_mode="donot_use_mm_for_euclid_dist") ** 2


# %% deep: inverses, and the path as repeated rows
import torch  # noqa: E402
from torch import nn  # noqa: E402


def linear(W, b):
    layer = nn.Linear(*np.shape(W)[::-1])
    layer.weight = nn.Parameter(torch.as_tensor(np.array(W)).double())
    layer.bias = nn.Parameter(torch.as_tensor(np.array(b)).double())
    return layer


class DeepWarp(nn.Module):
    def __init__(self, x_layers, y_layers, ridge=1e-3):
        super().__init__()
        self.register_buffer("ridge", torch.tensor(ridge, dtype=torch.float64), persistent=False)
        for name, layers in (("x_net", x_layers), ("y_net", y_layers)):
            parts = [part for W, b in layers for part in (linear(W, b), nn.Tanh())]
            self.add_module(name, nn.Sequential(*parts[:-1]))

    def forward(self, x, y, path, weights=None):
        f, g = self.x_net(torch.as_tensor(np.asarray(x))), self.y_net(torch.as_tensor(np.asarray(y)))
        path = np.asarray(path)
        c = torch.ones(path.shape[1], 1).double() if weights is None else torch.as_tensor(np.asarray(weights))[:, None]
        a, b = f[path[0].tolist()], g[path[1].tolist()]
        means = (a * c).sum(0) / c.sum(), (b * c).sum(0) / c.sum()
        a, b = a - means[0], b - means[1]
        unit = torch.eye(a.shape[1], dtype=torch.float64)
        to_f = torch.linalg.inv(torch.linalg.cholesky((a * c).T @ a / c.sum() + self.ridge * unit))
        to_g = torch.linalg.inv(torch.linalg.cholesky((b * c).T @ b / c.sum() + self.ridge * unit))
        K = to_f @ ((a * c).T @ b / c.sum()) @ to_g.T
        return K, (f - means[0]) @ to_f.T, (g - means[1]) @ to_g.T

    def loss(self, x, y, path, weights=None):
        return torch.linalg.svd(self(x, y, path, weights)[0]).S.sum().neg()

    def distances(self, x, y, path, weights=None):
        K, f, g = [part.detach().numpy() for part in self(x, y, path, weights)]
        A, _, Bt = np.linalg.svd(K)
        return np.sum(((f @ A)[:, None, :] - (g @ Bt.T)[None]) ** 2, axis=2)


# %% deep: the gradient by the formula
import torch  # noqa: E402


class Correlation(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b, c, ridge):
        a, b = a - (c[:, None] * a).sum(0), b - (c[:, None] * b).sum(0)
        small = ridge * torch.eye(a.shape[1], dtype=torch.float64)
        roots = []
        for s in (a, b):
            values, axes = torch.linalg.eigh((c[:, None] * s).T @ s + small)
            roots.append(axes / values.sqrt() @ axes.T)
        A, rho, Bt = torch.linalg.svd(roots[0] @ (c[:, None] * a).T @ b @ roots[1])
        ctx.save_for_backward(a, b, c, roots[0] @ A, rho, roots[1] @ Bt.T)
        return rho.sum()

    @staticmethod
    def backward(ctx, upstream):
        a, b, c, U, rho, V = ctx.saved_tensors
        to_a = c[:, None] * (b @ V @ U.T - a @ (U * rho) @ U.T)
        to_b = c[:, None] * (a @ U @ V.T - b @ (V * rho) @ V.T)
        centred = [slope - c[:, None] * slope.sum(0) for slope in (to_a, to_b)]
        return upstream * centred[0], upstream * centred[1], None, None


class DeepWarp(torch.nn.Module):
    def __init__(self, x_layers, y_layers, ridge=1e-3):
        super().__init__()
        self.ridge, self.x_net, self.y_net = ridge, torch.nn.Sequential(), torch.nn.Sequential()
        for net, layers in ((self.x_net, x_layers), (self.y_net, y_layers)):
            for number, (weight, bias) in enumerate(layers):
                layer = torch.nn.Linear(weight.shape[1], weight.shape[0], dtype=torch.float64)
                layer.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})
                net.extend([torch.nn.Tanh(), layer] if number else [layer])

    def look(self, x, y, path, weights):
        c = np.ones(len(path[0])) if weights is None else np.asarray(weights, float)
        return self.x_net(torch.as_tensor(x)), self.y_net(torch.as_tensor(y)), torch.tensor(c / c.sum())

    def loss(self, x, y, path, weights=None):
        f, g, c = self.look(x, y, path, weights)
        return -Correlation.apply(f[path[0]], g[path[1]], c, self.ridge)

    def distances(self, x, y, path, weights=None):
        f, g, c = (part.detach().numpy() for part in self.look(x, y, path, weights))
        means = np.average(f[path[0]], axis=0, weights=c), np.average(g[path[1]], axis=0, weights=c)
        f, g = f - means[0], g - means[1]
        a, b, small = f[path[0]], g[path[1]], self.ridge * np.eye(f.shape[1])
        L, M = np.linalg.cholesky(a.T @ (c[:, None] * a) + small), np.linalg.cholesky(b.T @ (c[:, None] * b) + small)
        A, _, Bt = np.linalg.svd(np.linalg.solve(L, np.linalg.solve(M, b.T @ (c[:, None] * a)).T))
        p, q = np.linalg.solve(L, f.T).T @ A, np.linalg.solve(M, g.T).T @ Bt.T
        return (p**2).sum(1)[:, None] + (q**2).sum(1) - 2 * p @ q.T
