"""magics and shell lines in solutions

Uses magics, shell commands, questions and their results in the cell that is graded.
"""

from tests.hostile.specimen import answer, new_cell, write


def submit(folder, notebook):
    source = "%matplotlib inline\n!pip install numpy\nfiles = !ls\nnumpy?\n%time y = 3 % 2\n"
    answer(notebook, "scale", source + "def scale(x, factor):\n    return x * factor")
    notebook["cells"].insert(2, new_cell("%%bash\necho hello\nrm -rf data", id="bash"))
    notebook["cells"].insert(2, new_cell("%%time\nz = 1", id="timed"))
    write(folder, notebook)
