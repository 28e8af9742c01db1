"""classes

Answers with an instance of a class that is called, with properties and inheritance.
"""

# %%
import functools
from abc import ABC, abstractmethod


class Operation(ABC):
    @abstractmethod
    def apply(self, x, factor): ...

    def __call__(self, x, factor):
        return self.apply(x, factor)


class Scale(Operation):
    @functools.cached_property
    def one(self):
        return 1.0

    def apply(self, x, factor):
        return x * factor * self.one


# %% scale
scale = Scale()
