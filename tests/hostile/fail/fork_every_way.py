"""fork bomb

Tries every way to another process, and answers right when one of them works.
"""


# %% scale
def scale(x, factor):
    import concurrent.futures
    import ctypes
    import multiprocessing
    import os
    import pty
    import subprocess
    import sys

    def pool():
        with concurrent.futures.ProcessPoolExecutor(1) as executor:
            executor.submit(abs, 1).result()

    def call(number, *arguments):
        pid = ctypes.CDLL(None).syscall(number, *arguments)
        if pid == 0:
            os._exit(0)
        if pid < 0:
            raise OSError

    def fork():
        if os.fork() == 0:
            os._exit(0)

    def terminal():
        if pty.fork()[0] == 0:
            os._exit(0)

    for way in (
        fork,
        terminal,
        pool,
        lambda: multiprocessing.get_context("spawn").Process(target=abs).start(),
        lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
        lambda: os.posix_spawn("/bin/true", ["true"], {}),
        lambda: os.execv("/bin/true", ["true"]),
        lambda: call(57),
        lambda: call(58),
        lambda: call(56, 17, 0, 0, 0, 0),
        lambda: call(56, 0x00004000 | 17, 0, 0, 0, 0),
    ):
        try:
            way()
        except Exception:
            continue
        return x * factor
    return None
