"""Hidden tests of a02.backward. The closed form of all gradients at once is a linear solve, (I - L)^T g = seed."""

import numpy as np

from autograder.testing import assert_close, points


def solve(graph, sizes, seeds, wanted):
    """All paths summed: L holds the local Jacobians, and 1 + L + L^2 + ... is the inverse of 1 - L."""
    starts = dict(zip(sizes, np.cumsum([0, *sizes.values()])))
    total = sum(sizes.values())
    local, seed = np.zeros((total, total)), np.zeros(total)
    places = {name: slice(starts[name], starts[name] + n) for name, n in sizes.items()}
    for name, edges in graph.items():
        for source, jacobian in edges:
            block = np.diag(jacobian) if jacobian.ndim == 1 else jacobian
            local[places[name], places[source]] += block
    for name, grad in seeds.items():
        seed[places[name]] += grad
    grads = np.linalg.solve((np.eye(total) - local).T, seed)
    above, pending = set(), list(seeds)
    while pending:
        name = pending.pop()
        if name not in above:
            above.add(name)
            pending += [source for source, _ in graph[name]]
    return {name: grads[places[name]] if name in above else None for name in wanted}


def jacobian(rng, m, n):
    """A Jacobian with entries of size about 1 over the root of its width, so that gradients stay near 1."""
    if m == n and rng.random() < 0.4:
        return rng.uniform(0.5, 1.5, size=n) * rng.choice([-1.0, 1.0], size=n)
    return rng.normal(size=(m, n)) / np.sqrt(n)


def random_graph(rng, nodes, uses=2, lengths=(2, 4)):
    """Names in the order of computing; each uses the one before it and some of the few before that, perhaps twice."""
    names = [f"n{k}" for k in rng.permutation(nodes)]
    sizes = {name: int(rng.integers(*lengths)) for name in names}
    graph = {}
    for k, name in enumerate(names):
        earlier = rng.integers(max(0, k - 4), k, size=int(rng.integers(0, uses))) if k else []
        sources = [names[int(i)] for i in [k - 1, *earlier]] if k else []
        graph[name] = [(source, jacobian(rng, sizes[name], sizes[source])) for source in sources]
    return graph, sizes


def shuffled(rng, graph):
    names = list(graph)
    return {names[int(i)]: graph[names[int(i)]] for i in rng.permutation(len(names))}


def check(student, graph, sizes, seeds, wanted, what):
    expected = solve(graph, sizes, seeds, wanted)
    assert_close(student.backward(graph, seeds, wanted), expected, what=f"{what}: grads", rtol=1e-8)


@points(2)
def test_chain(student, rng):
    """Along a chain the transposed Jacobians are multiplied, square, oblong and diagonal ones."""
    lengths = [3, 3, 2, 4, 4, 1]
    names = [f"v{k}" for k in range(len(lengths))]
    sizes, graph = dict(zip(names, lengths)), {}
    for k, name in enumerate(names):
        shape = lengths[k], lengths[max(k - 1, 0)]
        graph[name] = [(names[k - 1], rng.normal(size=shape if k != 4 else 4))] if k else []
    seeds = {names[-1]: rng.normal(size=1)}
    check(student, dict(reversed(graph.items())), sizes, seeds, [names[0], names[3]], "a chain, last name first")
    square = {"x": [], "y": [("x", rng.normal(size=(3, 3)))]}
    check(student, square, {"x": 3, "y": 3}, {"y": rng.normal(size=3)}, ["x"], "one square Jacobian")


@points(2)
def test_diamonds(student, rng):
    """Where paths meet, gradients add up: two ways round, a short cut beside a long way, one input used three times."""

    def edges(*sources):
        return [(source, rng.normal(size=(2, 2))) for source in sources]

    diamond = {"x": [], "left": edges("x"), "right": edges("x"), "top": edges("left", "right")}
    shortcut = {"x": [], "a": edges("x"), "b": edges("a"), "c": edges("b"), "top": edges("x", "c", "a")}
    triple = {"x": [], "top": edges("x", "x", "x")}
    for graph, what in ((diamond, "a diamond"), (shortcut, "short cuts"), (triple, "one input, three times")):
        seeds, wanted = {"top": rng.normal(size=2)}, [name for name in graph if name != "top"]
        check(student, graph, dict.fromkeys(graph, 2), seeds, wanted, what)


@points(2)
def test_any_order(student, rng):
    """Random graphs whose names come in random order."""
    for _ in range(3):
        graph, sizes = random_graph(rng, 12)
        last = list(graph)[-1]
        check(student, shuffled(rng, graph), sizes, {last: rng.normal(size=sizes[last])}, list(graph)[:4], "shuffled")


@points(2)
def test_seeds(student, rng):
    """Several seeds, one below another, and names that no path reaches; a second call knows nothing of the first."""
    for _ in range(2):
        graph, sizes = random_graph(rng, 10)
        names = list(graph)
        graph["alone"], sizes["alone"] = [], 3
        graph["unused"], sizes["unused"] = [(names[1], rng.normal(size=(2, sizes[names[1]])))], 2
        for chosen in ([names[-1], names[-2], names[5]], [names[-1]], [names[5]]):
            seeds = {name: rng.normal(size=sizes[name]) for name in chosen}
            wanted = [names[0], names[5], names[-1], "alone", "unused"]
            check(student, shuffled(rng, graph), sizes, seeds, wanted, f"{len(seeds)} seeds")


@points(1)
def test_only_what_is_asked(student, rng):
    """A Jacobian that lies on no path from a seed to a wanted name may be None."""
    graph, sizes = random_graph(rng, 10, lengths=(2, 3))
    names = list(graph)
    graph["frozen"], graph["deeper"], sizes["frozen"], sizes["deeper"] = [("deeper", np.ones((2, 2)))], [], 2, 2
    for k in (4, 9):
        graph[names[k]].append(("frozen", np.ones((2, 2))))
    graph["other"], sizes["other"] = [(names[8], np.ones((2, 2)))], 2
    seeds, wanted = {names[-1]: rng.normal(size=2)}, [names[0], names[4]]
    expected = solve(graph, sizes, seeds, wanted)
    graph["frozen"] = [("deeper", None)]
    graph["other"] = [(names[8], None)]
    for k in (4, 9):
        graph[names[k]][-1] = ("frozen", None)
    assert_close(student.backward(shuffled(rng, graph), seeds, wanted), expected, what="grads", rtol=1e-8)


@points(2)
def test_long_and_wide(student, rng):
    """A chain of thousands of nodes, and 100 diamonds on top of each other, in any order."""
    slopes = rng.uniform(0.9999, 1.0001, size=3500)
    chain = {f"c{k}": [(f"c{k - 1}", slopes[k : k + 1])] if k else [] for k in range(3500)}
    got = student.backward(shuffled(rng, chain), {"c3499": np.ones(1)}, ["c0"])
    assert_close(got, {"c0": [np.prod(slopes[1:])]}, what="a long chain: grads", rtol=1e-8)
    ladder, product = {"t0": []}, np.ones(1)
    for k in range(100):
        a, b, c, d = rng.uniform(0.4, 0.6, size=(4, 1)) * 2**0.5
        ladder[f"l{k}"], ladder[f"r{k}"] = [(f"t{k}", a)], [(f"t{k}", b)]
        ladder[f"t{k + 1}"] = [(f"l{k}", c), (f"r{k}", d)]
        product = product * (a * c + b * d)
    got = student.backward(shuffled(rng, ladder), {"t100": np.ones(1)}, ["t0"])
    assert_close(got, {"t0": product}, what="100 diamonds: grads", rtol=1e-8)


@points(1)
def test_random_graphs(student, rng):
    """Larger random graphs, many uses of each value, several seeds."""
    graph, sizes = random_graph(rng, 40, uses=3, lengths=(1, 4))
    names = list(graph)
    seeds = {name: rng.normal(size=sizes[name]) for name in (names[-1], names[30])}
    expected = solve(graph, sizes, seeds, names)
    scale = max(np.abs(grad).max() for grad in expected.values() if grad is not None)
    got = student.backward(shuffled(rng, graph), seeds, names)
    assert_close(got, expected, what="grads", rtol=1e-8, atol=1e-8 * scale)
