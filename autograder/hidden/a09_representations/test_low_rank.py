"""Hidden tests of a09.low_rank."""

import numpy as np
import torch

from autograder.testing import assert_close, grads, keep, needs, points, state


def draw(rng, sizes, batch=3):
    """Outputs, rank, random parameters by name, and parts."""
    outputs, rank = int(rng.integers(2, 4)), int(rng.integers(2, 4))
    shapes = {f"factors.{m}": (rank, size + 1, outputs) for m, size in enumerate(sizes)}
    shapes |= {"weights": (rank,), "bias": (outputs,)}
    parameters = {name: torch.from_numpy(rng.uniform(0.3, 1.5, shape)) for name, shape in shapes.items()}
    for values in parameters.values():
        values *= torch.from_numpy(rng.choice([-1.0, 1.0], values.shape))
    return outputs, rank, parameters, [torch.from_numpy(rng.normal(size=(batch, size))) for size in sizes]


def load(student, sizes, outputs, rank, parameters):
    """The student's module in double precision, with these parameters."""
    module = student.LowRankFusion(sizes, outputs, rank)
    module.double()
    module.load_state_dict(parameters)
    return module


def by_tensor(parameters, parts, present=None):
    """The same layer, with the tensor of all products and the tensor of all weights written out."""
    batch = len(parts[0])
    tensor, weights = torch.ones(batch, 1, dtype=torch.float64), parameters["weights"][:, None, None]
    for m, part in enumerate(parts):
        if present is not None:
            part = torch.where(present[:, m : m + 1], part, torch.zeros_like(part))
        part = torch.cat([part, torch.ones(batch, 1, dtype=torch.float64)], dim=1)
        tensor = (tensor[:, :, None] * part[:, None, :]).flatten(1)
        weights = (weights[:, :, None, :] * parameters[f"factors.{m}"][:, None]).flatten(1, 2)  # (R, entries, outputs)
    return tensor @ weights.sum(dim=0) + parameters["bias"]


@points(1)
def test_parameters(student, rng):
    """There are a factor for each part, with a row for its 1, weights of ones and a bias of zeros."""
    sizes = [int(size) for size in rng.integers(1, 6, size=int(rng.integers(1, 5)))]
    outputs, rank = int(rng.integers(1, 4)), int(rng.integers(1, 5))
    got = state(student.LowRankFusion(sizes, outputs, rank))
    shapes = {f"factors.{m}": (rank, size + 1, outputs) for m, size in enumerate(sizes)}
    names = sorted([*shapes, "weights", "bias"])
    assert sorted(got) == names, f"expected the parameters {', '.join(names)}, got {', '.join(sorted(got)) or 'none'}"
    for name, shape in shapes.items():
        assert_close(list(got[name].shape), list(shape), what=f"shape of {name}")
    assert_close(got["weights"], np.ones(rank), what="weights")
    assert_close(got["bias"], np.zeros(outputs), what="bias")


@points(1)
@needs("test_parameters")
def test_start(student, rng):
    """Factors begin with random entries of mean 0 whose variance depends on the size, the rank and how many parts."""
    for sizes, rank in (([9, 49], 16), ([30, 6, 14], 8)):
        got = state(student.LowRankFusion(sizes, 100, rank))
        for m, size in enumerate(sizes):
            entries, variance = np.asarray(got[f"factors.{m}"]).ravel(), 1 / ((size + 1) * rank ** (1 / len(sizes)))
            what = f"sizes={sizes}, rank={rank}, factors[{m}]"
            assert abs(entries.mean()) < 6 * (variance / len(entries)) ** 0.5, f"{what}: the mean is not 0"
            assert_close(entries.var(), variance, what=f"variance of {what}", rtol=0.1, atol=0)


@points(3)
@needs("test_parameters")
def test_output(student, rng):
    """The output is that of a linear layer on the whole tensor, for one part up to four."""
    for sizes in ([3], [2, 3], [3, 1, 2], [2, 1, 3, 2]):
        outputs, rank, parameters, parts = draw(rng, sizes)
        got = load(student, sizes, outputs, rank, parameters)(parts)
        assert_close(got, by_tensor(parameters, parts), what=f"output for {len(sizes)} parts", rtol=1e-7)


@points(2)
@needs("test_parameters")
def test_missing_parts(student, rng):
    """A missing part, full of nan, counts as zeros with a 1, in each row of the batch by itself."""
    sizes = [2, 3, 1]
    outputs, rank, parameters, parts = draw(rng, sizes, batch=4)
    present = torch.from_numpy(np.concatenate([~np.eye(3, dtype=bool), rng.random((1, 3)) < 0.3]))
    given = [torch.where(present[:, m : m + 1], part, torch.nan) for m, part in enumerate(parts)]
    got = load(student, sizes, outputs, rank, parameters)(given, present)
    assert_close(got, by_tensor(parameters, parts, present), what="output", rtol=1e-7)


@points(2)
@needs("test_output")
def test_gradients_of_parameters(student, rng):
    """Gradients reach all parameters as in the layer on the whole tensor."""
    sizes = [3, 1, 2]
    outputs, rank, parameters, parts = draw(rng, sizes)
    target = torch.from_numpy(rng.normal(size=(3, outputs)))
    module = load(student, sizes, outputs, rank, parameters)
    ((module(parts) - target) ** 2).sum().backward()
    leaves = {name: values.clone().requires_grad_() for name, values in parameters.items()}
    ((by_tensor(leaves, parts) - target) ** 2).sum().backward()
    assert_close(grads(module), {name: leaf.grad for name, leaf in leaves.items()}, what="gradients", rtol=1e-6)


@points(2)
@needs("test_missing_parts")
def test_gradients_around_missing_parts(student, rng):
    """With nan in missing parts, gradients of parameters and parts are those without it; a missing part gets 0."""
    sizes = [2, 3]
    outputs, rank, parameters, parts = draw(rng, sizes)
    present = torch.tensor([[True, False], [False, True], [True, True]])
    hidden = [torch.where(present[:, m : m + 1], part, torch.nan) for m, part in enumerate(parts)]
    module = load(student, sizes, outputs, rank, parameters)
    given = [keep(student, part.clone().requires_grad_()) for part in hidden]
    (module(given, present) ** 2).sum().backward()
    leaves = {name: values.clone().requires_grad_() for name, values in parameters.items()}
    inputs = [part.clone().requires_grad_() for part in parts]
    (by_tensor(leaves, inputs, present) ** 2).sum().backward()
    assert_close(grads(module), {name: leaf.grad for name, leaf in leaves.items()}, what="gradients", rtol=1e-6)
    for m, (got, wanted) in enumerate(zip(given, inputs)):
        assert_close(got.grad, wanted.grad, what=f"gradient of part {m}", rtol=1e-6)


@points(1)
@needs("test_output")
def test_eight_parts(student, reference, rng):
    """Eight parts of 20 numbers, whose tensor fits into no machine, are no trouble."""
    sizes = [20] * 8
    outputs, rank, parameters, parts = draw(rng, sizes)
    parts = [part / 4 for part in parts]
    parameters = {name: values / (4 if "factors" in name else 1) for name, values in parameters.items()}
    got, expected = (load(program, sizes, outputs, rank, parameters)(parts) for program in (student, reference))
    assert_close(got, expected, what="output", rtol=1e-7)
