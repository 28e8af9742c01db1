"""not JSON

Hands in ten million empty lists: 30 MB on disk, a gigabyte as objects.
"""

EXPECT = {"total": "error"}
NOTES = "a01_toy.ipynb"


def submit(folder, notebook):
    (folder / "a01_toy.ipynb").write_text('{"nbformat": 4, "cells": [' + "[]," * 10_000_000 + "[]]}")
