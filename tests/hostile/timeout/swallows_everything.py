"""loop that swallows every exception

Goes on after every exception and every signal.
"""


# %% scale
def scale(x, factor):
    import signal

    for number in range(1, 65):
        try:
            signal.signal(number, lambda *args: None)
        except (OSError, ValueError):
            continue
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
