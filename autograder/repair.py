"""Reading what students hand in: what is readable becomes a notebook in the released shape, the rest a clear note.

    submitted = read_submission(folder, released, manifest)      # never raises for what a student did
    submitted.notebook      the student's cells, in their order, with the released names, points and locked text
    submitted.notes         one line for each thing that was broken, naming the file
    cells_to_run(submitted.notebook)                             # (index, source) of the student's own code

Points, cell types and identity always come from the released notebook. A released cell that is missing is put back
where it belongs; a cell whose metadata were stripped is recognised by its id, its text or the function it defines.
"""

import copy
import itertools
import json
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.manifest import Manifest
from autograder.outputs import as_submitted, labelled

MAX_BYTES = 128 * 2**20
MAX_CONTAINERS = 20_000_000  # a byte of JSON may become an object of seventy
MAX_CELLS = 2000
MAX_CODE = 8 * 2**20  # characters that are run; what comes after is not
MARK = "mmcourse_added"  # cell metadata: put back by us, never run


@dataclass
class Submitted:
    """A submission as it was read. `readable` is False when nothing of it could be used."""

    notebook: nbformat.NotebookNode
    notes: list[str] = field(default_factory=list)
    readable: bool = True


def read_submission(folder: Path, released: nbformat.NotebookNode, manifest: Manifest) -> Submitted:
    """Read the notebook in `folder`, repaired to fit `released`."""
    notes: list[str] = []
    cells: list = []
    folder = Path(folder)
    if folder.is_symlink() or folder.parent.is_symlink():  # to the solutions, say, or to somebody else's work
        notes.append(f"{manifest.name}: the folder is a link, and links are not followed; submit the notebook itself")
        path = None
    else:
        path = find_notebook(folder, f"{manifest.name}.ipynb", notes)
    if path is not None:
        try:
            cells = plain_cells(read_bytes(path), notes, shown(path.name))
        except Unreadable as error:
            notes.append(f"{shown(path.name)}: {error}")
            path = None
    return Submitted(fit(cells, released, manifest, notes), notes, path is not None)


class Unreadable(Exception):
    """A file no notebook can be read from; the message says what it is instead and what to do."""


def find_notebook(folder: Path, name: str, notes: list[str]) -> Path | None:
    """The submitted notebook: the one of the right name, or the only one there is."""
    if os.path.lexists(folder / name):  # whatever it is: read_bytes looks closer
        return folder / name
    others = sorted(filter(os.path.isfile, folder.glob("*.ipynb"))) if os.path.isdir(folder) else []
    names = [shown(path.name) for path in others[:5]]
    if len(others) == 1:
        notes.append(f"{names[0]}: expected the name {name}; graded as that")
        return others[0]
    found = f"several others are there ({', '.join(names)})" if others else "no notebook is there"
    notes.append(f"{name}: not in the submission, {found}; submit the notebook under its own name")
    return None


def shown(text: object) -> str:
    """Anything of a student's as part of one line: short, printable, and fit to be written as UTF-8."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text)[:80])


def read_bytes(path: Path) -> bytes:
    """Read a regular file of bounded size; a link may point anywhere, so it is not followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        kind = "is a link, and links are not followed" if path.is_symlink() else f"cannot be opened ({error.strerror})"
        raise Unreadable(f"{kind}; submit the notebook itself") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("is not a regular file; submit the notebook itself")
        if status.st_size > MAX_BYTES:
            raise Unreadable(f"has {status.st_size / 2**20:.0f} MB; clear its outputs and submit again")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_BYTES + 1)
    finally:
        os.close(descriptor)


def plain_cells(content: bytes, notes: list[str], name: str) -> list[nbformat.NotebookNode]:
    """The cells of any notebook version, rebuilt, without attachments; notes what had to be guessed."""
    data = parse_json(content)
    if not isinstance(data, dict):
        raise Unreadable(f"is JSON, but a {type(data).__name__} and no notebook; save it from Jupyter and submit again")
    major = data.get("nbformat")
    if isinstance(data.get("cells"), list):
        if type(major) is not int or major != 4:
            notes.append(f"{name}: says notebook format {shown(major)}, read as format 4")
        raw = data["cells"]
    elif isinstance(data.get("worksheets"), list):
        notes.append(
            f"{name}: is in the old notebook format {shown(major)}; read, but save it once in a current Jupyter"
        )
        raw = [cell for sheet in data["worksheets"] if isinstance(sheet, dict) for cell in as_list(sheet.get("cells"))]
    else:
        raise Unreadable("has no cells; save it from Jupyter and submit again")
    cells = [cell for cell in map(plain_cell, raw[:MAX_CELLS]) if cell is not None]
    if len(cells) < len(raw):
        notes.append(f"{name}: {len(raw) - len(cells)} of {len(raw)} cells were none and are left out")
    return cells


def parse_json(content: bytes) -> object:
    if not content.strip():
        raise Unreadable("is empty; save the notebook and submit again")
    if content.count(b"[") + content.count(b"{") > MAX_CONTAINERS:
        raise Unreadable("has more parts than any notebook; clear its outputs and submit again")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 text (byte {error.start}); save it from Jupyter and submit again") from None
    except RecursionError:
        raise Unreadable("is nested too deep for a notebook; save it from Jupyter and submit again") from None
    except ValueError as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"is not JSON{where}; save it from Jupyter and submit again") from None


def as_list(value: object) -> list:
    return value if isinstance(value, list) else []


def plain_cell(raw: object) -> nbformat.NotebookNode | None:
    """One cell rebuilt from what is known to be of the right type; None when there is nothing to rebuild."""
    if not isinstance(raw, dict):
        return None
    source = raw.get("source", raw.get("input", ""))
    source = "".join(part for part in source if isinstance(part, str)) if isinstance(source, list) else source
    if not isinstance(source, str):
        return None
    source = source.encode("utf-8", "replace").decode("utf-8")  # lone surrogates cannot be written back
    if raw.get("cell_type") == "code":
        cell = new_code_cell(source, outputs=as_submitted(raw.get("outputs")))
    else:
        cell = new_markdown_cell(harmless(source))
    known = isinstance(raw.get("id"), str) and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", raw["id"])
    cell["id"] = raw["id"] if known else ""  # with_unique_ids gives it one, the same each time
    metadata = raw.get("metadata") if isinstance(raw.get("metadata"), dict) else {}
    grading = metadata.get("nbgrader")
    if isinstance(grading, dict) and isinstance(grading.get("grade_id"), str):
        cell.metadata["nbgrader"] = {"grade_id": grading["grade_id"]}
    if "explore" in as_list(metadata.get("tags")):
        cell.metadata["tags"] = ["explore"]
    return cell


def harmless(markdown: str) -> str:
    """A student's markdown with its HTML shown instead of obeyed: formgrader shows it in the instructor's own origin.

    A space, which no reader minds, breaks up tags, entities (they hide the rest in links), scripts as a link's scheme,
    pictures (their address would be fetched; a link to it stays), and the TeX commands that make links or styles.
    """
    text = re.sub(r"<(?=[A-Za-z/!?])", "< ", markdown)
    text = re.sub(r"&(?=#|\w+;)", "& ", text)
    text = re.sub(r"!(?=\[)", "! ", text)
    text = re.sub(rf"\\(?=(?:{TEX})(?![A-Za-z]))", r"\\ ", text)
    text = re.sub(r"(?i)([`~]{3,}[^\w\n]*)mermaid", r"\1text", text)  # it is drawn by a script from elsewhere
    return re.sub(r"(?i)(javascript|vbscript|data)[\s\\]*:", r"\1 :", text)


TEX = "href|url|style|class|cssId|data|bbox|unicode|mmlToken|texttip|require|csname|includegraphics"  # reach for HTML


# Fitting to the released notebook


def fit(cells: list, released: nbformat.NotebookNode, manifest: Manifest, notes: list[str]) -> nbformat.NotebookNode:
    """Give `cells` the released notebook's identities, and put back what is missing."""
    owners = match(cells, released, manifest, notes)
    notebook = new_notebook(metadata=copy.deepcopy(released.metadata), nbformat_minor=5)
    for cell in cells:
        cell.metadata.pop("nbgrader", None)
    position = 0
    result = list(cells)
    for original in released.cells:
        name = grade_id(original)
        if name is None:
            own = untouched(cells, original)
            if own is None:
                continue  # not asked for
            own.source = original.source
        elif (own := owners.get(name)) is None:
            own = put_back(original)
            result.insert(position, own)
            if cells:
                notes.append(f"cell {name!r} was missing and has been put back, unanswered")
        else:
            adopt(own, original, notes)
        position = next(index for index, cell in enumerate(result) if cell is own) + 1
    for cell in result:
        if cell.cell_type == "code":
            cell.outputs = labelled(cell.outputs) if marked_by_hand(cell) else []
    notebook.cells = with_unique_ids(result)
    assert sorted(filter(None, map(grade_id, result))) == sorted(filter(None, map(grade_id, released.cells)))
    return notebook


def grade_id(cell: nbformat.NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def marked_by_hand(cell: nbformat.NotebookNode) -> bool:
    """Whether a person judges this very cell: an answer that is itself graded, or a task. Nobody runs it."""
    grading = cell.metadata.get("nbgrader", {})
    return bool(grading.get("task") or (grading.get("grade") and grading.get("solution")))


def untouched(cells: list, original: nbformat.NotebookNode) -> nbformat.NotebookNode | None:
    """The student's copy of a released cell that is not graded; its HTML is the instructor's, so it may stay."""
    source = original.source if original.cell_type == "code" else harmless(original.source)
    return next((cell for cell in cells if cell.cell_type == original.cell_type and cell.source == source), None)


def match(cells: list, released: nbformat.NotebookNode, manifest: Manifest, notes: list[str]) -> dict:
    """Which submitted cell is which released one: by grade_id, id, text or the function it defines; the last counts."""
    functions = {question.solution_cell: question.function for question in manifest.questions}
    owners: dict[str, nbformat.NotebookNode] = {}
    taken: set[int] = set()
    for original in released.cells:
        name = grade_id(original)
        if name is None:
            continue
        free = [cell for cell in cells if cell.cell_type == original.cell_type and id(cell) not in taken]
        ways = (
            [cell for cell in free if grade_id(cell) == name],
            [cell for cell in free if grade_id(cell) is None and cell.id == original.id],
            [cell for cell in free if cell.source.strip() == original.source.strip()],
            [cell for cell in free if name in functions and defines(cell.source, functions[name])],
        )
        for found in filter(None, ways):
            owners[name] = found[-1]
            taken.add(id(found[-1]))
            if len(found) > 1 and found is ways[0]:
                notes.append(f"cell {name!r} occurs {len(found)} times; all of them run, in order")
            break
    return owners


def defines(source: str, function: str) -> bool:
    return re.search(rf"^(def|class)\s+{function}\b|^{function}\s*=", source, re.MULTILINE) is not None


def adopt(cell: nbformat.NotebookNode, original: nbformat.NotebookNode, notes: list[str]) -> None:
    """Make a student's cell the released one: its id and metadata always, its text when it is locked."""
    cell["id"] = original.id
    cell.metadata["nbgrader"] = copy.deepcopy(original.metadata.nbgrader)
    if original.metadata.nbgrader.get("locked") and cell.source != original.source:
        notes.append(f"locked cell {original.metadata.nbgrader.grade_id!r} had been changed; its released text counts")
        cell.source = original.source
    if original.cell_type == "markdown" and cell.source == harmless(original.source):
        cell.source = original.source  # nobody touched it: its HTML is the instructor's


def put_back(original: nbformat.NotebookNode) -> nbformat.NotebookNode:
    cell = copy.deepcopy(original)
    cell.metadata[MARK] = True
    return cell


def with_unique_ids(cells: list) -> list:
    seen = {""}
    for number, cell in enumerate(cells):
        numbered = (f"{cell.id[:50] or 'cell'}-{n}" for n in itertools.count(number))
        cell["id"] = next(name for name in itertools.chain([cell.id], numbered) if name not in seen)
        seen.add(cell.id)
    return cells


def cells_to_run(notebook: nbformat.NotebookNode) -> list[tuple[int, str]]:
    """The student's own code as (index, source): no grade cells, none tagged `explore`, none put back by us."""
    cells, room = [], MAX_CODE
    for index, cell in enumerate(notebook.cells):
        graded = cell.metadata.get("nbgrader", {}).get("grade") or marked_by_hand(cell)
        theirs = cell.cell_type == "code" and not graded
        given = "explore" in cell.metadata.get("tags", []) or MARK in cell.metadata
        if theirs and not given and cell.source.strip() and len(cell.source) <= room:
            room -= len(cell.source)
            cells.append((index, cell.source))
    return cells
