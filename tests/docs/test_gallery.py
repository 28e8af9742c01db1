"""The gallery: what its two explorers show is true over their whole grids, and its notebook runs and is small."""

import ast
import itertools
import re
import statistics
from pathlib import Path

import nbformat
import numpy as np
import pytest

from mmcourse.explorer import Explorer
from mmcourse.generalization import blinking, ensemble
from tools.canonical import problems
from tools.pages import run

pytestmark = pytest.mark.slow  # together: two networks are trained

NOTEBOOK = Path(__file__).parents[2] / "docs" / "gallery.ipynb"
STRICT = "import warnings\nwarnings.simplefilter('error')"
SADDLE = 18  # where the turn is 90°


def read() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def code(notebook: nbformat.NotebookNode) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def run_here(notebook: nbformat.NotebookNode) -> dict:
    """Run the cells of a notebook in this process; what a cell shows is kept under its id."""
    space = {}
    for cell in code(notebook):
        *rest, last = ast.parse(cell.source).body
        exec(compile(ast.Module(rest, []), cell.id, "exec"), space)
        if isinstance(last, ast.Expr):
            space[cell.id] = eval(compile(ast.Expression(last.value), cell.id, "eval"), space)
        else:
            exec(compile(ast.Module([last], []), cell.id, "exec"), space)
    return space


def explorers(space: dict) -> list[Explorer]:
    return [value for value in space.values() if isinstance(value, Explorer)]


@pytest.fixture(scope="module")
def gallery():
    return run_here(read())


@pytest.fixture(scope="module")
def words() -> str:
    return "\n".join(cell.source for cell in read().cells if cell.cell_type == "markdown")


# The notebook


def test_it_is_canonical_and_its_cells_are_small():
    assert problems(NOTEBOOK.read_text(encoding="utf-8")) == []
    lengths = {cell.id: len(cell.source.splitlines()) for cell in code(read())}
    seen = [lengths[cell.id] for cell in code(read()) if not cell.metadata.get("jupyter", {}).get("source_hidden")]
    assert max(lengths.values()) <= 20 and statistics.median(seen) <= 6


def test_only_its_own_files_are_linked(words):
    links = re.findall(r"\]\(([^)]+)\)", words)
    assert links and all((NOTEBOOK.parent / link).exists() for link in links)


def test_both_explorers_fit_into_a_page(gallery):
    assert [explorer.title for explorer in explorers(gallery)] == [
        "A saddle that turns",
        "A network whose units blink",
    ]
    assert all(len(explorer.html()) < 2_000_000 for explorer in explorers(gallery))


@pytest.mark.notebook
@pytest.mark.slow
def test_a_clean_kernel_warns_of_nothing():
    notebook = read()
    notebook.cells.insert(0, nbformat.v4.new_code_cell(STRICT, id="strict"))
    run(notebook, NOTEBOOK.parent)
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    pages = ["".join(o.data["text/html"]) for o in outputs if "text/html" in o.get("data", {})]
    assert len(pages) == 2 and all(re.search(r'<img alt="[^"]{60,}"', page) for page in pages)


# The saddle that turns


def test_everything_on_the_surfaces_is_finite(gallery):
    for name in ("heights", "walks", "z", "values", "vectors", "starts", "along"):
        assert np.isfinite(gallery[name]).all(), name
    assert np.abs(gallery["walks"]).max() < gallery["side"][-1], "no walk leaves the picture"
    assert not np.isnan(gallery["out"]).any() and not np.isnan(gallery["closed"]).any()


def test_the_word_is_what_a_small_circle_around_the_middle_shows(gallery):
    around = np.linspace(0, 2 * np.pi, 3600, endpoint=False)
    circle = np.stack([np.cos(around), np.sin(around)], axis=-1)
    bends = np.einsum("ci,tij,cj->tc", circle, gallery["hessians"], circle)  # (37, 3600)
    least, most = bends.min(axis=1), bends.max(axis=1)
    expected = np.select(
        [least > 1e-5, most < -1e-5, (least < -1e-5) & (most > 1e-5)], ["minimum", "maximum", "saddle"], "degenerate"
    )
    assert [gallery["kinds"][number] for number in gallery["kind"]] == expected.tolist()
    assert set(expected) == set(gallery["kinds"])
    np.testing.assert_allclose(gallery["values"], np.stack([least, most], axis=-1), atol=1e-5)


def test_descent_never_climbs(gallery):
    assert np.diff(gallery["z"][:, :, 0, :, :, 0], axis=-1).max() <= 1e-15


def test_at_a_minimum_nobody_gets_away_and_at_a_saddle_everybody(gallery):
    ends = np.linalg.norm(gallery["walks"][:, :, :, :, -1], axis=-1)  # (37, 8, 2, 6)
    rising = gallery["values"][:, 0] > -1e-8
    assert (ends[rising] <= np.linalg.norm(gallery["starts"], axis=-1).max() + 1e-12).all()
    assert np.isinf(gallery["out"][rising]).all() and np.isinf(gallery["closed"][rising]).all()
    assert (ends[SADDLE, 4:] > 0.7).all()


def test_the_closed_form_is_a_step_or_two_early(gallery):
    one_way = (gallery["values"] < -1e-8).sum(axis=-1) == 1
    falls = gallery["values"][one_way, 0]
    out, closed = (gallery[name][one_way][:, :7] for name in ("out", "closed"))  # from at most 0.01 away
    arrived = np.isfinite(out)
    assert arrived.sum() > 100
    assert (out >= closed).all(), "the wall slows the last steps"
    late = (out - closed)[np.broadcast_to(falls[:, None, None] < -0.4, out.shape) & arrived]
    assert late.max() <= 2, "and where it falls steeply only a little"
    assert (closed[~arrived] > 90).all()


def test_an_arrow_lies_along_an_eigenvector_and_shows_its_sign(gallery):
    for sign, index in itertools.product((1, -1), range(37)):
        tails, change = (part[index] for part in gallery["arrows"](sign))
        values, vectors = gallery["values"][index], gallery["vectors"][index]
        shown = np.isfinite(change).all(axis=-1)
        assert shown.tolist() == np.tile(sign * values > 1e-8, 2).tolist()
        for tail, arrow, value, vector in zip(tails, change, np.tile(values, 2), np.tile(vectors.T, (2, 1))):
            if sign * value > 1e-8:
                assert abs(arrow[0] * vector[1] - arrow[1] * vector[0]) < 1e-12
                assert np.linalg.norm(arrow) == pytest.approx(0.75 * abs(value))
                assert np.sign(tail @ arrow) == -sign, "towards the middle where it rises"


def test_what_is_said_of_the_saddle_is_so(gallery, words):
    out, walks = gallery["out"], gallery["walks"]
    assert out[SADDLE, 7, 0] == 14 and "Walk A is 0.3 away after 14 steps" in gallery["saddle-figure"].alt
    assert len(np.unique(walks[SADDLE, 7, 0, :, -1].round(3), axis=0)) == 2, "two wells"
    assert (np.diff(out[SADDLE, :7, 0]) == -12).all() and "twelve more steps, always twelve" in words
    assert 95 < out[SADDLE, 0, 0] <= 100 and abs(out[SADDLE, 0, 0] / out[SADDLE, 0, 1] - 2) < 0.1
    at_45, at_135, at_180 = 9, 27, 36
    assert gallery["kind"][at_45] == gallery["kind"][at_135] == gallery["kinds"].index("degenerate")
    assert np.isinf(out[at_45]).all() and np.isfinite(out[at_135]).all()
    far = np.linalg.norm(walks[at_45, 7, 0], axis=-1)
    assert (np.diff(far, axis=-1) < 0).all(), "they creep back"
    assert (out[at_180, :, 0] < gallery["closed"][at_180, :, 0]).all()


# The network whose units blink

POINTS = [np.array(point) for point in itertools.product((-2.0, -0.7, 0.4, 2.0), (-1.5, 0.1, 1.5))]
RATES = (0.0, 0.05, 0.3, 0.9)


@pytest.fixture(params=["with dropout 0.3", "without dropout"])
def trained(request):
    return request.param


def test_everything_in_the_network_is_finite(gallery, trained):
    for point, p, mask in itertools.product(POINTS, gallery["p"].values, (0, 57, 99)):
        shown = gallery["network"](trained, point, "train", p, mask)
        shown |= {"p": gallery["probability"](trained, "train", p, mask)} | gallery["averages"](trained, point, p)
        assert all(np.isfinite(array).all() for array in shown.values())


def test_without_dropout_training_and_test_are_the_same(gallery, trained):
    for point, mask in itertools.product(POINTS, (0, 13, 99)):
        pair = [gallery["network"](trained, point, view, 0.0, mask) for view in ("train", "test")]
        for key in pair[0]:
            np.testing.assert_array_equal(pair[0][key], pair[1][key])
        averages = gallery["averages"](trained, point, 0.0)
        np.testing.assert_allclose(averages["mean"], averages["test"], rtol=1e-12)
        assert averages["all"] == pytest.approx(averages["test"], rel=1e-12)


def test_in_the_test_neither_mask_nor_p_matter(gallery, trained):
    first = gallery["probability"](trained, "test", 0.3, 0)
    np.testing.assert_array_equal(first, gallery["probability"](trained, "test", 0.9, 55))
    np.testing.assert_allclose(
        first[3, 4],
        1 / (1 + np.exp(-blinking.forward(gallery["nets"][trained], gallery["plane"][3, 4])[-1][0])),
    )


def test_what_a_small_p_drops_a_larger_one_drops_too(gallery, trained):
    for mask in range(100):
        active = np.array(
            [gallery["network"](trained, POINTS[0], "train", p, mask)["active"] for p in gallery["p"].values]
        )
        assert (np.diff(active, axis=0) <= 0).all()
        assert active[0].all() and active[:, [0, 1, -1]].all(), "input and output are never dropped"


def test_a_unit_sends_on_what_its_edges_carry_to_it(gallery, trained):
    net, ends = gallery["nets"][trained], np.array(gallery["ends"])
    biases = np.concatenate([layer.bias for layer in net])
    for point, p, mask in itertools.product(POINTS, RATES, (3, 92)):
        shown = gallery["network"](trained, point, "train", p, mask)
        received = np.bincount(ends[:, 1], weights=shown["carried"], minlength=15)[2:] + biases
        factors = shown["active"][2:-1] / (1 - p)
        expected = [*factors * np.maximum(received[:-1], 0), np.tanh(received[-1] / 2)]
        np.testing.assert_allclose(shown["sent"][2:], expected, atol=1e-12)
        assert received[-1] == pytest.approx(shown["logit"]) and shown["on"] == shown["active"].sum() - 3
        off = shown["active"] == 0
        assert not shown["carried"][off[ends].any(axis=1)].any(), "nothing goes to or from a unit that is off"


def test_the_average_equals_that_of_all_masks_one_by_one(gallery, trained):
    net = gallery["nets"][trained]
    for point, p in itertools.product(POINTS[::5], RATES):
        brute = ensemble.mean_logits(net, point, p).item()
        assert gallery["averages"](trained, point, p)["all"] == pytest.approx(brute, rel=1e-10, abs=1e-10)


def test_the_running_mean_is_that_of_the_passes_that_are_shown(gallery, trained):
    point, p = POINTS[4], 0.3
    logits = [gallery["network"](trained, point, "train", p, mask)["logit"] for mask in range(100)]
    mean = gallery["averages"](trained, point, p)["mean"]
    np.testing.assert_allclose(mean, np.cumsum(logits) / np.arange(1, 101), rtol=1e-12)


def test_the_border_is_where_the_test_pass_is_undecided(gallery, trained):
    border = gallery["border"].evaluate({"trained": trained})
    line = np.stack([border["x"], border["y"]], axis=-1)
    line = line[np.isfinite(line).all(axis=1)]
    logits = blinking.forward(gallery["nets"][trained], line)[-1]
    off = np.abs(1 / (1 + np.exp(-logits)) - 0.5).max()
    assert len(line) > 20 and off < 0.03  # where a relu bends, a straight piece cuts the corner


def test_what_is_said_of_the_network_is_so(gallery, words, capsys):
    point = np.array([gallery["point"].axes[0].default, gallery["point"].axes[1].default])
    start = gallery["mask"].default
    shown = gallery["network"]("with dropout 0.3", point, "train", gallery["p"].default, start)
    averages = gallery["averages"]("with dropout 0.3", point, gallery["p"].default)
    said = gallery["dropout-figure"].alt
    assert shown["on"] == 6 and "6 of 12" in said
    assert [f"{value:.1f}" for value in (shown["logit"], averages["all"], averages["test"])] == ["-1.6", "2.2", "2.5"]
    assert all(number in said for number in ("-1.6", "2.2", "2.5"))
    apart = gallery["averages"]("without dropout", point, gallery["p"].default)
    assert apart["all"] < 0 < apart["test"] and "different moons" in words
    exec(next(cell.source for cell in code(read()) if cell.id == "dropout-proof"), gallery)
    dropped, plain = capsys.readouterr().out.strip().splitlines()
    assert re.findall(r"\d+(?=%)", dropped) == ["96", "89", "2"]
    assert re.findall(r"\d+(?=%)", plain) == ["100", "77", "22"]
    assert all(f"{share} %" in words for share in (96, 89, 2, 77, 22))
