"""pytest.ini in the submission

Hands in settings for pytest, IPython and nbgrader that would deselect or replace the tests.
"""

from tests.hostile.specimen import answer, write


def submit(folder, notebook):
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --collect-only -k nothing\npython_files = nothing.py\n")
    (folder / "setup.cfg").write_text("[tool:pytest]\naddopts = --collect-only\n")
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '--collect-only'\n")
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.Execute.enabled = False\n")
    (folder / "ipython_config.py").write_text("c = get_config()\nc.InteractiveShellApp.exec_lines = ['1/0']\n")
    write(folder, answer(notebook, "scale", "def scale(x, factor):\n    return x - factor"))
