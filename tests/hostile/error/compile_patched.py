"""AST transformers

Replaces compile, exec, eval and ast.parse, so that whatever is compiled later becomes nothing.
"""

EXPECT = {"total": "error"}

# %%
import ast
import builtins

empty = builtins.compile("pass", "<nothing>", "exec")
builtins.compile = lambda *args, **kwargs: empty
builtins.exec = lambda *args, **kwargs: None
ast.parse = lambda *args, **kwargs: ast.Module([], [])


# %% scale
def scale(x, factor):
    return x
