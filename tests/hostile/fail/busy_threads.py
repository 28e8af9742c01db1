"""thread bomb

Starts threads that work for ever, answers, and leaves them to eat the next calls' time.
"""

EXPECT = {"scale": "fail|timeout", "total": "pass|timeout"}


# %% scale
def scale(x, factor):
    import threading

    def spin():
        while True:
            pass

    try:
        for _ in range(30):
            threading.Thread(target=spin, daemon=True).start()
    except BaseException:
        pass
    return None
