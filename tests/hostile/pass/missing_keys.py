"""missing schema keys

Hands in cells without outputs, counts, ids and nbgrader's schema keys, and with text as lists of lines.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    for cell in notebook["cells"]:
        for key in ("outputs", "execution_count", "id"):
            cell.pop(key, None)
        for key in ("schema_version", "points", "locked", "task", "solution", "grade"):
            cell["metadata"].get("nbgrader", {}).pop(key, None)
        cell["source"] = cell["source"].splitlines(keepends=True)
    notebook.pop("metadata")
    notebook.pop("nbformat_minor")
    write(folder, notebook)
