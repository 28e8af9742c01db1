"""output floods

Prints 20 MB in its cell and in every call, and is right.
"""

# %%
for _ in range(1000):
    print("x" * 20_000)


# %% scale
def scale(x, factor):
    import sys

    for _ in range(500):
        print("y" * 20_000)
        sys.stderr.write("z" * 20_000)
    return x * factor
