"""The explorer as an object: its declaration, its state, its forms, and what it says of bad input."""

import json
import zlib

import numpy as np
import pytest

from mmcourse.explorer import (
    Bars,
    Choice,
    Equation,
    Explorer,
    Field,
    Formula,
    Graph,
    Handle,
    Histogram,
    Image,
    Line,
    Live,
    LogSlider,
    Matrix,
    Panel,
    Path,
    Play,
    Points,
    Regions,
    Rule,
    Slider,
    Surface,
    Sweep,
    Text,
    sweep,
)

ALT = "A curve that rises from left to right, faster and faster."
RATE, STEP = LogSlider("lr", 0.01, 1, count=5, start=0.1), Play("step", 8)


def explorer(*marks, controls=(RATE, STEP), **options):
    return Explorer(list(controls), list(marks), "A figure", options.pop("alt", ALT), **options)


def paths():
    return sweep(lambda lr: np.outer(np.arange(8.0), [1, lr]), RATE)


def test_the_spec_is_plain_data_that_names_everything():
    figure = explorer(Panel(Path(paths(), label="run", upto=STEP), title="Where", x="x"))
    spec = json.loads(json.dumps(figure.spec))
    assert [control["name"] for control in spec["controls"]] == ["lr", "step"]
    (mark,) = spec["panels"][0]["marks"]
    assert (mark["kind"], mark["label"], mark["upto"], mark["points"]) == ("path", "run", "step", {"array": 0})
    assert spec["arrays"][0]["over"] == ["lr"] and spec["arrays"][0]["shape"] == [8, 2]


def test_all_data_is_in_the_payload():
    figure = explorer(Path(paths()))
    raw = np.frombuffer(zlib.decompress(figure.data), np.uint8).reshape(4, -1).T.copy().view("<f4").reshape(5, 8, 2)
    assert np.allclose(raw, paths().arrays["value"], rtol=1e-6)


def test_limits_hold_for_all_states():
    (panel,) = explorer(Path(paths())).spec["panels"]
    assert panel["xlim"][0] < 0 and panel["xlim"][1] > 7
    assert panel["ylim"][1] > 7.0  # the largest rate is 1


def test_the_state_is_read_set_and_snapped():
    figure = explorer(Path(paths()))
    assert figure.state == {"lr": pytest.approx(0.1), "step": 7}
    figure.state = {"lr": 0.3}
    assert figure.state == {"lr": pytest.approx(0.3162, abs=1e-4), "step": 7}
    figure.state = {"step": 3}
    assert figure.state == {"lr": pytest.approx(0.3162, abs=1e-4), "step": 3}


def test_the_state_can_be_observed_and_linked():
    seen, (one, two) = [], [explorer(Path(paths())) for _ in range(2)]
    one.observe(lambda change: seen.append(change["new"]["step"]), "state")
    import traitlets

    traitlets.link((one, "state"), (two, "state"))
    one.state = {"step": 2}
    assert seen[-1] == 2 and two.state["step"] == 2


def test_two_explorers_do_not_share_a_state():
    one, two = explorer(Path(paths())), explorer(Path(paths()))
    one.state = {"step": 1}
    assert two.state["step"] == 7


@pytest.mark.parametrize(
    ("state", "message"),
    [({"rate": 1}, "no control 'rate', only lr, step"), ({"lr": "big"}, "'lr' must be a number from 0.01 to 1")],
)
def test_a_state_that_makes_no_sense_is_refused_and_changes_nothing(state, message):
    import traitlets

    figure = explorer(Path(paths()))
    with pytest.raises((ValueError, traitlets.TraitError), match=message):
        figure.state = state
    assert figure.state["step"] == 7


def test_presets_are_checked_and_snapped():
    figure = explorer(Path(paths()), presets={"fast": {"lr": 0.9}})
    assert figure.spec["presets"] == {"fast": {"lr": pytest.approx(1.0)}}
    with pytest.raises(ValueError, match="preset 'fast': there is no control 'rate'"):
        explorer(Path(paths()), presets={"fast": {"rate": 0.9}})


def test_the_html_is_one_figure_and_one_script():
    figure = explorer(Path(paths(), label="</script><b>"))
    html = figure.html()
    assert html.count("<img ") == 1 and f'alt="{ALT}"' in html and html.count("<script") == 1
    assert html.count("</script>") == 1 and "<noscript" not in html and "http://www.w3.org" in html
    body = html.split("<script", 1)[0] + html.rsplit("</script>", 1)[1]
    assert "<button" not in body and "<input" not in body


def test_two_figures_that_differ_in_a_number_only_are_told_apart():
    panels = [Panel(Path(np.eye(2) * size), xlim=(0, 3), ylim=(0, 3)) for size in (1.0, 1.0, 2.0)]
    same, again, other = (explorer(panel).html().partition(">")[0] for panel in panels)
    assert same == again != other


def test_an_explorer_without_marks_is_refused():
    with pytest.raises(ValueError, match="needs a mark"):
        explorer()


def test_nothing_is_fetched_from_anywhere():
    page = explorer(Path(paths())).page().replace("http://www.w3.org/2000/svg", "").replace(MATHML, "")
    assert "http://" not in page and "https://" not in page


MATHML = "http://www.w3.org/1998/Math/MathML"


def test_a_bundle_carries_all_forms(monkeypatch):
    from mmcourse.explorer import hosts

    figure = explorer(Path(paths()))
    still = figure._repr_mimebundle_()
    assert set(still) == {"text/plain", "text/html", "image/png"} and still["text/plain"] == ALT
    monkeypatch.setattr(hosts, "somebody_watches", lambda: True)
    lively, _ = figure._repr_mimebundle_()
    assert set(lively) == set(still) | {"application/vnd.jupyter.widget-view+json"}


# Live sources


def test_a_live_answer_has_the_arrays_and_a_failure_has_the_traceback():
    def bend(lr):
        if lr > 0.5:
            raise ValueError("too fast")
        return {"x": np.arange(3.0), "y": lr * np.arange(3.0)}

    source = Live(bend)
    figure = explorer(Line(source["x"], source["y"]))
    reply, buffers = figure.answer_live(4, {"lr": 0.1})
    assert reply["number"] == 4 and not reply["error"]
    (found,) = reply["results"]
    arrays = {c["key"]: np.frombuffer(buffers[c["buffer"]], "<f4").reshape(c["shape"]) for c in found["channels"]}
    assert arrays["y"] == pytest.approx([0, 0.1, 0.2])
    reply, _ = figure.answer_live(5, {"lr": 1.0})
    assert reply["results"] == [] and reply["error"].endswith("ValueError: too fast") and "in bend" in reply["error"]
    assert "sources.py" not in reply["error"]


def test_a_live_function_that_is_not_written_yet_does_not_stop_the_page():
    def later(lr):
        raise NotImplementedError

    source = Live(later)
    figure = explorer(Line(source["x"], source["y"]))
    assert "NotImplementedError" in figure.answer_live(1, figure.state)[0]["error"]


def test_a_live_function_that_returns_the_wrong_shape_is_told_so():
    shapes = iter([3, 3, 4])
    source = Live(lambda lr: {"x": np.arange(3.0), "y": np.arange(float(next(shapes)))})
    figure = explorer(Line(source["x"], source["y"]))
    assert figure.answer_live(1, {"lr": 0.1})[0]["error"] == ""
    error = figure.answer_live(2, {"lr": 0.1})[0]["error"]
    assert "`y` must have shape (N,) with N = 3 as in `x`, got (4,)" in error


# Bad input: the message names the mark and what is wrong with it


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        (
            lambda: [Path(np.zeros((5, 3, 2)))],
            r"Path \(mark 1 of panel 1\): `points` must have shape \(T, 2\) or \(T, 3\)",
        ),
        (
            lambda: [Line(np.arange(3), np.arange(4), label="loss")],
            r"'loss'\): `y` must have shape \(N,\) with N = 3 as in `x`",
        ),
        (lambda: [Line(np.array([]), np.array([]))], "is empty"),
        (
            lambda: [Field(np.arange(4), np.arange(3), np.zeros((4, 3)))],
            r"`z` must have shape \(H, W\) with .*got \(4, 3\): transposed\?",
        ),
        (lambda: [Field([0, 2, 1], [0, 1], np.zeros((2, 3)))], "`x` must increase strictly"),
        (lambda: [Field([0], [0, 1], np.zeros((2, 1)))], "`x` has one value"),
        (lambda: [Surface([0, 1], [1, 0], np.zeros((2, 2)))], "`y` must increase strictly"),
        (lambda: [Regions([0, 1], [0, 1], [[0, 1], [2, 0]], names=("a", "b"))], "whole numbers from 0 to 1"),
        (lambda: [Histogram(np.zeros(4), [0, 0, 1])], "`edges` must increase strictly"),
        (lambda: [Bars([1, 2], names=("a",))], "`names` has 1 words for 2 `heights`"),
        (lambda: [Matrix(np.zeros((2, 3)), columns=("a", "b"))], "`columns` has 2 words for 3 columns"),
        (lambda: [Graph([[0, 0], [1, 1]], [[0, 2]])], "`edges` must hold numbers of nodes, 0 to 1"),
        (lambda: [Path(np.zeros((5, 3)))], "in a plane points have two coordinates"),
        (lambda: [Surface([0, 1], [0, 1], np.eye(2)), Path(np.zeros((5, 2)))], "beside a Surface points have three"),
        (lambda: [Image(np.zeros((2, 2, 4)))], r"`pixels` must have shape \(H, W\) or \(H, W, 3\)"),
        (lambda: [Rule(0.5, across="z")], "`across` must be 'x' or 'y'"),
        (lambda: [Points(np.zeros((3, 2)), kinds=np.zeros(2))], r"`kinds` must have shape \(N,\) with N = 3"),
        (lambda: [Text("{speed:.2f}")], "'speed', which is neither a control nor in `numbers`: lr, step"),
        (lambda: [Equation(r"\now{speed:.2f}")], "'speed', which is neither a control nor in `numbers`"),
        (lambda: [Path(paths(), upto=Play("time", 8))], "refers to 'time', which is not among the controls"),
        (lambda: [Handle(Slider("u", 0, 1), RATE)], "refers to 'u', which is not among the controls"),
        (
            lambda: [Line(np.arange(3), sweep(lambda b: np.zeros(3), Slider("b", 0, 1, count=2)))],
            "its sweep is over 'b'",
        ),
        (
            lambda: [Line(Formula("(s) => 1", lambda: {"x": np.arange(3)})["y"], np.arange(3))],
            "no channel 'y', only 'x'",
        ),
    ],
)
def test_bad_input_is_an_error_that_names_the_mark(marks, message):
    with pytest.raises(ValueError, match=message):
        explorer(*marks())


def test_a_sweep_over_another_control_of_the_same_name_is_refused():
    other = LogSlider("lr", 0.01, 2, count=5)
    with pytest.raises(ValueError, match="its sweep is over 'lr', which is not among the controls"):
        explorer(Line(np.arange(3), sweep(lambda lr: np.zeros(3), other)))


@pytest.mark.parametrize("alt", ["", "a figure", "   "])
def test_an_explorer_without_words_for_the_blind_is_refused(alt):
    with pytest.raises(ValueError, match="`alt` must say in a sentence"):
        explorer(Path(paths()), alt=alt)


def test_two_controls_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two controls have the same name"):
        explorer(Path(paths()), controls=[RATE, STEP, Choice("lr", ("a", "b"))])


def test_marks_of_different_panels_do_not_share_one():
    with pytest.raises(ValueError, match="these marks need panels of their own: Path, Image"):
        Panel(Path(np.zeros((3, 2))), Image(np.zeros((2, 2))))


def test_too_many_numbers_name_the_mark_and_the_axis():
    many = Slider("seed", 0, 1, count=500)
    noise = Sweep(np.random.default_rng(0).random((500, 3000, 2)), [many])
    with pytest.raises(
        ValueError, match=r"most are `points` of Path \(mark 1 of panel 1, 'noise'\): thin 'seed' from 500 to"
    ):
        Explorer([many], [Path(noise, label="noise")], "Noise", ALT)


def test_a_gap_is_kept_as_a_gap():
    y = np.array([0.0, np.nan, 2.0])
    figure = explorer(Line(np.arange(3.0), y))
    raw = np.frombuffer(zlib.decompress(figure.data), np.uint8)
    spec = figure.spec["arrays"][1]
    planes = raw[spec["offset"] :][:12].reshape(4, 3).T.copy().view("<f4").ravel()
    assert np.array_equal(planes, y, equal_nan=True)
