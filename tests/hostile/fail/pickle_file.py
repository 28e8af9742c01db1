"""malicious pickles in files

Hands in a model.pt, an array.npy and a cache.pkl, which run code when something loads them.
"""

import pickle

from tests.hostile.specimen import answer, write


class Trap:
    def __reduce__(self):
        return exec, ("open('/tmp/hostile-was-here-file', 'w').close()",)


def submit(folder, notebook):
    for name in ("model.pt", "array.npy", "cache.pkl", "a01_toy.pkl"):
        (folder / name).write_bytes(pickle.dumps(Trap()))
    write(folder, answer(notebook, "scale", "def scale(x, factor):\n    return x - factor"))
