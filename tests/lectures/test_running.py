"""Lectures run from top to bottom, and what comes out can be seen by everybody."""

import re

import pytest

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def html_outputs(notebook):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return ["".join(o.data["text/html"]) for cell in cells for o in cell.outputs if "text/html" in o.get("data", {})]


def test_a_clean_kernel_needs_less_than_a_minute_and_warns_of_nothing(executed):
    streams = [o for cell in executed.notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    assert executed.seconds < 60
    assert not [o for o in streams if o.output_type == "stream" and o.name == "stderr"]


def test_every_picture_has_words_for_who_cannot_see_it(executed):
    images = [tag for html in html_outputs(executed.notebook) for tag in re.findall(r"<img[^>]*>", html)]
    assert images and all(len(re.search(r'alt="([^"]*)"', tag)[1]) >= 20 for tag in images)


def test_the_page_is_small_enough(executed):
    sizes = [len(html) for html in html_outputs(executed.notebook)]
    assert max(sizes) <= 2_200_000 and sum(sizes) <= 8_000_000  # an explorer has 2 MB of numbers at most


def test_every_exercise_says_that_it_is_not_started(executed):
    checks = [cell for cell in executed.notebook.cells if cell.id.startswith("check-")]
    assert checks and all(cell.outputs[-1].data["text/plain"] == "0.0" for cell in checks)
