"""replaced kernel methods

Replaces the kernel's do_execute by one that runs nothing and reports success.
"""


# %%
async def do_execute(*args, **kwargs):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}


get_ipython().kernel.do_execute = do_execute


# %% scale
def scale(x, factor):
    return x
