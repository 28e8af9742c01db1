"""not JSON

Hands in a notebook whose format is a number of ten million digits.
"""

EXPECT = {"total": "error"}
NOTES = "a01_toy.ipynb"


def submit(folder, notebook):
    (folder / "a01_toy.ipynb").write_text('{"cells": [], "nbformat": ' + "9" * 10_000_000 + "}")
