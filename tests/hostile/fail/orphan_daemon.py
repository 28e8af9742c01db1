"""orphan daemons

Tries to leave a process behind that belongs to nobody, in a session of its own.
"""


# %% scale
def scale(x, factor):
    import ctypes
    import os
    import time

    try:
        ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(1000)
            os._exit(0)
    except OSError:
        pass
    return None
