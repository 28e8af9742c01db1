"""prints

Prints on both streams, shows progress, logs.
"""

# %%
import logging
import sys

logging.basicConfig(level=logging.DEBUG)
print("loading ...", end="\r", flush=True)


# %% scale
def scale(x, factor):
    print("x is", x, file=sys.stderr)
    logging.getLogger(__name__).warning("scaling by %s", factor)
    sys.stdout.write("done\n")
    sys.stdout.flush()
    return x * factor
