"""infinite loop

Waits for ever without working.
"""


# %% scale
def scale(x, factor):
    import time

    while True:
        time.sleep(1000)
