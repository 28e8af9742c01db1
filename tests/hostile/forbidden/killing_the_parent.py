"""killing the parent

Kills the process that grades it, by every number it can think of.
"""


# %% scale
def scale(x, factor):
    import os
    import signal

    refused = None
    for process in (os.getppid(), int("@PID@"), 0, -1, -int("@PID@")):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue
        except PermissionError as error:
            refused = error
    raise refused
