"""sys.exit(0)

Ends the program with success before the answer is defined.
"""

# %% scale
import sys

sys.exit(0)


def scale(x, factor):
    return x * factor
