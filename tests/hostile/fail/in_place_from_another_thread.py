"""in-place change of inputs

Goes on writing into its inputs after it returned.
"""


# %% scale
def scale(x, factor):
    import threading

    def wipe():
        for _ in range(10_000):
            x[...] = 0.0

    threading.Thread(target=wipe, daemon=True).start()
    return x
