"""The canonical form of the course's notebooks: `python -m tools.canonical --check` or `--fix`.

A notebook in the repository holds what an author wrote and nothing that a machine added: nbformat 4.5, no outputs, no
execution counts, no version of the language, cell ids that are readable and stay, keys sorted, one space of indent and
a newline at the end. Two people who save the same notebook get the same bytes.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

FOLDERS = ("lectures", "solutions", "assignments")
VIEWER_METADATA = ("collapsed", "scrolled", "execution", "ExecuteTime", "jupyter")  # what front ends leave behind
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8,}")
READABLE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def problems(text: str) -> list[str]:
    """Say what keeps the text of a notebook from being canonical; nothing, when it is."""
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        return [f"not JSON: {error}"]
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        return ["not a notebook of nbformat 4: it has no list of cells"]
    found = []
    if (notebook.get("nbformat"), notebook.get("nbformat_minor")) != (4, 5):
        found.append(f"nbformat is {notebook.get('nbformat')}.{notebook.get('nbformat_minor')}, not 4.5")
    if "version" in notebook.get("metadata", {}).get("language_info", {}):
        found.append("metadata.language_info has a version")
    for index, cell in enumerate(notebook["cells"]):
        found += [f"cell {index + 1} ({cell.get('id')}): {problem}" for problem in _cell_problems(cell)]
    for id, times in Counter(cell.get("id") for cell in notebook["cells"]).items():
        if id is not None and times > 1:
            found.append(f"{times} cells have the id {id!r}")
    if not found and text != canonical(text):
        found.append("keys, indent or the end of the file differ from the canonical form")
    return found


def canonical(text: str) -> str:
    """The canonical text of the same notebook. Ids that are missing, doubled or random become readable ones."""
    notebook = copy.deepcopy(json.loads(text))
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    notebook.get("metadata", {}).get("language_info", {}).pop("version", None)
    taken: set[str] = set()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        for key in VIEWER_METADATA:
            cell.setdefault("metadata", {}).pop(key, None)
        cell["source"] = _lines(cell["source"])
        id = cell.get("id")
        cell["id"] = id if _readable(id) and id not in taken else _new_id(cell, taken)
        taken.add(cell["id"])
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _cell_problems(cell: dict) -> list[str]:
    found = []
    if cell.get("outputs"):
        found.append("has outputs")
    if cell.get("execution_count") is not None:
        found.append("has an execution count")
    if left := [key for key in VIEWER_METADATA if key in cell.get("metadata", {})]:
        found.append(f"has the metadata `{left[0]}`, which a front end left")
    if "id" not in cell:
        found.append("has no id")
    elif not _readable(cell["id"]):
        found.append("has an id that does not say what the cell is for")
    return found


def _readable(id: object) -> bool:
    """Whether an id was given by a person: the random ones of front ends are hexadecimal."""
    if not isinstance(id, str) or not READABLE_ID.fullmatch(id):
        return False
    return not (RANDOM_ID.fullmatch(id) and re.search(r"\d", id))


def _new_id(cell: dict, taken: set[str]) -> str:
    """An id from the grade id, or else from the first words of the cell."""
    words = re.findall(r"[a-z]{2,}", "".join(cell["source"]).lower())[:4]
    base = cell["metadata"].get("nbgrader", {}).get("grade_id") or "-".join(words) or cell["cell_type"]
    base = re.sub(r"[^A-Za-z0-9_-]", "-", base)[:56]
    number = 2
    id = base if _readable(base) else f"cell-{base}"
    while id in taken:
        id = f"{base}-{number}"
        number += 1
    return id


def _lines(source: str | list[str]) -> list[str]:
    return "".join(source).splitlines(keepends=True)


def notebooks(root: Path) -> list[Path]:
    """All notebooks of the course under `root`."""
    found = (path for folder in FOLDERS for path in (root / folder).rglob("*.ipynb"))
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.canonical", description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="list what is not canonical, and fail")
    what.add_argument("--fix", action="store_true", help="rewrite what is not canonical")
    what.add_argument("--text", action="store_true", help="print one notebook as text, for git diff")
    parser.add_argument("notebooks", nargs="*", type=Path, help="by default all notebooks of the course")
    options = parser.parse_args(arguments)
    if options.text:
        return show(options.notebooks[0])
    bad = 0
    for path in options.notebooks or notebooks(Path.cwd()):
        text = path.read_text(encoding="utf-8")
        found = problems(text)
        if found and options.fix and "not " not in found[0][:4]:
            path.write_text(canonical(text), encoding="utf-8", newline="\n")
            found = problems(path.read_text(encoding="utf-8"))
            print(f"{path}: rewritten")
        bad += bool(found)
        print("".join(f"{path}: {problem}\n" for problem in found), end="")
    if bad and options.check:
        print("To put this right: .venv/bin/python -m tools.canonical --fix")
    return 1 if bad else 0


def show(path: Path) -> int:
    """Print a notebook as jupytext's percent text; a file that is no notebook is printed as it is."""
    command = [sys.executable, "-m", "jupytext", "--quiet", "--from", "ipynb", "--to", "py:percent", "-o", "-"]
    text = path.read_text(encoding="utf-8", errors="replace")
    shown = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8")
    print(text if shown.returncode else shown.stdout, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
