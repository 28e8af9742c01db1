"""nbformat of the future

Hands in a notebook whose format is a word and whose minor format is below zero.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    write(folder, notebook | {"nbformat": "four", "nbformat_minor": -1})
