# Other correct solutions of a01_losses. Never imported: each "# %%" cell stands in for a solution cell.

# %% softmax: row by row, on numbers that count
def masked_softmax(scores, mask=None, *, axis=-1, temperature=1.0):
    mask = np.ones(scores.shape, bool) if mask is None else np.broadcast_to(mask, scores.shape)
    shares = np.zeros(scores.shape)
    rows, out, keep = (np.moveaxis(array, axis, -1) for array in (scores, shares, mask))
    for place in np.ndindex(*rows.shape[:-1]):
        kept = rows[place][keep[place]] / temperature
        if kept.size:
            exps = np.exp(kept - max(kept))
            out[place][keep[place]] = exps / exps.sum()  # a view of shares
    return shares


# %% softmax: logarithms, in a masked array
def masked_softmax(scores, mask=None, *, axis=-1, temperature=1.0):
    hidden = np.zeros(scores.shape, bool) if mask is None else ~np.broadcast_to(mask, scores.shape)
    z = np.ma.array(np.where(hidden, 0.0, scores), mask=hidden) / temperature
    z = z - z.max(axis=axis, keepdims=True)
    log_shares = z - np.ma.log(np.ma.exp(z).sum(axis=axis, keepdims=True))
    return np.ma.exp(log_shares).filled(0.0)


# %% softmax: one over a sum of exps of differences
def masked_softmax(scores, mask=None, *, axis=-1, temperature=1.0):
    mask = np.logical_and(True if mask is None else mask, np.ones(scores.shape, bool))
    f = np.moveaxis(np.where(mask, scores, 0.0), axis, 0)
    counts = np.moveaxis(mask, axis, 0)
    with np.errstate(over="ignore"):
        exps = np.exp((f[None] - f[:, None]) / temperature)  # [k, j]
    sums = np.where(counts[None], exps, 0.0).sum(axis=1)
    shares = np.divide(1.0, sums, out=np.zeros(f.shape), where=counts)
    return np.moveaxis(shares, 0, axis)


# %% cross_entropy: position by position
def sequence_cross_entropy(logits, targets, *, ignore=-1, weights=None, smoothing=0.0):
    classes = logits.shape[2]
    w = [1.0] * classes if weights is None else [float(weight) for weight in weights]
    loss, divisor, grad = 0.0, 0.0, np.zeros(logits.shape)
    for b, t in np.ndindex(*targets.shape):
        y = targets[b, t]
        if y == ignore:
            continue
        f = logits[b, t] - logits[b, t].max()
        p = np.exp(f) / np.exp(f).sum()
        log_p = f - np.log(np.exp(f).sum())
        for c in range(classes):
            part = w[c] * (smoothing / classes + (1 - smoothing if c == y else 0))
            loss -= part * log_p[c]
            grad[b, t] += part * p
            grad[b, t, c] -= part
        divisor += w[y]
    if not divisor:
        return 0, 0 * grad
    return loss / divisor, grad / divisor


# %% cross_entropy: only the rows that count, as a long list
def sequence_cross_entropy(logits, targets, *, ignore=-1, weights=None, smoothing=0.0):
    grad = np.zeros(logits.shape)
    keep = targets != ignore
    f, y = logits[keep], targets[keep]  # (M, C), (M,)
    weights = np.ones(logits.shape[2]) if weights is None else weights
    divisor = weights[y].sum()
    if divisor == 0:
        return np.array(0.0), grad
    q = np.full(f.shape, smoothing / f.shape[1])
    q[np.arange(len(y)), y] += 1 - smoothing
    log_p = f - np.logaddexp.reduce(f, axis=1)[:, None]
    wq = weights * q
    grad[keep] = (np.exp(log_p) * wq.sum(axis=1)[:, None] - wq) / divisor
    return np.array(-(wq * log_p).sum() / divisor), grad


# %% cross_entropy: two losses, of the target and of all classes
def sequence_cross_entropy(logits, targets, *, ignore=-1, weights=None, smoothing=0.0):
    b, t, c = logits.shape
    f, y = logits.reshape(-1, c).copy(), targets.reshape(-1).copy()
    off = y == ignore
    f[off], y[off] = 0, 0
    w = np.ones(c) if weights is None else np.array(weights)
    top = np.amax(f, axis=1, keepdims=True)
    rest = top + np.log(np.exp(f - top).sum(axis=1, keepdims=True))
    nll = rest - f  # -log p
    own = w[y] * nll[range(len(y)), y]
    everyone = nll @ w / c
    p, eye = np.exp(-nll), np.eye(c)[y]
    d_own = w[y][:, None] * (p - eye)
    d_everyone = (w.sum() * p - w) / c
    total = w[y][~off].sum()
    if total == 0:
        return 0.0, np.zeros((b, t, c)).tolist()
    loss = ((1 - smoothing) * own + smoothing * everyone)[~off].sum() / total
    grad = ((1 - smoothing) * d_own + smoothing * d_everyone) / total
    grad[off] = 0
    return float(loss), grad.reshape(b, t, c)


# %% bce: log1p and cases
def weighted_bce(logits, targets, *, pos_weight=1.0):
    tail = np.exp(-np.abs(logits))
    softplus = np.maximum(logits, 0) + np.log1p(tail)
    softplus_of_minus = np.maximum(-logits, 0) + np.log1p(tail)
    large, small = 1 / (1 + tail), tail / (1 + tail)
    yes = np.where(logits > 0, large, small)
    no = np.where(logits > 0, small, large)
    terms = pos_weight * targets * softplus_of_minus + (1 - targets) * softplus
    return terms.sum() / terms.size, ((1 - targets) * yes - pos_weight * targets * no) / terms.size


# %% bce: entry by entry
def weighted_bce(logits, targets, *, pos_weight=1.0):
    import math

    def softplus(u):
        return u + math.log1p(math.exp(-u)) if u > 0 else math.log1p(math.exp(u))

    def sigmoid(u):
        return 1 / (1 + math.exp(-u)) if u > 0 else math.exp(u) / (1 + math.exp(u))

    weights = np.broadcast_to(pos_weight, logits.shape)
    loss, grad = 0.0, np.empty_like(logits)
    for place, z in np.ndenumerate(logits):
        w, t = float(weights[place]), float(targets[place])
        loss += w * t * softplus(-z) + (1 - t) * softplus(z)
        grad[place] = (1 - t) * sigmoid(z) - w * t * sigmoid(-z)
    return loss / logits.size, grad / logits.size


# %% bce: a naive sigmoid of both signs is accurate where it overflows to 0
def weighted_bce(logits, targets, *, pos_weight=1.0):
    with np.errstate(over="ignore"):
        p, one_minus_p = 1 / (1 + np.exp(-logits)), 1 / (1 + np.exp(logits))
    scores = np.stack([np.zeros_like(logits), logits])  # two classes: no and yes
    log_q = scores - np.logaddexp.reduce(scores, axis=0)
    log_no = np.where(logits < 0, -np.log1p(np.exp(-np.abs(logits))), log_q[0])
    log_yes = np.where(logits > 0, -np.log1p(np.exp(-np.abs(logits))), log_q[1])
    grad = p * (1 - targets) - one_minus_p * targets * pos_weight
    return -np.average(pos_weight * targets * log_yes + (1 - targets) * log_no), np.true_divide(grad, grad.size)


# %% hinge: pair by pair
def pair_hinge(scores, labels, *, margins=1.0, worst=False):
    n, c = scores.shape
    loss, grad = 0.0, np.zeros((n, c))
    for i, (f, y) in enumerate(zip(scores, labels)):
        found = {}
        for j in range(c):
            if j != y:
                margin = margins if np.ndim(margins) == 0 else margins[y, j]
                found[j] = f[j] - f[y] + margin
        if worst:
            j = max(found, key=found.get)
            found = {j: found[j]}
        for j, v in found.items():
            if v > 0:
                loss += v / n
                grad[i, j] += 1 / n
                grad[i, y] -= 1 / n
    return loss, grad


# %% hinge: one-hot products
def pair_hinge(scores, labels, *, margins=1.0, worst=False):
    c = scores.shape[1]
    onehot = np.eye(c)[labels]
    table = np.full((c, c), 1.0) * margins
    np.fill_diagonal(table, -np.inf)  # never ahead of itself
    v = np.maximum(scores - (scores * onehot).sum(axis=1, keepdims=True) + table[labels], 0)
    if worst:
        v = np.where(v == v.max(axis=1, keepdims=True), v, 0)
    push = np.heaviside(v, 0)
    return v.sum(axis=1).mean(), (push - push.sum(axis=1, keepdims=True) * onehot) / len(v)


# %% hinge: the others taken out of the array
def pair_hinge(scores, labels, *, margins=1.0, worst=False):
    n, c = scores.shape
    others = np.nonzero(np.arange(c)[None] != labels[:, None])[1].reshape(n, c - 1)
    room = np.take_along_axis(np.broadcast_to(margins, (c, c))[labels], others, axis=1)
    v = np.take_along_axis(scores, others, axis=1) - np.take_along_axis(scores, labels[:, None], axis=1) + room
    on = v > 0
    if worst:
        best = np.zeros_like(on)
        best[np.arange(n), v.argmax(1)] = True
        on = on & best
    grad = np.zeros_like(scores)
    np.put_along_axis(grad, others, on / n, axis=1)
    np.put_along_axis(grad, labels[:, None], -on.sum(axis=1, keepdims=True) / n, axis=1)
    return np.where(on, v, 0).sum() / n, grad


# %% squared_hinge: term by term
def one_against_all(scores, labels, *, margin=1.0, negative_weight=1.0):
    loss, grad = 0.0, np.zeros(scores.shape)
    for n, y in enumerate(labels.tolist()):
        for c, f in enumerate(scores[n].tolist()):
            if c == y:
                short, weight, sign = margin - f, 1.0, -1.0
            else:
                short, weight, sign = margin + f, negative_weight, 1.0
            if short > 0:
                loss += weight * short * short
                grad[n, c] = 2 * weight * sign * short
    return loss / len(labels), (grad / len(labels)).tolist()


# %% squared_hinge: all no first, then the yes put right
def one_against_all(scores, labels, *, margin=1.0, negative_weight=1.0):
    short = np.clip(margin + scores, 0, None)
    terms, grad = negative_weight * short**2, 2 * negative_weight * short
    rows = np.flatnonzero(labels >= 0)
    own = np.clip(margin - scores[rows, labels[rows]], 0, None)
    terms[rows, labels[rows]] = own**2
    grad[rows, labels[rows]] = -2 * own
    return terms.sum(1).mean(), grad / scores.shape[0]


# %% squared_hinge: signs from a table with a row for none
def one_against_all(scores, labels, *, margin=1.0, negative_weight=1.0):
    n, c = scores.shape
    table = np.vstack([2 * np.eye(c) - 1, -np.ones((1, c))])  # its last row is what the index -1 finds
    t = table[labels]
    a = (1 + t) / 2 + negative_weight * (1 - t) / 2
    inside = margin - t * scores
    inside = inside * (inside > 0)
    return np.einsum("nc,nc,nc->", a, inside, inside) / n, np.asfortranarray(-2 / n * a * t * inside)


# %% l1: sequence by sequence
def padded_l1(predictions, targets, lengths, *, beta=0.0, average="entries"):
    loss, grad = 0.0, np.zeros(predictions.shape)
    total, used = predictions.shape[2] * int(sum(lengths)), sum(1 for length in lengths if length)
    for b, length in enumerate(lengths):
        if length == 0:
            continue
        d = predictions[b, :length] - targets[b, :length]
        cost, slope = np.abs(d) - beta / 2, np.sign(d)
        if beta > 0:
            near = np.abs(d) < beta
            cost[near], slope[near] = d[near] ** 2 / 2 / beta, d[near] / beta
        weight = 1 / total if average == "entries" else 1 / (d.size * used)
        loss += weight * cost.sum()
        grad[b, :length] = weight * slope
    return loss, grad


# %% l1: the slope is a clipped difference
def padded_l1(predictions, targets, lengths, *, beta=0.0, average="entries"):
    b, t, size = predictions.shape
    mask = np.repeat(np.arange(t)[None, :, None] < lengths[:, None, None], size, axis=2)
    d = np.subtract(predictions, targets, out=np.zeros(predictions.shape), where=mask)
    slope = np.clip(d / beta, -1, 1) if beta else np.sign(d)
    cost = slope * d - beta * slope**2 / 2
    if average == "entries":
        share = mask / max(mask.sum(), 1)
    else:
        filled = lengths > 0
        share = mask / np.where(filled, lengths, 1)[:, None, None] / size / max(filled.sum(), 1)
    return (share * cost).sum(), share * slope


# %% l1: one long list of what counts, with weights
def padded_l1(predictions, targets, lengths, *, beta=0.0, average="entries"):
    grad = np.zeros_like(predictions)
    who, when = np.nonzero(np.arange(predictions.shape[1]) < np.reshape(lengths, (-1, 1)))
    if len(who) == 0:
        return 0.0, grad
    d = predictions[who, when] - targets[who, when]  # (M, D)
    weight = np.ones(len(who)) if average == "entries" else 1 / lengths[who]
    weight = (weight / weight.sum() / d.shape[1])[:, None]
    size = np.abs(d)
    if beta > 0:
        cost, slope = np.where(size < beta, size**2 / beta / 2, size - beta / 2), d / np.maximum(size, beta)
    else:
        cost, slope = size, np.sign(d)
    grad[who, when] = weight * slope
    return np.sum(weight * cost), grad


# %% multi_label: pair by pair
def ranking_loss(scores, targets, *, margin=1.0, soft=False):
    losses, grad = [], np.zeros(scores.shape)
    for n in range(len(scores)):
        there = [c for c in range(scores.shape[1]) if targets[n, c] == 1]
        absent = [c for c in range(scores.shape[1]) if targets[n, c] == 0]
        pairs = [(p, m) for p in there for m in absent]
        if not pairs:
            continue
        costs = []
        for p, m in pairs:
            u = margin - (scores[n, p] - scores[n, m])
            cost, slope = max(u, 0.0), float(u > 0)
            if soft:
                tail = np.exp(-abs(u))
                cost, slope = max(u, 0.0) + np.log1p(tail), (1.0 if u > 0 else tail) / (1 + tail)
            costs.append(cost)
            grad[n, m] += slope / len(pairs)
            grad[n, p] -= slope / len(pairs)
        losses.append(sum(costs) / len(costs))
    if not losses:
        return 0, grad
    return sum(losses) / len(losses), grad / len(losses)


# %% multi_label: a table for each example
def ranking_loss(scores, targets, *, margin=1.0, soft=False):
    total, used, grad = 0.0, 0, np.zeros_like(scores)
    for f, t, g in zip(scores, targets, grad):  # g is a view
        there, absent = np.flatnonzero(t == 1), np.flatnonzero(t == 0)
        if there.size * absent.size == 0:
            continue
        u = margin - np.subtract.outer(f[there], f[absent])
        with np.errstate(over="ignore"):
            slope = 1 / (1 + np.exp(-u)) if soft else np.where(u > 0, 1.0, 0.0)
        total += np.mean(np.logaddexp(u, 0) if soft else np.clip(u, 0, np.inf))
        g[absent] = slope.sum(axis=0) / u.size
        g[there] = -slope.sum(axis=1) / u.size
        used += 1
    return total / max(used, 1), grad / max(used, 1)


# %% multi_label: a list of all pairs of the batch
def ranking_loss(scores, targets, *, margin=1.0, soft=False):
    row, p, m = np.nonzero((targets[:, :, None] == 1) & (targets[:, None, :] == 0))
    grad = np.zeros(scores.shape)
    if row.size == 0:
        return np.float64(0), grad
    pairs_of = np.bincount(row, minlength=len(scores))
    share = 1 / pairs_of[row] / (pairs_of > 0).sum()
    u = margin - scores[row, p] + scores[row, m]
    cost = np.logaddexp(0, u) if soft else np.maximum(0, u)
    slope = np.exp(u - np.logaddexp(0, u)) if soft else 1.0 * (u > 0)
    np.add.at(grad, (row, m), share * slope)
    np.subtract.at(grad, (row, p), share * slope)
    return share @ cost, grad
