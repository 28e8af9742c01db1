"""The experiments: their committed results are those of their scripts, and their networks have the right gradients."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from mmcourse import claims

FOLDER = Path(__file__).parents[2] / "experiments"
SCRIPTS = sorted(FOLDER.glob("l*.py"))
scripts = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def l06():
    return load(FOLDER / "l06.py")


def test_there_are_experiments():
    assert SCRIPTS


@scripts
def test_the_results_are_of_this_script(path):
    """After a change, run the script again: its JSON says which script it comes from."""
    found = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert found["script"] == claims.digest(path), f"run python experiments/{path.name}"
    assert found["seeds"] >= 10
    assert {"python", "numpy"} <= set(found["versions"])
    assert list(found["claims"]) == list(load(path).CLAIMS)


@scripts
def test_every_verdict_follows_from_its_numbers(path):
    for tested in claims.committed(path.stem)["claims"].values():
        for one in tested["cases"]:
            assert one["low"] <= one["mean"] <= one["high"]
            assert one["outcome"] == ("for" if one["low"] > 0 else "against" if one["high"] < 0 else "open")
            assert one["measure"]
        assert tested["verdict"] == claims.verdict(tested["cases"])


def test_the_modules_still_give_the_committed_numbers():
    """A claim that takes no time, again with all seeds: notices a change of the modules that the script uses."""
    found = claims.committed("l06")
    again = claims.run("l06", found["seeds"], only="backfires")["claims"]["backfires"]
    for one, other in zip(again["cases"], found["claims"]["backfires"]["cases"], strict=True):
        assert one["name"] == other["name"]
        for end in ("mean", "low", "high"):
            assert one[end] == pytest.approx(other[end], rel=1e-3, abs=1e-6)  # four digits are kept


def test_arrival_is_the_step_after_which_a_walk_stays(l06):
    distance = np.array([[9, 1, 9, 1, 1], [9, 9, 9, 9, 1], [9, 9, 9, np.nan, np.nan], [1, 1, 1, 1, 1]])
    assert l06.arrival(distance, 2).tolist() == [3, 4, 5, 1]


def torch_grads(l06, params, x, labels, forward):
    tensors = [torch.tensor(param, requires_grad=True) for param in params]
    loss = torch.nn.functional.cross_entropy(forward(tensors, torch.tensor(x)), torch.tensor(labels))
    loss.backward()
    return loss.item(), [tensor.grad.numpy() for tensor in tensors]


def dense_forward(activation):
    def forward(params, x):
        for layer in range(0, len(params), 2):
            x = x @ params[layer] + params[layer + 1]
            x = activation(x) if layer < len(params) - 2 else x
        return x

    return forward


def convolutional_forward(params, x):
    kernel, bias, weight, offset = params
    images = x.reshape(-1, 1, 8, 8)
    h = torch.relu(torch.nn.functional.conv2d(images, kernel.T.reshape(-1, 1, 3, 3), bias[0]))
    pooled = torch.nn.functional.avg_pool2d(h, 2).permute(0, 2, 3, 1).reshape(len(x), -1)
    return pooled @ weight + offset


@pytest.mark.parametrize("kind", ["relu", "sigmoid", "convolutional"])
def test_networks_of_many_seeds_have_torchs_losses_and_gradients(l06, kind):
    net = l06.convolutional(4) if kind == "convolutional" else l06.dense((64, 7, 6, 10), kind)
    forward = convolutional_forward if kind == "convolutional" else dense_forward(getattr(torch, kind))
    starts = [net.start(np.random.default_rng(seed)) for seed in (0, 1)]
    rng = np.random.default_rng(2)
    x, labels = rng.normal(size=(2, 5, 64)), rng.integers(10, size=(2, 5))
    scores, backward = net.forward([np.stack(pair)[None] for pair in zip(*starts)], x)  # (1, 2, ...)
    losses, slope = l06.cross_entropy(scores, labels)
    grads = backward(slope)
    for seed, params in enumerate(starts):
        loss, expected = torch_grads(l06, params, x[seed], labels[seed], forward)
        assert losses[0, seed] == pytest.approx(loss, abs=1e-10)
        for got, wanted in zip(grads, expected, strict=True):
            np.testing.assert_allclose(got[0, seed], wanted, atol=1e-10)


def test_training_images_are_no_test_images(l06):
    data = l06.digits([0, 1])
    sizes = {part: data.part(part)[0].shape for part in ("train", "validation", "test")}
    assert sizes == {"train": (2, 1000, 64), "validation": (2, 397, 64), "test": (2, 400, 64)}
    assert not np.array_equal(data.labels[0], data.labels[1])
    assert sorted(data.labels[0]) == sorted(data.labels[1])


def test_nesterov_training_is_torchs(l06):
    """Ten full-batch steps; torch stores the point ahead."""
    net, data = l06.dense((64, 10)), tuple(part[:, :50] for part in l06.digits([3]).part("train"))
    losses = []
    l06.train(net, [3], data, [0.2], 0.9, "nesterov", steps=10, batch=None, watch=losses)
    params = [torch.tensor(param, requires_grad=True) for param in net.start(np.random.default_rng([3, 4]))]
    optimizer, expected = torch.optim.SGD(params, lr=0.2, momentum=0.9, nesterov=True), []
    for _ in range(10):
        optimizer.zero_grad()
        scores = torch.tensor(data[0][0]) @ params[0] + params[1]
        loss = torch.nn.functional.cross_entropy(scores, torch.tensor(data[1][0]))
        loss.backward()
        optimizer.step()
        expected.append(loss.item())
    np.testing.assert_allclose(np.array(losses)[:, 0, 0], expected, atol=1e-9)
