"""hostile callbacks

Hands out functions, generators, coroutines, modules, classes and bound methods instead of values.
"""

# %% scale
calls = 0


def scale(x, factor):
    import sys

    global calls
    calls += 1

    def generator():
        while True:
            yield x

    async def coroutine():
        return x

    things = [lambda *args: True, generator(), sys, type("Class", (), {}), x.sum, memoryview(b"1")]
    return things[calls % len(things)]
