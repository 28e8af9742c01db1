"""/proc

Answers right only when it sees another process, its memory, its open files or its working folder.
"""


# %% scale
def scale(x, factor):
    import os

    try:
        listed = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        listed = []
    for process in {str(os.getppid()), "1", "@PID@", *listed}:
        if process == str(os.getpid()) or process == "0":
            continue
        for name in ("cmdline", "environ", "maps", "mem", "cwd", "root", "fd"):
            path = f"/proc/{process}/{name}"
            try:
                seen = os.listdir(path) if name in ("cwd", "root", "fd") else open(path, "rb").read(1)
            except OSError:
                continue
            if seen:
                return x * factor
    return None
