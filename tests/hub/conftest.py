"""The course server, a browser on it, and what happened there: handed in, then returned."""

from types import SimpleNamespace

import pytest

from tests.conftest import CHROMIUM, OPTIONS
from tests.hub import server
from tests.hub.lab import Person

LOG = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Whatever fails here, the end of the log of the hub, the proxy and everybody's server is told with it."""
    report = yield
    if report.failed and LOG in item.config.stash:
        report.sections.append(("the hub and its servers", server.tail(item.config.stash[LOG])))
    return report


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """What is laid out on the course server."""
    folder = tmp_path_factory.mktemp("stage")
    server.lay_out(folder)
    return folder


@pytest.fixture(scope="module")
def hub(stage, tmp_path_factory, pytestconfig):
    log = tmp_path_factory.mktemp("hub") / "log"
    pytestconfig.stash[LOG] = log
    with server.course_server(stage, log) as hub:
        yield hub


@pytest.fixture(scope="module")
def people(hub, chromium, tmp_path_factory):
    """Everybody, logged in, each with a server of their own; their browser is in the network of the hub."""
    wrapper = tmp_path_factory.mktemp("browser") / "chromium"
    wrapper.write_text(f'#!/bin/sh\nexec nsenter --net=/proc/{hub.inside}/ns/net -- {CHROMIUM} "$@"\n')
    wrapper.chmod(0o755)
    browser = chromium.browser_type.launch(executable_path=str(wrapper), args=OPTIONS)
    try:
        people = [Person(browser, name) for name in server.PEOPLE]
        for person in people:
            person.log_in()
        for person in people:
            person.arrive()
        yield SimpleNamespace(**{person.name: person for person in people})
    finally:
        browser.close()


@pytest.fixture(scope="module")
def handed_in(people):
    """The assignment went out, and both students did it; what their checks and their Validate said."""
    people.instructor.shell(server.commands("nbgrader release_assignment"))
    said = {}
    for student, total in ((people.turing, "x.mean()"), (people.hopper, "x.sum()")):
        student.fetch()
        student.open_notebook()
        student.answer("scale", "def scale(x, factor):\n    return x * factor")
        student.answer("total", f"def total(x):\n    return {total}  # {student.name}'s own words")
        said[student.name] = (student.run_all(), student.validate())
        student.hand_in()
    return said


@pytest.fixture(scope="module")
def returned(people, handed_in):
    """The work was collected with formgrader's button and graded in a terminal, the feedback fetched: what was said."""
    collected = people.instructor.collect()
    graded = people.instructor.shell(server.commands("nbgrader collect"))
    pages = {student.name: student.fetch_feedback() for student in (people.hopper, people.turing)}
    return SimpleNamespace(collected=collected, graded=graded, pages=pages)
