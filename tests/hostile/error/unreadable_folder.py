"""symlinks

Hands in a folder that nobody may look into.
"""

EXPECT = {"total": "error"}


def submit(folder, notebook):
    folder.chmod(0)
