"""syllabus.toml: the course's own table, and what the loader says of a broken one."""

import pytest

from autograder.course import Syllabus, SyllabusError

PART = '[[part]]\nnumber = 1\ntitle = "One"\n'
LECTURE = {
    "number": "1",
    "slug": '"x"',
    "title": '"X"',
    "part": "1",
    "minutes": "50",
    "requires": "[]",
    "modules": '["mmcourse.x"]',
    "covers": '["A-01"]',
    "status": '"planned"',
}
ASSIGNMENT = {"id": '"a01"', "slug": '"x"', "title": '"X"', "after": "1", "topics": '["t"]', "status": '"written"'}


def table(kind: str, row: dict[str, str]) -> str:
    return f"[[{kind}]]\n" + "".join(f"{key} = {value}\n" for key, value in row.items())


def without(row: dict[str, str], key: str) -> dict[str, str]:
    return {name: value for name, value in row.items() if name != key}


GOOD = PART + table("lecture", LECTURE) + table("assignment", ASSIGNMENT)
SECOND = LECTURE | {"number": "2", "slug": '"y"', "modules": '["mmcourse.y"]'}


def load(tmp_path, text: str) -> Syllabus:
    path = tmp_path / "syllabus.toml"
    path.write_text(text)
    return Syllabus.load(path)


def test_the_course_has_27_lectures_in_five_parts_and_12_assignments(course):
    syllabus = course.syllabus
    assert [lecture.number for lecture in syllabus.lectures] == list(range(1, 28))
    assert [assignment.id for assignment in syllabus.assignments] == [f"a{number:02d}" for number in range(1, 13)]
    assert sorted(syllabus.parts) == [1, 2, 3, 4, 5]
    parts = [lecture.part for lecture in syllabus.lectures]
    assert parts == sorted(parts)
    assert all(45 <= lecture.minutes <= 75 for lecture in syllabus.lectures)


def test_the_optimizers_come_after_lecture_7_and_may_use_what_it_taught(course):
    assignment = course.assignment("a03")
    assert (assignment.name, assignment.after, assignment.status) == ("a03_optimizers", 7, "written")
    modules = course.modules_before(assignment)
    assert modules.index("mmcourse.optimization.momentum") < modules.index("mmcourse.optimization.adaptive")
    assert "mmcourse.optimization.landscape" not in modules  # taught in lecture 8


def test_modules_of_a_part_lie_in_its_folder(course):
    folders = {1: "foundations", 2: "optimization", 3: "generalization", 4: "modalities", 5: "multimodal"}
    shared = {"mmcourse.gradcheck", "mmcourse.training"}
    for lecture in course.syllabus.lectures:
        assert lecture.modules
        for module in set(lecture.modules) - shared:
            assert module.startswith(f"mmcourse.{folders[lecture.part]}.")


def test_a_good_syllabus_loads(tmp_path):
    syllabus = load(tmp_path, GOOD)
    assert syllabus.lecture(1).name == "01_x"
    assert syllabus.lectures[0].covers == ("A-01",)
    assert syllabus.assignments[0].name == "a01_x"
    assert syllabus.modules == {"mmcourse.x": 1}


BROKEN = {
    "not TOML": ("[[lecture]", "not valid TOML"),
    "one bracket": (
        '[lecture]\nnumber = "1"',
        "`lecture` must be a list of tables: write [[lecture]], with two brackets",
    ),
    "unknown table": ("[[lektion]]\n", "unknown table `lektion`: use `assignment`, `lecture` or `part`"),
    "unknown key": (
        PART + table("lecture", LECTURE | {"colour": "1"}),
        "lecture 1: unknown key `colour`: use `covers`, `minutes`, `modules`, `number`, `part`, `requires`",
    ),
    "missing key": (PART + table("lecture", without(LECTURE, "minutes")), "lecture 1: `minutes` is missing: add it"),
    "no number": (PART + table("lecture", without(LECTURE, "number")), "lecture in place 1: `number` is missing"),
    "text for number": (PART + table("lecture", LECTURE | {"minutes": '"50"'}), "`minutes` must be a whole number"),
    "truth for number": (PART + table("lecture", LECTURE | {"minutes": "true"}), "`minutes` must be a whole number"),
    "text for list": (
        PART + table("lecture", LECTURE | {"modules": '"mmcourse.x"'}),
        "lecture 1: `modules` must be a list, each a text, got 'mmcourse.x'",
    ),
    "list for text": (PART + table("lecture", LECTURE | {"title": '["X"]'}), "`title` must be a text, got ['X']"),
    "odd status": (PART + table("lecture", LECTURE | {"status": '"done"'}), "use `planned` or `written`"),
    "odd slug": (PART + table("lecture", LECTURE | {"slug": '"../x"'}), "use small letters, digits and _"),
    "doubled id": (PART + table("lecture", LECTURE | {"covers": '["A-01", "A-01"]'}), "`covers` has 'A-01' twice"),
    "no such part": (PART + table("lecture", LECTURE | {"part": "2"}), "lecture 1: part 2 does not exist"),
    "doubled part": (PART + PART, "part 1: written twice"),
    "half a part": ("[[part]]\nnumber = 1\n", "part 1: give it `number` and `title`"),
    "wrong number": (PART + table("lecture", LECTURE | {"number": "3"}), "lecture 3: stands in place 1"),
    "requires itself": (
        PART + table("lecture", LECTURE | {"requires": "[1]"}),
        "lecture 1: requires lecture 1, which is not taught before it",
    ),
    "odd module": (PART + table("lecture", LECTURE | {"modules": '["momentum"]'}), "write it dotted, like mmcourse."),
    "slug twice": (PART + table("lecture", LECTURE) + table("lecture", SECOND | {"slug": '"x"'}), "have the slug 'x'"),
    "module twice": (
        PART + table("lecture", LECTURE) + table("lecture", SECOND | {"modules": '["mmcourse.x"]'}),
        "module mmcourse.x is taught twice",
    ),
    "odd id": (GOOD + table("assignment", ASSIGNMENT | {"id": '"b1"'}), "`id` must be a and two digits, like a03"),
    "after nothing": (
        GOOD + table("assignment", ASSIGNMENT | {"id": '"a02"', "after": "9"}),
        "assignment a02: `after` is 9, but the lectures are 1 to 1",
    ),
    "assignment twice": (GOOD + table("assignment", ASSIGNMENT), "assignment a01: written twice"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_syllabus_is_told_what_where_and_what_to_do(tmp_path, name):
    text, message = BROKEN[name]
    with pytest.raises(SyllabusError) as caught:
        load(tmp_path, text)
    told = str(caught.value)
    assert message in told
    assert told.startswith(str(tmp_path / "syllabus.toml: "))
    assert "\n" not in told


def test_a_missing_or_unreadable_syllabus_is_named(tmp_path):
    path = tmp_path / "syllabus.toml"
    with pytest.raises(SyllabusError, match="syllabus.toml: no such file"):
        Syllabus.load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SyllabusError, match="not UTF-8"):
        Syllabus.load(path)
