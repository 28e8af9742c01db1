"""not JSON

Hands in half a notebook.
"""

import json

EXPECT = {"total": "error"}
NOTES = "is not JSON"


def submit(folder, notebook):
    text = json.dumps(notebook)
    (folder / "a01_toy.ipynb").write_text(text[: len(text) // 2])
