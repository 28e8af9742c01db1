"""docs/explorers.md: every block runs, in order, and prints what stands below it."""

import ast
import re
from pathlib import Path

import pytest

from mmcourse import explorer
from mmcourse.explorer.hosts import Hosted

DOC = Path(__file__).parents[2] / "docs" / "explorers.md"
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    """The code of each Python block, and the text that it must print."""
    found = BLOCK.findall(DOC.read_text(encoding="utf-8"))
    expected = [follower[1] if follower[0] == "text" else "" for follower in [*found[1:], ("", "")]]
    return [(code, printed) for (kind, code), printed in zip(found, expected) if kind == "python"]


def run_block(code: str, space: dict) -> object:
    """Run a block; return the value of its last expression, None when it ends in something else."""
    *rest, last = ast.parse(code).body
    value = None
    if isinstance(last, ast.Expr):
        exec(compile(ast.Module(rest, []), str(DOC), "exec"), space)
        value = eval(compile(ast.Expression(last.value), str(DOC), "eval"), space)
    else:
        exec(compile(ast.Module([*rest, last], []), str(DOC), "exec"), space)
    return value


def shown() -> list[Hosted]:
    """What the blocks show, in order."""
    space: dict = {}
    return [value for code, _ in blocks() if isinstance(value := run_block(code, space), Hosted)]


@pytest.fixture(autouse=True)
def _own_answers(tmp_path, monkeypatch):
    monkeypatch.setenv("MMCOURSE_ANSWERS", str(tmp_path / "answers.json"))


def test_every_block_runs_and_prints_what_it_says(capsys):
    space: dict = {}
    for code, printed in blocks():
        run_block(code, space)
        assert capsys.readouterr().out == printed, code


def test_the_first_block_is_an_explorer_in_ten_lines():
    code, _ = blocks()[0]
    assert isinstance(run_block(code, {}), explorer.Explorer)
    start = code.index("time =")
    statements = code[start:].strip().splitlines()
    assert len(statements) <= 10
    crossings = run_block(code.split("Explorer(\n")[0] + "swing", space := {}).evaluate(
        {"pull": space["pull"].default, "drag": space["drag"].default}
    )["value"]
    assert (crossings[1:] * crossings[:-1] < 0).sum() == 6, "what its alt says"


def test_every_name_of_the_package_is_shown():
    text = "\n".join(code for code, _ in blocks())
    assert [name for name in explorer.__all__ if not re.search(rf"\b{name}\(", text)] == []


def test_names_of_files_and_links_are_right():
    text = DOC.read_text(encoding="utf-8")
    links = re.findall(r'\]\(([^)#]+)\)|src="([^"]+)"', text)
    assert all((DOC.parent / (a or b)).exists() for a, b in links)
    package = DOC.parents[1] / "mmcourse" / "explorer"
    listing = text.split("```\nmmcourse/explorer/\n")[1].split("```")[0]
    named = re.findall(r"\b[\w*]+\.(?:py|js)\b", listing)
    assert len(named) > 15 and all(list(package.rglob(name)) for name in named)


def test_the_size_that_is_named_is_that_of_the_first_explorer():
    first = run_block(blocks()[0][0], {})
    said = re.search(r"840 curves, (\d+) kB of text", DOC.read_text(encoding="utf-8"))
    assert len(first.data) * 4 / 3 / 1000 == pytest.approx(int(said[1]), rel=0.1)
