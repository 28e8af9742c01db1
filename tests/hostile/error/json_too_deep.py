"""not JSON

Hands in a million opening brackets.
"""

EXPECT = {"total": "error"}
NOTES = "nested too deep"


def submit(folder, notebook):
    (folder / "a01_toy.ipynb").write_text('{"cells": ' + "[" * 1_000_000)
