"""formgrader in a real JupyterLab: it shows the marks we recorded, and a mark given there survives grading again."""

import re

import pytest

from autograder.batch import grade_class
from autograder.marks import read_standings
from tests.browser.conftest import jupyter_lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NAME = "a01_toy"


def open_formgrader(page, address):
    """Through the menu, as an instructor would; returns the frame that formgrader lives in."""
    page.goto(f"{address}/lab")
    page.get_by_role("menuitem", name="Nbgrader").first.click(timeout=90_000)
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Formgrader$")).locator("visible=true").click()
    page.wait_for_function(
        "[...document.querySelectorAll('iframe')].some(one => one.src.includes('formgrader'))", timeout=60_000
    )
    page.frame_locator("iframe[src*=formgrader]").locator("body").wait_for(timeout=60_000)
    frame = next(frame for frame in page.frames if "formgrader" in frame.url)
    frame.locator("text=" + NAME).first.wait_for(timeout=60_000)
    return frame


def rows(frame):
    """student -> score, as formgrader's table of submissions shows them."""
    frame.locator("tbody tr td", has_text="graded").first.wait_for(timeout=60_000)
    found = {}
    for row in frame.locator("tbody tr").all():
        cells = row.locator("td").all_inner_texts()
        found[cells[1]] = cells[4]
    return found


def test_formgrader_shows_our_marks_and_what_a_person_writes_there_stays(released_toy, hand_in, chromium):
    course = released_toy
    hand_in(course, "hopper")
    hand_in(course, "turing", scale="def scale(x, factor):\n    return x + factor")
    list(grade_class(course, NAME))
    with jupyter_lab(course.root) as address:
        page = chromium.new_page(viewport={"width": 1400, "height": 900})
        frame = open_formgrader(page, address)
        frame.goto(f"{address}/formgrader/manage_submissions/{NAME}")
        assert rows(frame) == {"hopper": "6 / 6", "turing": "2 / 6"}

        frame.goto(f"{address}/formgrader/gradebook/{NAME}/{NAME}")
        frame.locator("tbody tr", has_text="2 / 6").locator("a").first.click()
        frame.locator("text=You add the factor").first.wait_for(timeout=60_000)
        score = frame.locator("input.score[placeholder='0']").first
        score.wait_for(timeout=60_000)
        score.fill("3")
        score.press("Tab")
        comment = frame.locator("textarea.comment").first
        comment.fill("Right idea, wrong operation.")
        comment.press("Tab")
        page.wait_for_timeout(2000)
        page.close()

        list(grade_class(course, NAME))
        standings = {standing.student: standing for standing in read_standings(course, NAME)}
        assert (standings["turing"].score, standings["hopper"].score) == (5.0, 6.0)
        assert "Right idea, wrong operation." in dict(standings["turing"].comments).values()

        page = chromium.new_page()
        frame = open_formgrader(page, address)
        frame.goto(f"{address}/formgrader/manage_submissions/{NAME}")
        assert rows(frame) == {"hopper": "6 / 6", "turing": "5 / 6"}
        page.close()
