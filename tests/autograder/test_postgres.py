"""A gradebook in PostgreSQL: a real server, two graders that write a class at once, and every mark is there."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.batch import grade_class
from autograder.course import Course
from autograder.export import export
from autograder.feedback import write_feedback
from autograder.gradebook import GradebookError, open_gradebook
from autograder.marks import read_standings
from autograder.release import release
from autograder.students import left_out

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

NAME = "a01_toy"
AS_SERVER = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []


def programs() -> Path:
    """The folder of PostgreSQL's own programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not found[-1].is_file():
        pytest.fail("no PostgreSQL server: install postgresql, or leave these tests out with SKIP=postgres")
    return found[-1].parent


@pytest.fixture(scope="module")
def server():
    """A server of our own, on a socket in a folder of its own: nobody else's is touched, no port is taken."""
    with tempfile.TemporaryDirectory(prefix="mmcourse-postgres-") as name:
        folder = Path(name)
        if AS_SERVER:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        folder.chmod(0o755)

        def run(program: str, *words: str) -> None:
            subprocess.run(
                [*AS_SERVER, programs() / program, *words], check=True, capture_output=True, cwd="/", timeout=120
            )

        run(
            "initdb",
            "-D",
            f"{folder}/data",
            "-U",
            "course",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start")
        yield folder
        run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")


@pytest.fixture
def course(toy, server, request) -> Course:
    """The toy course with its gradebook in a database of its own, released."""
    database = f"course_{abs(hash(request.node.name))}"
    subprocess.run([programs() / "createdb", "-h", server, "-U", "course", database], check=True, timeout=60)
    config = toy.root / "nbgrader_config.py"
    url = f"postgresql+psycopg://course:secret@/{database}?host={server}"
    config.write_text(config.read_text() + f"\nc.CourseDirectory.db_url = {url!r}\n")
    release(toy, NAME)
    return toy


def rows(course: Course) -> dict:
    return {
        one.student: (one.score, one.late_penalty, [(mark.cell, mark.auto, mark.manual) for mark in one.marks])
        for one in read_standings(course, NAME)
    }


def test_the_whole_way_from_release_to_export(course, hand_in):
    hand_in(course, "hopper").with_name("timestamp.txt").write_text("2026-10-01 12:00:00 UTC")
    hand_in(course, "turing", total="def total(x):\n    return x.mean()")
    list(grade_class(course, NAME))
    assert not (course.root / "gradebook.db").exists()
    with open_gradebook(course) as gradebook:
        gradebook.find_grade("check-total", NAME, NAME, "turing").manual_score = 1.5
        gradebook.db.commit()
    (course.results / "ledger.db").unlink()
    list(grade_class(course, NAME))
    assert {student: row[0] for student, row in rows(course).items()} == {"hopper": 6, "turing": 5.5}
    assert len(write_feedback(course, NAME)) == 2 and "turing" in export(course, NAME).read_text()
    assert "secret" not in course.gradebook_name and "***" in course.gradebook_name


def test_nbgrader_writes_into_the_same_gradebook(course, hand_in):
    hand_in(course, "hopper", total="def total(x):\n    return x.mean()")
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME]
    subprocess.run(command, cwd=course.root, check=True, capture_output=True, timeout=300)
    before = rows(course)
    list(grade_class(course, NAME))
    assert rows(course) == before == {"hopper": (4.0, 0.0, [("check-scale", 4.0, None), ("check-total", 0.0, None)])}


def test_a_name_that_is_too_long_for_its_tables_costs_nobody_else(course, hand_in):
    """PostgreSQL refuses a whole chunk for one such name; SQLite takes it."""
    hand_in(course, "n" * 129)
    hand_in(course, "n" * 128)
    assert {one.student: one.result.score for one in grade_class(course, NAME)} == {"n" * 128: 6}
    assert left_out(course, NAME) == [ascii("n" * 129)]


def test_two_graders_write_a_class_at_once(course, hand_in, tmp_path):
    """Each grades the whole class with a ledger of its own, as two machines would, into the one gradebook."""
    students = [f"s{number:02d}" for number in range(30)]
    for number, student in enumerate(students):
        hand_in(course, student, total=f"def total(x):\n    return x.sum() + {number % 3}")
    other = tmp_path / "other"
    shutil.copytree(course.root, other)
    command = [sys.executable, "-m", "autograder", "grade", NAME, "--jobs", "1"]
    both = [
        subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for root in (course.root, other)
    ]
    said = [process.communicate(timeout=400)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    found = rows(course)
    assert {student: row[0] for student, row in found.items()} == {
        student: 4.0 if number % 3 else 6.0 for number, student in enumerate(students)
    }
    assert all(len(marks) == 2 for *_, marks in found.values())
    assert rows(Course(other)) == found


def test_a_server_that_is_not_there_is_named_without_its_password(toy, hand_in, tmp_path):
    release(toy, NAME)
    hand_in(toy, "hopper")
    config = toy.root / "nbgrader_config.py"
    config.write_text(
        config.read_text() + f"\nc.CourseDirectory.db_url = 'postgresql+psycopg://course:secret@/x?host={tmp_path}'\n"
    )
    with pytest.raises(GradebookError) as raised:
        list(grade_class(toy, NAME))
    assert "postgresql+psycopg://course:***@/x" in str(raised.value) and "secret" not in str(raised.value)
