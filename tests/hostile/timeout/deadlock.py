"""C-level hang

Waits for a lock that it holds, with every signal blocked.
"""


# %% scale
def scale(x, factor):
    import signal
    import threading

    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
