"""A specimen is one thing a student may hand in: where it is, which row it stands for, and what must come of it.

    tests/hostile/<verdict>/<name>.py

The folder is the verdict that the tests of question `scale` must get. The docstring's first line is a row of rows.toml,
the rest says what the specimen does. Then follow, where they differ from the default, literals:

    EXPECT = {"total": "crash", "test_matrix": "pass"}  # a question or a test -> its verdict, or "memory|crash" where
                                        # it depends on the machine which limit is met first; `total` passes otherwise
    TIER_1 = {"scale": "forbidden"}     # what differs in a sandbox of tier 1
    NOTES = "regex"                     # what the result's notes must say
    CELL = "regex"                      # what the report on one of its cells must say
    ABSENT = ["<script"]                # what must not stand in the autograded notebook, nor in the feedback page
    STUDENT = "-rf"                     # the student's name, where that is the attack
    REFUSED = True                      # nobody can be graded under this name: it may be left out of the class

and then either cells in percent format, which are put into the toy course's notebook,

    # %%            an extra cell; before the answer to `scale`, or after the named cell above it
    # %% scale      instead of the cell with this id: imports, scale, check-scale, total, check-total
    # %% [markdown] a text cell

or functions of ours, run outside the sandbox: `submit(folder, notebook)` writes the submission from the notebook with
the right answers (a plain dictionary), and `during(folder)` changes it while the class is graded.

The words @COURSE@ (the course's folder), @PORT@ (of a server that listens on this machine) and @PID@ (the coordinator)
are replaced everywhere in cells: these attackers know where they are.
"""

import ast
import copy
import json
import re
import runpy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
VERDICTS = ("pass", "fail", "error", "timeout", "memory", "crash", "forbidden")
MARK = "hostile-was-here"  # in the name of every file that a specimen writes
POINTS = {"test_one_number": 1, "test_matrix": 2, "test_zero": 1, "test_total": 2}
TESTS = {"scale": ("test_one_number", "test_matrix", "test_zero"), "total": ("test_total",)}
DECLARED = ("EXPECT", "TIER_1", "NOTES", "CELL", "ABSENT", "STUDENT", "REFUSED")


@dataclass(frozen=True)
class Specimen:
    """One file of the corpus, read but not run."""

    path: Path
    row: str
    about: str
    cells: list[tuple[str, str]]  # (id of the cell it replaces, "" for an extra one; source), in order
    declared: dict = field(default_factory=dict)
    functions: frozenset = frozenset()

    @property
    def verdict(self) -> str:
        return self.path.parent.name

    @property
    def name(self) -> str:
        return f"{self.verdict}/{self.path.stem}"

    @property
    def student(self) -> str:
        return self.declared.get("STUDENT", f"{self.verdict}-{self.path.stem}")

    def expected(self, tier: int) -> dict[str, str]:
        """The verdict of each test."""
        said = {"scale": self.verdict, "total": "pass", **self.declared.get("EXPECT", {})}
        said |= self.declared.get("TIER_1", {}) if tier == 1 else {}
        return {test: said.get(test, said[question]) for question, tests in TESTS.items() for test in tests}

    def function(self, name: str) -> Callable | None:
        return runpy.run_path(str(self.path))[name] if name in self.functions else None

    def hand_in(self, folder: Path, notebook: dict, facts: dict[str, str]) -> None:
        """Write the submission into `folder`, from a notebook that holds the right answers."""
        submit = self.function("submit")
        if submit is not None:
            return submit(folder, copy.deepcopy(notebook))
        changed = json.dumps(with_cells(notebook, self.cells))
        for word, meaning in facts.items():
            changed = changed.replace(word, json.dumps(meaning)[1:-1])
        (folder / "a01_toy.ipynb").write_text(changed)


def read(path: Path) -> Specimen:
    """Read a specimen; an unknown declaration is an error that names the file."""
    source = path.read_text()
    tree = ast.parse(source)
    row, _, about = (ast.get_docstring(tree) or "").partition("\n")
    head, *parts = re.split(r"^# %%[ ]?(.*)$", source, flags=re.MULTILINE)
    cells = [(name.strip(), text.strip("\n")) for name, text in zip(parts[::2], parts[1::2])]
    above = ast.parse(head).body
    given = {node.targets[0].id: node.value for node in above if isinstance(node, ast.Assign)}
    declared = {name: ast.literal_eval(value) for name, value in given.items() if name in DECLARED}
    functions = frozenset(node.name for node in above if isinstance(node, ast.FunctionDef)) & {"submit", "during"}
    if bool(cells) == ("submit" in functions):
        raise ValueError(f"{path}: a specimen has cells or a function `submit`, one of the two")
    return Specimen(path, row.strip(), " ".join(about.split()), cells, declared, functions)


def corpus() -> list[Specimen]:
    """All specimens, in order of name."""
    return [read(path) for verdict in VERDICTS for path in sorted((HERE / verdict).glob("*.py"))]


def with_cells(notebook: dict, cells: list[tuple[str, str]]) -> dict:
    """A copy of `notebook` in which `cells` replace those of their id; the others stand where the file has them."""
    notebook = copy.deepcopy(notebook)
    position = place(notebook, "scale")
    for number, (name, source) in enumerate(cells):
        if name in ("", "[markdown]"):
            kind = "markdown" if name else "code"
            source = re.sub(r"^# ?", "", source, flags=re.MULTILINE) if name else source
            notebook["cells"].insert(position, new_cell(source, kind, f"extra-{number}"))
        else:
            position = place(notebook, name)
            notebook["cells"][position]["source"] = source
        position += 1
    return notebook


def new_cell(source: str, kind: str = "code", id: str = "extra") -> dict:
    cell = {"cell_type": kind, "id": id, "metadata": {}, "source": source}
    return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def place(notebook: dict, name: str) -> int:
    """Where the cell of this id is."""
    return next(index for index, cell in enumerate(notebook["cells"]) if cell["id"] == name)


def answer(notebook: dict, name: str, source: str) -> dict:
    """Give the cell of this id a new text; returns the notebook."""
    notebook["cells"][place(notebook, name)]["source"] = source
    return notebook


def write(folder: Path, notebook: dict, name: str = "a01_toy.ipynb") -> Path:
    path = folder / name
    path.write_text(json.dumps(notebook))
    return path
