"""Every written lecture, read once and run once."""

import pytest

from tests.lectures.executing import WRITTEN, Executed, execute, read


@pytest.fixture(scope="session", params=WRITTEN, ids=lambda lecture: lecture.name)
def lecture(request):
    return request.param


@pytest.fixture(scope="session")
def notebook(lecture):
    return read(lecture)


@pytest.fixture(scope="session")
def executed(lecture) -> Executed:
    return execute(lecture)
