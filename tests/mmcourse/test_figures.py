"""Figures: the alt text arrives, nothing is shown twice, and the colours are what they promise, by computation."""

import base64
import json
import subprocess
import sys
from html.parser import HTMLParser
from io import BytesIO

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from mmcourse import figures

ALT = 'With 90 % momentum the loss is < 1e-4 after 31 steps, "plain" descent & luck need 212.'


@pytest.fixture(autouse=True)
def _restore_settings():
    with matplotlib.rc_context():
        yield


class Images(HTMLParser):
    """Collects the attributes of the images in a page."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.found.append(dict(attrs))


# show


def test_bundle_has_three_forms_and_the_alt_text_survives_its_quotes():
    figure, axes = figures.new(width=300, height=150)
    axes.plot([0, 1], [0, 1])
    bundle = figures.mime_bundle(figure, "  " + ALT.replace(" ", "\n ", 1))
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    assert bundle["text/plain"] == ALT
    [image] = Images(bundle["text/html"]).found
    assert image["alt"] == ALT
    assert image["src"] == "data:image/png;base64," + bundle["image/png"]
    assert "max-width:100%" in image["style"]
    assert "<" not in bundle["text/html"][1:]  # of the alt text, nothing is markup


def test_picture_is_on_white_and_twice_as_fine_as_the_page():
    figure, axes = figures.new(width=300, height=150)
    axes.plot([0, 1], [0, 1])
    bundle = figures.mime_bundle(figure, ALT)
    picture = Image.open(BytesIO(base64.b64decode(bundle["image/png"]))).convert("RGBA")
    assert picture.getpixel((1, 1)) == (255, 255, 255, 255)
    [image] = Images(bundle["text/html"]).found
    assert int(image["width"]) == picture.width // 2
    assert 290 <= int(image["width"]) <= 340  # 300 and the padding


def test_without_a_kernel_the_sentence_is_printed(capsys):
    figure, _ = figures.new(width=200, height=100)
    assert figures.show(figure, alt=ALT) is None
    assert capsys.readouterr().out == ALT + "\n"


def test_a_figure_of_pyplot_is_closed(capsys):
    import matplotlib.pyplot as plt

    kept, shown = plt.figure(), plt.figure()
    try:
        figures.show(shown, ALT)
        assert plt.get_fignums() == [kept.number]
    finally:
        plt.close("all")


@pytest.mark.parametrize("alt", ["", "Loss curves", "  a  b  " + " " * 30, None])
def test_an_alt_text_that_says_nothing_is_refused_with_an_example(alt):
    with pytest.raises(ValueError, match="states what the figure shows.*stands in for the figure"):
        figures.show(Figure(), alt=alt)


def test_a_terminal_of_ipython_gets_the_sentence():
    code = f"""
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
from mmcourse import figures
figures.show(figures.new(width=100, height=80)[0], {ALT!r})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == [ALT], done.stderr


@pytest.mark.notebook
def test_exported_notebook_shows_it_once_with_its_alt_text():
    import nbformat
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    cell = f"""%matplotlib inline
import matplotlib.pyplot as plt
from mmcourse import figures
figure, axes = plt.subplots()
figures.show(figure, alt={ALT!r})"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    NotebookClient(notebook, timeout=60).execute()
    [output] = notebook.cells[0].outputs
    assert set(output["data"]) == {"text/html", "image/png", "text/plain"}
    page, _ = HTMLExporter(sanitize_html=False).from_notebook_node(notebook)
    assert [image["alt"] for image in Images(page).found] == [ALT]


def test_importing_it_does_not_import_matplotlib():
    code = "import sys, mmcourse.figures; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr


# The style


def test_style_holds_within_a_block_or_from_now_on():
    before = matplotlib.rcParams["axes.spines.top"], matplotlib.rcParams["figure.facecolor"]
    with figures.style(dark=True):
        assert matplotlib.rcParams["figure.facecolor"] == figures.DARK["paper"]
    assert (matplotlib.rcParams["axes.spines.top"], matplotlib.rcParams["figure.facecolor"]) == before
    figures.style()
    assert matplotlib.rcParams["axes.spines.top"] is False
    assert matplotlib.colormaps[matplotlib.rcParams["image.cmap"]](0.0)[:3] == pytest.approx(
        matplotlib.colors.to_rgb(figures.LIGHT["field"][0])
    )


def test_lines_of_a_plain_plot_differ_in_colour_and_those_next_to_each_other_in_dash():
    figure, axes = figures.new()
    lines = [axes.plot([0, 1], [i, i])[0] for i in range(7)]
    assert [line.get_color() for line in lines] == figures.LIGHT["series"][1:]
    dashes = [line._unscaled_dash_pattern for line in lines]
    assert all(first != second for first, second in zip(dashes, dashes[1:]))


def test_new_gives_dressed_axes_that_pyplot_does_not_know():
    figure, axes = figures.new(2, 3, width=600, height=400, sharex=True)
    assert axes.shape == (2, 3)
    assert figure.get_size_inches() * figures.DPI == pytest.approx([600, 400])
    assert not any(each.spines["top"].get_visible() for each in axes.flat)
    assert "matplotlib.pyplot" not in sys.modules or figure not in map(
        sys.modules["matplotlib.pyplot"].figure, sys.modules["matplotlib.pyplot"].get_fignums()
    )


def test_label_stands_at_the_last_point_that_is_a_number_in_the_colour_for_words():
    figure, axes = figures.new()
    label = figures.label_line(axes, [0, 1, 2, 3], [5.0, 6.0, np.nan, np.nan], "loss", 4)
    assert (label.get_text(), label.xy, label.get_color()) == ("loss", (1.0, 6.0), figures.LIGHT["text"][4])
    assert figures.label_line(axes, [0.0], [np.nan], "nothing") is None
    figure.set_facecolor(figures.DARK["paper"])
    assert figures.label_line(axes, [0], [1], "loss", 4).get_color() == figures.DARK["text"][4]


# The colours


def rgb(color):
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def linear(color):
    """Linear light of an sRGB colour."""
    share = rgb(color)
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def contrast(first, second):
    """WCAG's contrast ratio."""
    low, high = sorted(linear(color) @ [0.2126, 0.7152, 0.0722] for color in (first, second))
    return (high + 0.05) / (low + 0.05)


def lightness(color):
    """L of OKLab (Ottosson 2020)."""
    to_cones = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    return np.cbrt(np.array(to_cones) @ linear(color)) @ [0.2104542553, 0.7936177850, -0.0040720468]


BOTH = pytest.mark.parametrize("theme", [figures.LIGHT, figures.DARK], ids=["light", "dark"])


@BOTH
def test_words_can_be_read_on_the_paper(theme):
    for color in [theme["ink"], theme["muted"], theme["accent"], *theme["text"]]:
        assert contrast(color, theme["paper"]) >= 4.5, color


@BOTH
def test_ink_can_be_read_on_every_colour_of_the_maps(theme):
    for color in theme["field"] + theme["diverging"]:
        assert contrast(theme["ink"], color) >= 4.0, color


@BOTH
def test_maps_are_even_in_lightness(theme):
    steps = np.diff([lightness(color) for color in theme["field"]])
    assert steps == pytest.approx(steps.mean(), abs=0.15 * abs(steps.mean()))  # colours are rounded to 8 bits
    sides = np.array([lightness(color) for color in theme["diverging"]])
    assert sides == pytest.approx(sides[::-1], abs=0.004)
    away = np.diff(sides[4:])
    assert away == pytest.approx(away.mean(), abs=0.15 * abs(away.mean()))


@BOTH
def test_the_accent_is_no_colour_of_a_series(theme):
    assert min(np.linalg.norm(rgb(theme["accent"]) - rgb(color)) for color in theme["series"]) > 0.25


def test_light_series_are_those_of_okabe_and_ito():
    published = {"#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7"}  # without black and yellow
    assert set(figures.LIGHT["series"][1:7]) == published


def test_tokens_are_plain_data_with_a_second_cue_for_each_series():
    look = figures.tokens()
    assert json.loads(json.dumps(look)) == look
    assert {len(look[name]) for name in ("dashes", "markers")} == {8}
    assert {len(look[theme][name]) for theme in ("light", "dark") for name in ("series", "text")} == {8}
    cues = list(zip(map(tuple, look["dashes"]), look["markers"]))
    assert len(set(cues[:7])) == 7
    assert look["light"].keys() == look["dark"].keys()


def test_dashes_are_as_long_as_the_tokens_say():
    offset, pattern = figures.series(2)["linestyle"]
    points = np.array(pattern) * figures.STROKE  # matplotlib multiplies by the width of the line
    assert (offset, points / figures.POINTS) == (0, pytest.approx([6, 3], abs=0.02))
    assert figures.series(8) == figures.series(1)
