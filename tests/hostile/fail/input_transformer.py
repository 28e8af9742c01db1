"""input transformers

Registers a transformer with IPython that replaces the text of every later cell.
"""


# %%
def nothing(lines):
    return ["pass\n"]


get_ipython().input_transformers_cleanup.append(nothing)
get_ipython().input_transformers_post.append(nothing)


# %% scale
def scale(x, factor):
    return x
