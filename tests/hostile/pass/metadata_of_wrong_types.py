"""no metadata

Hands in metadata that are lists, numbers and null where dictionaries belong.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"] = [None, [], 7, "nbgrader", {"nbgrader": []}, {"tags": 3, "nbgrader": 5}][number % 6]
    write(folder, notebook | {"metadata": []})
