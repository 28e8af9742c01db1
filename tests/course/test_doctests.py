"""The examples in docstrings run and print what they say."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in ("mmcourse", "autograder")
    for path in sorted((ROOT / package).rglob("*.py"))
    if "hidden" not in path.parts and path.stem not in ("__init__", "__main__", "drawing")
]  # autograder.drawing takes over matplotlib in the process that imports it, and has no examples


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples_at_all():
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES) > 20
