"""top-level await in solutions

Awaits outside of any function, in the cell that is graded.
"""

# %% scale
import asyncio


async def slowly(value):
    await asyncio.sleep(0.01)
    return value


FACTOR = await slowly(1.0)


def scale(x, factor):
    return x * factor * FACTOR
