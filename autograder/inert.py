"""Stands for whatever draws or asks while a submission is graded: takes any use, does nothing, never gets in the way.

>>> figure, (left, right) = Inert().subplots(1, 2)
>>> left.plot([1, 2], label="loss") * 2
(not drawn while grading)

This module travels into the sandbox: standard library only.
"""

import dis
import importlib.abc
import importlib.machinery
import sys
import types

INERT = ("matplotlib", "mpl_toolkits", "seaborn", "plotly", "ipywidgets", "anywidget", "IPython")


class Inert(types.ModuleType):
    """Stands for what only draws or asks: takes any attribute, call, item, loop or arithmetic, and does nothing."""

    __version__ = "0"

    def __init__(self, *args: object, **kwargs: object) -> None:  # also of a student's class that inherits from it
        super().__init__("inert")

    def __mro_entries__(self, bases: tuple) -> tuple:
        return (Inert,)

    def __getattr__(self, name: str) -> "Inert":
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Inert()

    def __setitem__(self, key: object, value: object) -> None: ...

    def __delitem__(self, key: object) -> None: ...

    def __iter__(self):
        return iter([Inert() for _ in range(_names_to_fill(sys._getframe(1)))])

    def __len__(self) -> int:
        return 2

    def __bool__(self) -> bool:
        return True

    def __contains__(self, item: object) -> bool:
        return False

    def __instancecheck__(self, value: object) -> bool:
        return False

    def __index__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0

    def __array__(self, dtype: object = None, copy: bool | None = None):
        import numpy

        return numpy.zeros((), dtype)

    def __enter__(self) -> "Inert":
        return self

    def __exit__(self, *error: object) -> None: ...

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __repr__(self) -> str:
        return "(not drawn while grading)"


def _inert(self: Inert, *args: object, **kwargs: object) -> Inert:
    return Inert()


for _name in "add sub mul matmul truediv floordiv mod pow and or xor".split():
    setattr(Inert, f"__{_name}__", _inert)
    setattr(Inert, f"__r{_name}__", _inert)
for _name in "call getitem neg pos abs invert round".split():
    setattr(Inert, f"__{_name}__", _inert)
for _name in "lt le gt ge".split():
    setattr(Inert, f"__{_name}__", lambda self, other: False)


def _names_to_fill(frame: types.FrameType) -> int:
    """How many values the statement under way asks for: `fig, (left, right) = ...` and `line, = ...` are all served."""
    operation, count = frame.f_code.co_code[frame.f_lasti : frame.f_lasti + 2]
    if dis.opname[operation] == "UNPACK_EX":  # first, *rest = ...
        return count + 1
    return count if dis.opname[operation] == "UNPACK_SEQUENCE" else 2


def display(*values: object, **options: object) -> Inert:
    """Jupyter's `display`: a figure of matplotlib is drawn, what is inert is not, anything else is printed."""
    drawing = sys.modules.get("autograder.drawing")
    for value in values:
        if drawing is not None and isinstance(value, drawing.Figure):
            drawing.keep(value)
        elif not isinstance(value, Inert):
            try:
                print(repr(value))
            except Exception:  # as in Jupyter, what cannot be shown stops nothing
                print("(could not be shown)")
    return Inert()


class InertFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Lets a submission import drawing packages that its sandbox does not contain."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in INERT:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Inert()

    def exec_module(self, module) -> None:
        module.__path__ = []
        if module.__spec__.name.startswith("IPython.") and module.__spec__.name.endswith(".display"):
            module.display = display
