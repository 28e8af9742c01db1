"""The canonical form of the course's notebooks: `python -m tools.canonical --check` or `--fix`.

A notebook in the repository holds what an author wrote and nothing that a machine added: nbformat 4.5, no outputs, no
execution counts, no version of the language, cell ids that are readable and stay, keys sorted, one space of indent and
a newline at the end. Two people who save the same notebook get the same bytes.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

import nbformat

FOLDERS = ("lectures", "solutions", "assignments", "docs")
VIEWER_METADATA = ("collapsed", "scrolled", "execution", "ExecuteTime")  # what front ends leave behind
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8,}")
READABLE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NotANotebook(ValueError):
    """The text cannot be put into canonical form: it is no notebook of nbformat 4."""


def parse(text: str) -> dict:
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotANotebook(f"not JSON: {error}") from None
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4:
        raise NotANotebook("not a notebook of nbformat 4")
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise NotANotebook("not a valid notebook: `cells` must be a list of cells")
    # Ids may be missing or doubled, these are repaired; all the rest must be as the schema wants it.
    named = [cell | {"id": f"cell-{place}"} for place, cell in enumerate(cells)]
    try:
        nbformat.validate(notebook | {"nbformat_minor": 5, "cells": named})
    except nbformat.ValidationError as error:
        raise NotANotebook(f"not a valid notebook: {error.message}") from None
    return notebook


def problems(text: str) -> list[str]:
    """Say what keeps the text of a notebook from being canonical; nothing, when it is."""
    try:
        notebook = parse(text)
    except NotANotebook as error:
        return [str(error)]
    found = []
    if notebook["nbformat_minor"] != 5:
        found.append(f"nbformat is 4.{notebook['nbformat_minor']}, not 4.5")
    if "version" in notebook["metadata"].get("language_info", {}):
        found.append("metadata.language_info has a version")
    for place, cell in enumerate(notebook["cells"], start=1):
        found += [f"cell {place} ({cell.get('id')}) {problem}" for problem in _cell_problems(cell)]
    for id, times in Counter(cell.get("id") for cell in notebook["cells"]).items():
        if id is not None and times > 1:
            found.append(f"{times} cells have the id {id!r}")
    if not found and text != canonical(text):
        found.append("keys, indent, line ends or the end of the file differ from the canonical form")
    return found


def canonical(text: str) -> str:
    """The canonical text of the same notebook. Ids that are missing, doubled or random become readable ones."""
    notebook = parse(text)
    notebook["nbformat_minor"] = 5
    notebook["metadata"].get("language_info", {}).pop("version", None)
    taken: set[str] = set()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        for key in VIEWER_METADATA:
            cell["metadata"].pop(key, None)
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
    if left := [key for key in VIEWER_METADATA if key in cell["metadata"]]:
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


def fix(path: Path, text: str) -> list[str]:
    """Rewrite a notebook in its canonical form; return what is still wrong with it."""
    try:
        better = canonical(text)
    except NotANotebook as error:
        return [str(error)]
    path.write_bytes(better.encode())
    print(f"{path}: rewritten")
    return problems(better)


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
        text = path.read_bytes().decode("utf-8", errors="replace")
        found = problems(text)
        if found and options.fix:
            found = fix(path, text)
        bad += bool(found)
        print("".join(f"{path}: {problem}\n" for problem in found), end="")
    if bad and options.check:
        print("To put this right: .venv/bin/python -m tools.canonical --fix")
    return 1 if bad else 0


def show(path: Path) -> int:
    """Print a notebook as jupytext's percent text; a file that is no notebook is printed as it is."""
    import jupytext  # takes a second, which only this needs

    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        text = jupytext.writes(jupytext.reads(text, fmt="ipynb"), fmt="py:percent")
    except Exception:  # half-merged or broken: git still wants to show it
        pass
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
