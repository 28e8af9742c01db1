"""blocking atexit handlers

Draws a figure that takes for ever to draw, after the cell has ended; is right.
"""

# %%
import matplotlib.pyplot as plt
from matplotlib.figure import Figure


def never(self, *args, **kwargs):
    while True:
        pass


Figure.savefig = Figure.draw = never
plt.plot([1, 2])


# %% scale
def scale(x, factor):
    return x * factor
