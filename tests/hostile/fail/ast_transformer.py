"""AST transformers

Registers a transformer with IPython that takes every assert statement out of later cells.
"""

# %%
import ast


class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)

    def visit_Expr(self, node):
        return ast.copy_location(ast.Pass(), node)


get_ipython().ast_transformers.append(NoAsserts())


# %% scale
def scale(x, factor):
    return x
