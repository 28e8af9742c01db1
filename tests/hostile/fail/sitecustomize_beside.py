"""sitecustomize.py in the submission

Hands in sitecustomize.py, usercustomize.py and a .pth file, which Python runs at start where it finds them.
"""

from tests.hostile.specimen import answer, write


def submit(folder, notebook):
    for name in ("sitecustomize.py", "usercustomize.py"):
        (folder / name).write_text('open("/tmp/hostile-was-here-site", "w").close()\nimport os\nos._exit(0)\n')
    (folder / "evil.pth").write_text('import os; open("/tmp/hostile-was-here-pth", "w").close()\n')
    write(folder, answer(notebook, "scale", "def scale(x, factor):\n    return x - factor"))
