"""infinite loop

Never ends.
"""


# %% scale
def scale(x, factor):
    while True:
        pass
