"""What all tests share."""

from pathlib import Path

import hypothesis
import pytest

from autograder.course import Course

ROOT = Path(__file__).parent.parent

# A shared runner is slow at times; that is no failure of the code.
hypothesis.settings.register_profile("course", hypothesis.settings.get_profile("default"), deadline=None)
hypothesis.settings.load_profile("course")


@pytest.fixture(scope="session")
def course() -> Course:
    """The course in this repository; tests only read it."""
    return Course(ROOT)
