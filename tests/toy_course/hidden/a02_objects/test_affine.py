import numpy as np
import torch

from autograder.testing import assert_close, grads, needs, points, state


@points(1)
def test_parameters(student, rng):
    """The parameters are a scale of ones and a shift of zeros, one number for each feature."""
    features = int(rng.integers(2, 6))
    assert_close(state(student.Affine(features)), {"scale": np.ones(features), "shift": np.zeros(features)})


@points(1)
@needs("test_parameters")
def test_output(student, rng):
    """The output is x times the scale, plus the shift, whatever these have learned."""
    x, scale, shift = (torch.from_numpy(rng.normal(size=shape)).float() for shape in ((5, 3), 3, 3))
    module = student.Affine(3)
    module.load_state_dict({"scale": scale, "shift": shift})
    assert_close(module(x), x * scale + shift, what="module(x)")


@points(2)
@needs("test_parameters")
def test_learning(student, reference, rng):
    """Gradients reach both parameters, and a few steps of gradient descent change them as they should."""
    x, y = (torch.from_numpy(rng.normal(size=(8, 3))).float() for _ in range(2))
    slopes, learned = [], []
    for program in (student, reference):
        module = program.Affine(3)
        for _ in range(3):
            module.zero_grad()
            ((module(x) - y) ** 2).mean().backward()
            gradient = grads(module)
            assert_close([gradient[name] is None for name in ("scale", "shift")], [False, False], what="grad is None")
            module.scale.data = module.scale.data - 0.5 * gradient["scale"]
            module.shift.data = module.shift.data - 0.5 * gradient["shift"]
        slopes.append(gradient)
        learned.append(state(module))
    assert_close(*slopes, what="grads", rtol=1e-3)
    assert_close(*learned, what="parameters", rtol=1e-3)
