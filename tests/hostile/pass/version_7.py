"""nbformat of the future

Hands in a notebook that says it is in format 7.12.
"""

from tests.hostile.specimen import write

NOTES = "format 7"


def submit(folder, notebook):
    write(folder, notebook | {"nbformat": 7, "nbformat_minor": 12})
