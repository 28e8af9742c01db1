"""conftest.py in the submission

Hands in a conftest.py that turns every failed test into a passed one.
"""

from tests.hostile.specimen import answer, write

HOOKS = """
import pytest
open("/tmp/hostile-was-here-conftest", "w").close()

@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    return True

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    report.outcome = "passed"
"""


def submit(folder, notebook):
    (folder / "conftest.py").write_text(HOOKS)
    (folder.parent / "conftest.py").write_text(HOOKS)
    write(folder, answer(notebook, "scale", "def scale(x, factor):\n    return x - factor"))
