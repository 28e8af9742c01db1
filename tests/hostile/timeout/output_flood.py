"""output floods

Prints for ever.
"""


# %% scale
def scale(x, factor):
    while True:
        print("all work and no play makes jack a dull boy " * 100)
