"""full disk

Makes a million empty files, wherever it may write.
"""


# %% scale
def scale(x, factor):
    import os

    for folder in (".", "/tmp", "/dev/shm", "@COURSE@"):
        try:
            for number in range(1_000_000):
                open(os.path.join(folder, f"hostile-was-here-{number}"), "w").close()
        except OSError:
            continue
    return None
