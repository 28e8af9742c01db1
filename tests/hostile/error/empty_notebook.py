"""empty

Hands in a notebook without cells.
"""

EXPECT = {"total": "error"}

from tests.hostile.specimen import write


def submit(folder, notebook):
    write(folder, notebook | {"cells": []})
