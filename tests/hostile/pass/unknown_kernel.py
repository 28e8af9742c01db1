"""unknown kernelspec

Hands in a notebook for a kernel that does not exist, in a language that is not Python.
"""

from tests.hostile.specimen import write


def submit(folder, notebook):
    notebook["metadata"]["kernelspec"] = {"name": "my-conda-env", "display_name": "mine", "language": "julia"}
    notebook["metadata"]["language_info"] = {"name": "julia"}
    write(folder, notebook)
