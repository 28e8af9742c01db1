"""no metadata

Hands in a notebook whose cells have lost their ids and metadata, as after a round trip through Colab.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    cells = [{"cell_type": cell["cell_type"], "source": cell["source"]} for cell in notebook["cells"]]
    write(folder, {"nbformat": 4, "nbformat_minor": 0, "metadata": {"colab": {}}, "cells": cells})
