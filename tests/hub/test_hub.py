"""A course on a real JupyterHub: three accounts, from the release of an assignment to everybody's own feedback.

The settings and commands are those of docs/jupyterhub.md. It runs as root, on a server that is made for it.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.hub import attempts
from tests.hub.server import NAME, PAGE

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.slow]


def test_students_fetch_work_check_and_hand_in(handed_in):
    (scale, total), validated = handed_in["hopper"]
    assert "4 of 4 points" in scale and "2 of 2 points" in total and "Success!" in validated
    (scale, total), validated = handed_in["turing"]
    assert "4 of 4 points" in scale and "0 of 2 points" in total
    assert "The following cell failed" in validated and "a01.total: 0 of 2 points" in validated


def test_the_instructor_collects_with_formgrader_and_grades_in_a_terminal(people, returned):
    assert "Successfully collected" in returned.collected
    assert re.search(r"hopper +6/6", returned.graded) and re.search(r"turing +4/6", returned.graded)
    assert people.instructor.scores() == {"hopper": "6 / 6", "turing": "4 / 6"}


def test_each_student_reads_their_own_feedback(returned):
    hopper, turing = returned.pages["hopper"], returned.pages["turing"]
    assert "hopper's own words" in hopper and "turing" not in hopper and "Everything is right" in hopper
    assert "turing's own words" in turing and "hopper" not in turing and "0 of 2" in turing


@pytest.fixture(scope="module")
def tried(people, returned):
    """What came of everything that hopper tried, while something of turing's was printing."""
    people.turing.ask(attempts.TALK, stay=True)
    return people.hopper.ask(attempts.everything())


@pytest.mark.parametrize(("row", "attempt"), [(name, one) for name, row in attempts.ROWS.items() for one in row.own])
def test_code_of_a_student_reaches_their_own(tried, row, attempt):
    assert tried[attempt].startswith("worked"), row


@pytest.mark.parametrize(("row", "attempt"), [(name, one) for name, row in attempts.ROWS.items() for one in row.others])
def test_code_of_a_student_reaches_nothing_else(tried, row, attempt):
    assert not tried[attempt].startswith("worked"), row
    assert not tried[attempt].startswith(("NameError", "SyntaxError", "TypeError")), "a broken attempt shows nothing"


def test_the_page_has_a_row_for_everything_that_is_tried():
    table = PAGE.split("## Who sees what")[1].split("\n## ")[0]
    assert re.findall(r"^\| (?!---)([^|]+?) +\|", table, re.MULTILINE)[1:] == list(attempts.ROWS)


@pytest.mark.parametrize(
    "address",
    [
        "/user/turing/lab",
        f"/user/turing/files/{NAME}/{NAME}.ipynb",
        "/user/instructor/formgrader",
        "/user/instructor/files/mmcourse/gradebook.db",
        "/hub/spawn/turing",
        "/hub/admin",
    ],
)
def test_the_browser_of_a_student_gets_nothing_of_anybody_else(people, returned, address):
    assert people.hopper.visit("/user/hopper/lab") == 200
    assert people.hopper.visit(address) in (403, 404)


PLANT = """
import json, os, shutil
from datetime import datetime, timedelta, timezone

def plant(name, minutes):
    when = (datetime.now(timezone.utc) + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    folder = f"/srv/mmcourse/exchange/mmcourse/inbound/{name}+a01_toy+{when}+x"
    os.mkdir(folder)
    open(f"{folder}/timestamp.txt", "w").write(when)
    return folder

forged = plant("turing", 1)
shutil.copy("/home/hopper/a01_toy/a01_toy.ipynb", forged)
linked = plant("hopper", 2)
os.symlink("/home/instructor/mmcourse/solutions/a01_toy/a01_toy.ipynb", f"{linked}/a01_toy.ipynb")
os.symlink("/home/instructor/mmcourse/submissions/turing", f"{linked}/turing")
answer = True
"""


def test_what_a_student_plants_in_the_exchange_is_not_collected(hub, people, returned):
    """Neither work in another's name nor a link to what only the instructor can read."""
    people.hopper.ask(PLANT)
    people.instructor.shell(f"cd ~/mmcourse && .venv/bin/nbgrader collect --update {NAME}")
    submissions = hub.path("/home/instructor/mmcourse/submissions")
    assert "turing's own words" in (submissions / "turing" / NAME / f"{NAME}.ipynb").read_text()
    assert [path.name for path in (submissions / "hopper" / NAME).rglob("*")] == ["timestamp.txt"]


SERVE = """
import sys, time
from pathlib import Path
from tests.hub.server import course_server
with course_server(Path(sys.argv[1]), Path(sys.argv[2])) as hub:
    print(hub.inside, flush=True)
    time.sleep(600)
"""


def test_nothing_is_left_when_the_tests_are_killed(stage, tmp_path):
    def alive() -> list[str]:
        return [str(path) for path in Path("/proc").glob("[0-9]*/ns/pid") if link(path) == namespace]

    def link(path: Path) -> str:
        try:
            return os.readlink(path)
        except OSError:  # it has just ended
            return ""

    mounts, accounts = Path("/proc/self/mounts").read_text(), Path("/etc/passwd").read_bytes()
    command = [sys.executable, "-c", SERVE, stage, tmp_path / "log"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    namespace = link(Path(f"/proc/{int(server.stdout.readline())}/ns/pid"))
    assert len(alive()) > 1
    server.kill()
    server.wait()
    server.stdout.close()
    deadline = time.monotonic() + 30
    while alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive()
    assert Path("/proc/self/mounts").read_text() == mounts
    assert Path("/etc/passwd").read_bytes() == accounts
