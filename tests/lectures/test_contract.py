"""What docs/design.md asks of a lecture's notebook, as far as a program can tell."""

import ast
import json
import re
import statistics

import pytest

from autograder.checkdata import same_data
from mmcourse.check import CHECKS
from tests.lectures.executing import COURSE
from tools.exercises import exercises, with_answers


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def words(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def calls(notebook, name):
    """Every call of a function of that name, as a node of the syntax tree."""
    nodes = [node for cell in code(notebook) for node in ast.walk(ast.parse(cell.source))]
    return [n for n in nodes if isinstance(n, ast.Call) and getattr(n.func, "id", getattr(n.func, "attr", "")) == name]


def test_it_opens_with_what_one_will_be_able_to_do(notebook):
    first = notebook.cells[0].source
    assert re.match(r"# \S.*\n\n\*.+\*\n", first), "a title and one sentence that says why"
    assert 3 <= len(re.findall(r"(?m)^\* ", first)) <= 6, "3 to 6 objectives"
    assert "You need" in first and re.search(r"\b(minutes|hour)\b", first), "prerequisites and time"


def test_cells_are_small(notebook):
    lengths = {cell.id: len(cell.source.splitlines()) for cell in code(notebook)}
    seen = [lengths[cell.id] for cell in code(notebook) if not cell.metadata.get("jupyter", {}).get("source_hidden")]
    assert max(lengths.values()) <= 20 and statistics.median(seen) <= 6


def test_helpers_are_small_and_imports_stand_in_one_cell(notebook):
    trees = [ast.parse(cell.source) for cell in code(notebook)]
    helpers = [node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert all(node.end_lineno - node.lineno < 5 for node in helpers)
    importing = [tree for tree in trees if any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(tree))]
    assert importing == trees[:1]


def test_randomness_has_a_seed_that_one_can_see(notebook):
    source = "\n".join(cell.source for cell in code(notebook))
    assert "np.random.default_rng(" in source
    assert not re.search(r"np\.random\.(?!default_rng|Generator)|manual_seed|random\.seed", source)


def test_every_prediction_is_compared_after_it_was_asked(notebook):
    asked = [node.args[0].value for node in calls(notebook, "predict")]
    compared = [node.args[0].value for node in calls(notebook, "compare")]
    assert asked and sorted(asked) == sorted(compared) and len(set(asked)) == len(asked)
    order = [
        (n.func.id, n.args[0].value)
        for cell in code(notebook)
        for n in ast.walk(ast.parse(cell.source))
        if isinstance(n, ast.Call) and getattr(n.func, "id", "") in ("predict", "compare")
    ]
    assert all(order.index(("predict", key)) < order.index(("compare", key)) for key in asked)


def test_answers_are_not_in_sight(notebook):
    for cell in code(notebook):
        if re.match(r"(predict|question)\(", cell.source):
            assert cell.metadata.get("jupyter", {}).get("source_hidden"), cell.id


def test_five_concept_questions(notebook):
    assert len(calls(notebook, "question")) == 5


def test_the_page_shows_source_and_proofs_and_slide_checks(notebook, lecture):
    assert calls(notebook, "show_source")
    errata = [id for id in lecture.covers if id.startswith("E")]
    claimed = {id for cell in code(notebook) for id in cell.metadata.get("mmcourse", {}).get("covers", [])}
    assert set(errata) <= claimed, "each erratum has a cell with the number that shows it"
    assert not errata or "**Slide check.**" in words(notebook)


def test_it_ends_with_summary_and_reading(notebook):
    headings = re.findall(r"(?m)^#+ (.*)", words(notebook))
    assert {"Summary", "Reading"} <= set(headings[-2:])


def test_students_see_no_codes(notebook):
    assert not re.search(r"\b(E\d\d|N\d\d|S[0-4]|[A-Z]{2,4}-\d\d)\b", words(notebook))


# Exercises


@pytest.fixture
def own(lecture):
    return exercises(COURSE, lecture)


def test_three_to_six_exercises_with_two_hints(own, notebook, lecture):
    assert 3 <= len(own) <= 6 and all(len(exercise.hints) == 2 for exercise in own)
    asked = [node.args[0].value for node in calls(notebook, "check")]
    assert asked == [f"{lecture.number:02d}.{exercise.name}" for exercise in own]


def test_every_answer_passes_and_every_stub_is_not_started(own, notebook, lecture):
    answered = with_answers(json.loads(json.dumps(notebook)), own)
    for cells, score in ((notebook.cells, "0.0"), (answered["cells"], "1.0")):
        space = {}
        exec(notebook.cells[1].source, space)
        for cell in cells:
            if cell["id"].startswith(("exercise-", "check-")) and cell["cell_type"] == "code":
                *rest, last = ast.parse("".join(cell["source"])).body
                exec(compile(ast.Module(rest, []), "<cell>", "exec"), space)
                if cell["id"].startswith("check-"):
                    assert repr(eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)) == score, cell["id"]
                else:
                    exec(compile(ast.Module([last], []), "<cell>", "exec"), space)


def test_every_known_mistake_is_recognised(own, lecture):
    from mmcourse.check import check

    for exercise in own:
        assert exercise.mistakes
        for mistake in exercise.mistakes:
            space = {}
            exec("import numpy as np\n" + mistake.apply(exercise.source), space)
            verdict = check(f"{lecture.number:02d}.{exercise.name}", space[exercise.answer.__name__])
            assert verdict.score < 1 and verdict.mistake == mistake.message, mistake.name


def test_the_data_of_the_checks_is_what_the_solutions_give(own, lecture):
    from tools.exercises import check_data

    assert same_data((CHECKS / f"{lecture.number:02d}.json").read_bytes(), check_data(lecture, own))
