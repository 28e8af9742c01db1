"""nbformat 3

Hands in a notebook in the format of 2013, without ids or metadata.
"""

from tests.hostile.specimen import write

NOTES = "old notebook format 3"


def submit(folder, notebook):
    cells = [
        {"cell_type": "code", "language": "python", "collapsed": False, "input": cell["source"], "outputs": []}
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
    write(folder, {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]})
