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
