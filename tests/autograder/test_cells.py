"""Cells run as Jupyter would run them, whatever they do."""

import ast
import re
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import wire
from autograder.cells import TEXT_LIMIT, CappedText, Session, describe, plain_python
from autograder.inert import INERT, Inert, InertFinder

ROOT = Path(__file__).parents[2]


def programs(text: str) -> dict[str, list[str]]:
    """Cut `text` at its lines `# %% name` into programs, and these at lines of dashes into cells."""
    parts = re.split(r"^# %% (.+)\n", text.strip(), flags=re.MULTILINE)[1:]
    return {name: cells.split("# ----\n") for name, cells in zip(parts[::2], parts[1::2])}


# From IPython to Python

PYTHON = [
    "x = 7 % 4\n",
    "x = 5 \\\n% 3",
    "x = (17\n     % 5)",
    "y = [7\n% 2\n]",
    'text = """\n%matplotlib inline\n!ls\nwhat?\n%%bash\n"""',
    "'''\n%time is money\n'''",
    "def f():\n    '''Docstring.\n\n    % of the total\n    ! careful\n    '''\n    return 1",
    "print('100 %d' % 5)\nprint('%s!' % 'a')",
    "name = 'x'\nprint(f'''\n{name}\n%load_ext x\n''')",
    "assert 1 != 2\nif not x != 3: pass",
    "s = 'a' \\\n    '% b'",
    "'''?'''\n'what?'\n# why?\n# %timeit\n# !ls",
    "x = {'a': 1,\n     'b': 7\n     % 4}",
    "",
    "   ",
    "\n\n# only a comment",
    "await f()\nasync with a: pass",
    "x: int = 5\nlambda: 3 % 2",
    "if x:\n\ty = 1 % 2\n",
    "def scale(x):\n    return x \\\n        % 5",
]


@pytest.mark.parametrize("source", PYTHON)
def test_what_python_reads_is_never_touched(source):
    ast.parse(source)
    assert plain_python(source) == source


@given(st.text(alphabet="x=1%!?()[]'\"\\\n #:f{}", max_size=30))
def test_no_text_that_python_reads_is_ever_touched_and_none_raises(source):
    try:
        ast.parse(source)
    except SyntaxError:
        plain_python(source)
    else:
        assert plain_python(source) == source


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("%matplotlib inline", "pass"),
        ("% matplotlib inline", "pass"),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("x = 1\n!pip install torch\ny = 2", "x = 1\npass\ny = 2"),
        ("!!ls", "pass"),
        ("!pip install 'a\nx = 1", "pass\nx = 1"),
        ("!echo it's\n%cd C:\\dir\nx = 1", "pass\npass\nx = 1"),
        ("!ls $(pwd\nx = 1", "pass\nx = 1"),
        ("!pip install a \\\n    b \\\n    c\nx = 1", "pass\n\n\nx = 1"),
        ("for i in range(3):\n    !echo {i}\n    %timeit i\nx = 1", "for i in range(3):\n    pass\n    pass\nx = 1"),
        ("if x:\n    %autoreload 2", "if x:\n    pass"),
        ("%time x = f(3)", "x = f(3)"),
        ("  %time x = f(3)", "x = f(3)"),
        ("%timeit -n 10 f(3)", "pass"),
        ("%%time\nx = 1", "\nx = 1"),
        ("\n%%time\nx = 1", "\n\nx = 1"),
        ("%%time\n\n%matplotlib inline\nx = 1", "\n\npass\nx = 1"),
        ("%%timeit -n 10\nx = 1", "\nx = 1"),
        ("%%capture out\nx = 1", "\nx = 1"),
        ("%%bash\nrm -rf x", ""),
        ("%%html\n<b>x</b>", ""),
        ("%%writefile a.py\nx = 1", ""),
        ("  %%javascript\nalert(1)", ""),
        ("np.sum?", "pass"),
        ("np.sum??", "pass"),
        ("?np.sum", "pass"),
        ("??np.sum", "pass"),
        ("np.s*?", "pass"),
        ("%timeit?", "pass"),
        ("f?  # what is it", "pass"),
        ("files = !ls", "files = None"),
        ("t = %timeit -o f()", "t = None"),
        ("a['x'] = !ls -la | wc", "a['x'] = None"),
        ("text = '''\n!ls\n%x\n'''\n!ls\ny = 7 % 2", "text = '''\n!ls\n%x\n'''\npass\ny = 7 % 2"),
        ("x = (7\n     % 2)\n%magic\ny = [\n  7\n  % 2]", "x = (7\n     % 2)\npass\ny = [\n  7\n  % 2]"),
        ("x = 5 \\\n% 3\n%magic", "x = 5 \\\n% 3\npass"),
        ("def f():\n    '''\n    %x\n    '''\n!ls", "def f():\n    '''\n    %x\n    '''\npass"),
        ("    x = 1\n    y = 2", "x = 1\ny = 2"),
        ("    x = 1\n    %magic\n    if x:\n        y = 2", "x = 1\npass\nif x:\n    y = 2"),
        ("%matplotlib inline\r\nx = 1\r\n", "pass\nx = 1\n"),
    ],
)
def test_what_only_ipython_reads_is_taken_out(source, plain):
    assert plain_python(source) == plain
    ast.parse(plain)


@pytest.mark.parametrize(
    "source",
    [
        "x = = 1",
        "print 'what?'",
        "def f(:\n    pass",
        "x = 1\n  y = 2",
        "what is it?",
        "x ! y",
        "return\n(",
        "'''%magic",
    ],
)
def test_real_mistakes_stay_where_they_are(source):
    assert plain_python(source) == source


def test_a_magic_beside_a_real_mistake_does_not_hide_it():
    source = plain_python("%matplotlib inline\nx = = 1\n")
    with pytest.raises(SyntaxError) as caught:
        ast.parse(source)
    assert caught.value.lineno == 2


# Running cells


@pytest.fixture
def session():
    made = Session()
    yield made
    made.loop.close()


def run(session, *cells: str) -> dict:
    """Run cells that must all succeed; returns the namespace."""
    for index, source in enumerate(cells):
        assert session.run_cell(index, textwrap.dedent(source)) == ("ok", "")
    return session.namespace


# Each program must leave x = 3; a line of dashes starts its next cell.
HONEST = programs(
    r"""
# %% a main guard
if __name__ == '__main__':
    x = 3
# %% a function of another cell
def f(): return g() + 1
# ----
def g(): return 2
# ----
x = f()
# %% a global statement
n = 2
# ----
def f():
    global n
    n += 1
# ----
f()
x = n
# %% a dataclass
from dataclasses import dataclass
@dataclass
class P:
    a: int = 3
# ----
x = P().a
# %% a named tuple
from typing import NamedTuple
class P(NamedTuple):
    a: int
x = P(3).a
# %% an enumeration
from enum import Enum
class C(Enum):
    A = 3
x = C('A' and 3).value
# %% a generator
def g():
    yield 1
    yield 2
x = sum(g())
# %% a decorator
import functools
@functools.lru_cache
def f(n): return n
x = f(3)
# %% a lambda
f = lambda n: n + 1
x = f(2)
# %% a closure
def f(n):
    def g():
        nonlocal n
        n += 1
        return n
    return g
x = f(2)()
# %% a comprehension over a name
n = 3
x = max(i for i in range(n + 1) if i <= n)
# %% exec and eval
exec('y = 2')
x = eval('y + 1')
# %% a walrus
if (y := 3) > 2:
    x = y
# %% a match
match [1, 2]:
    case [a, b]:
        x = a + b
# %% a star import
from math import *
x = floor(pi)
# %% deep recursion
def f(n): return 0 if n == 0 else 1 + f(n - 1)
x = f(500) - 497
# %% top-level await
import asyncio
async def f():
    await asyncio.sleep(0)
    return 3
# ----
x = await f()
# %% awaiting tasks
import asyncio
async def f(n):
    await asyncio.sleep(0.001)
    return n
x = sum(await asyncio.gather(f(1), f(2)))
# %% async for and with
class A:
    async def __aenter__(self): return 3
    async def __aexit__(self, *e): ...
async with A() as x:
    pass
# %% a future import
from __future__ import annotations
def f(a: Unknown) -> Other: return 3
x = f(1)
# %% a future import of an earlier cell
from __future__ import annotations
# ----
def f(a: Unknown): return 3
# ----
x = f(1)
# %% a docstring, then a future import
'''doc'''
from __future__ import annotations
def f(a: U): ...
x = 3
# %% annotated names
x: int = 3
y: 'Later'
# %% a class variable in words
from __future__ import annotations
import dataclasses
from typing import ClassVar
@dataclasses.dataclass
class P:
    n: ClassVar[int] = 3
    a: int = 1
x = len(dataclasses.fields(P)) + 2
# %% type hints looked up
import typing
class A: ...
def f(a: 'A'): ...
x = 3 * (typing.get_type_hints(f)['a'] is A)
# %% source of a function
import inspect
def f():
    return 1 % 2
x = 3 * ('% 2' in inspect.getsource(f))
# %% deep copies
import copy
class A: b = [3]
x = copy.deepcopy(A()).b[0]
# %% pickles
import pickle
class A: b = 3
x = pickle.loads(pickle.dumps(A())).b
# %% display and help
help(print)
display(3)
get_ipython().run_line_magic('matplotlib', 'inline')
x = 3
# %% warnings
import warnings
warnings.warn('careful')
x = 3
# %% numpy
import numpy as np
# ----
x = float(np.ones(3) @ np.ones(3))
"""
)


@pytest.mark.parametrize("name", HONEST)
@pytest.mark.filterwarnings("ignore")
def test_honest_cells_run_as_they_do_in_jupyter(session, name, monkeypatch):
    monkeypatch.setitem(sys.modules, "__main__", session.module)
    assert run(session, *HONEST[name])["x"] == 3


def test_a_failed_import_costs_only_what_needs_it(session):
    status, failure = session.run_cell(
        1, "import os, not_there, math\nfrom not_there import thing\nx = math.floor(3.5)"
    )
    assert status == "error" and session.namespace["x"] == 3
    assert "import os, not_there, math" in failure and failure.endswith("No module named 'not_there'")
    status, failure = session.run_cell(2, "if True:\n    import not_there\ny = 1")
    assert status == "error" and "y" not in session.namespace
    assert run(session, "try:\n    import not_there\nexcept ImportError:\n    not_there = None\nz = 1")["z"] == 1


def test_a_cell_that_fails_keeps_what_came_before_and_the_next_one_runs(session):
    status, failure = session.run_cell(1, "a = 1\n1 / 0\nb = 2")
    assert status == "error" and failure.endswith("ZeroDivisionError: division by zero")
    assert run(session, "c = a + 1")["c"] == 2 and "b" not in session.namespace


def test_a_cell_that_does_not_parse_runs_nothing_and_shows_the_line(session):
    for index, source in enumerate(["a = 1\nb = = 2", "a = 1\n  b = 2", "a = (1", "a = '\0'"]):
        assert session.run_cell(index, source)[0] == "error"
        assert "a" not in session.namespace
    _, failure = session.run_cell(7, "a = 1\nb = = 2")
    assert failure.splitlines()[:2] == ['  File "<your cell 7>", line 2', "    b = = 2"]
    assert failure.endswith("SyntaxError: invalid syntax (<your cell 7>, line 2)")


@pytest.mark.parametrize("source", ["-" * 20_000 + "1", "(" * 500, "[" * 250 + "]" * 250, "x" * 10**6 + " ="])
def test_cells_that_break_the_parser_are_errors_like_any_other(session, source):
    assert session.run_cell(1, source)[0] == "error"
    assert session.run_cell(2, "x = 1") == ("ok", "")


# Errors

FRAMES = """
def outer():
    return inner()

def inner():
    import json
    return json.loads("{")
"""


def failure_of(session, source: str) -> tuple[str, str, str, str]:
    """What `describe` says of the exception that `source` raises."""
    run(session, "def fail():\n" + textwrap.indent(textwrap.dedent(source), "    "))
    try:
        session.namespace["fail"]()
    except BaseException:
        return describe()
    raise AssertionError("it did not fail")


def test_a_traceback_shows_the_students_own_lines_only(session):
    status, failure = session.run_cell(3, FRAMES.strip() + "\nouter()")
    assert status == "error"
    assert [line for line in failure.splitlines() if line.startswith("  File")] == [
        '  File "<your cell 3>", line 7, in <module>',
        '  File "<your cell 3>", line 2, in outer',
        '  File "<your cell 3>", line 6, in inner',
    ]
    assert 'return json.loads("{")' in failure and "JSONDecodeError" in failure.splitlines()[-1]
    assert "json/" not in failure and "autograder" not in failure


def test_kinds_of_errors(session):
    assert failure_of(session, "raise ValueError('x')")[:3] == ("error", "ValueError", "x")
    assert failure_of(session, "raise MemoryError")[:3] == ("memory", "MemoryError", "")
    assert failure_of(session, "raise PermissionError(1, 'no')")[:2] == ("forbidden", "PermissionError")
    assert failure_of(session, "raise SystemExit(0)")[:3] == ("error", "SystemExit", "0")
    assert failure_of(session, "raise KeyboardInterrupt")[:2] == ("error", "KeyboardInterrupt")
    assert failure_of(session, "import no.such")[1] == "ModuleNotFoundError"
    assert failure_of(session, "exec('1 +')")[1] == "SyntaxError"


def test_runaway_recursion_is_described_in_a_few_lines(session):
    kind, name, message, trace = failure_of(session, "def f(): return f()\nf()")
    assert (kind, name) == ("error", "RecursionError") and "maximum recursion depth" in message
    assert trace.count("File") <= 8


NASTY = programs(
    r"""
# %% str raises
class E(Exception):
    def __str__(self): raise RuntimeError
raise E
# %% str exits
class E(Exception):
    def __str__(self): raise SystemExit
raise E
# %% str is no string
class E(Exception):
    def __str__(self): return 3
raise E
# %% str is a strange string
class S(str):
    def __getitem__(self, i): raise RuntimeError
    __format__ = encode = __getitem__
class E(Exception):
    def __str__(self): return S('x')
raise E
# %% str is huge
raise ValueError('x' * 10**8)
# %% str has half a character
raise ValueError('\ud800')
# %% no name
class M(type):
    @property
    def __name__(cls): raise RuntimeError
class E(Exception, metaclass=M): ...
raise E
# %% a syntax error of anything
class O:
    def __str__(self): raise RuntimeError
    __repr__ = __str__
raise SyntaxError(O(), (O(), 1, 1, 'x'))
# %% a syntax error far away
raise SyntaxError('x', ('file', 10**9, 10**9, 'y' * 100))
# %% a group
raise ExceptionGroup('many', [ValueError(str(i)) for i in range(1000)])
# %% a cause that is itself
e = ValueError('x')
e.__cause__ = e
raise e
# %% notes
e = ValueError('x')
e.__notes__ = 5
raise e
"""
)


@pytest.mark.parametrize("name", NASTY)
def test_exceptions_that_fight_being_shown_are_shown_all_the_same(session, name):
    described = failure_of(session, *NASTY[name])
    assert all(type(part) is str and len(part) <= TEXT_LIMIT for part in described)
    assert described[0] == "error"
    "".join(described).encode()


# Output


def test_output_is_kept_up_to_the_limit_and_forgotten_beyond():
    out = CappedText()
    for _ in range(1000):
        assert out.write("x" * 1000) == 1000
    text = out.take()
    assert text == "x" * TEXT_LIMIT + "\n... (output cut here)\n"
    print("next", file=out)
    assert out.take() == "next\n" and out.take() == ""


def test_one_line_of_sixty_megabytes_is_cut():
    out = CappedText()
    out.write("x" * 60_000_000)
    assert len(out.take()) < TEXT_LIMIT + 100


def test_half_characters_do_not_stop_an_answer():
    out = CappedText()
    out.write("a\ud800b")
    assert out.take() == "a?b"


# What only draws

DRAWING = programs(
    r"""
# %% figure and axes
fig, ax = plt.subplots()
ax.plot([1, 2], label='a')
ax.set(**{'xlabel': 'x'})
fig.savefig('x.png')
plt.show()
# %% a row of axes
fig, (left, middle, right) = plt.subplots(1, 3)
right.imshow([[1]])
# %% a grid of axes
fig, axes = plt.subplots(2, 3)
axes[0, 1].plot([1])
for ax in axes.flat:
    ax.axis('off')
# %% a grid unpacked
fig, ((a, b), (c, d)) = plt.subplots(2, 2)
d.plot([1])
# %% one line
line, = plt.plot([1])
[other] = plt.plot([2])
line.set_data([1], [2])
# %% a histogram
n, bins, patches = plt.hist([1, 2, 3])
# %% the rest
first, *others = plt.plot([1], [2])
assert isinstance(others, list)
# %% pairs
for ax, k in zip(plt.subplots(1, 2)[1], range(2)):
    ax.set_title(f'{k}: {ax:.2f} {ax}')
# %% enumerate
for i, ax in enumerate(plt.subplots(1, 2)[1].ravel()):
    ax.plot([i])
# %% style
with plt.style.context('ggplot'), plt.rc_context({'a': 1}):
    plt.plot([1])
# %% settings
plt.rcParams['figure.dpi'] = 200
plt.rcParams.update({'a': 1})
width = plt.rcParams['lines.linewidth'] * 2
del plt.rcParams['a']
# %% arithmetic
low, high = ax.get_ylim()
mid = 2 * (low + high) / 3 - 1
n = np.arange(3) * high + low ** 2
assert -high is not None and abs(low) is not None and round(high, 2) is not None
# %% comparison
if ax.get_xlim()[0] > 3 or ax.get_xlim()[1] <= 2:
    pass
assert ax == ax and ax != 3 and bool(ax)
# %% numbers
float(ax.x), int(ax.x), range(ax.x), len(ax), np.asarray(ax.x), np.linspace(0, ax.x, 3), '%d %f %s' % (ax, ax, ax)
# %% colours
from matplotlib import cm
for c in cm.viridis(np.linspace(0, 1, 5)):
    plt.plot([1], color=c)
color = cm.viridis(0.5)[:3]
# %% norms
from matplotlib.colors import LogNorm, ListedColormap
plt.imshow([[1]], norm=LogNorm(vmin=1))
# %% import forms
import matplotlib
import matplotlib.pyplot
from matplotlib import pyplot
from matplotlib.pyplot import figure, subplots
from mpl_toolkits.mplot3d import Axes3D
matplotlib.use('Agg')
print(matplotlib.__version__)
matplotlib.pyplot.figure(figsize=(3, 4))
# %% the magic
%matplotlib inline
%config InlineBackend.figure_format = 'retina'
plt.plot([1])
# %% a formatter
@plt.FuncFormatter
def f(x, pos):
    return x
# %% a subclass
from matplotlib.animation import FuncAnimation
class Film(FuncAnimation):
    def __init__(self, n):
        super().__init__(plt.figure(), self.step, frames=n)
        self.n = n
    def step(self, i): return self.n
assert Film(3).step(0) == 3 and Film(3).save('x') is not None
# %% type hints
def draw(ax: plt.Axes | None = None) -> plt.Figure:
    ax = ax or plt.gca()
    return isinstance(ax, plt.Axes)
draw()
# %% widgets
import ipywidgets as widgets
from IPython.display import display, HTML, clear_output
@widgets.interact(x=(0, 1, 0.1))
def f(x=0.5):
    return x
slider = widgets.FloatSlider(value=1)
slider.observe(print, names='value')
display(HTML('x'))
# %% seaborn
import seaborn as sns
sns.set_theme(style='whitegrid')
sns.lineplot(x=[1], y=[2])
"""
)


@pytest.fixture
def inert_drawing(monkeypatch):
    """The drawing packages as a worker finds them: not installed."""
    for name in [name for name in sys.modules if name.partition(".")[0] in INERT]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [InertFinder(), *sys.meta_path])
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] in INERT]:
        del sys.modules[name]


@pytest.mark.parametrize("name", DRAWING)
def test_drawing_does_nothing_and_breaks_nothing(session, inert_drawing, name):
    run(session, "import numpy as np\nimport matplotlib.pyplot as plt\nfig, ax = plt.subplots()", *DRAWING[name])
    assert session.namespace["np"] is np


def test_inert_leaves_the_sandbox_as_its_name_alone():
    assert wire.unpack(wire.pack([Inert(), 1])) == [wire.OpaqueValue("Inert"), 1]
    assert repr(Inert()) == "(not drawn while grading)"


def test_what_is_not_drawing_is_not_inert(inert_drawing):
    assert InertFinder().find_spec("numpy") is None
    assert InertFinder().find_spec("matplotlibre") is None
    with pytest.raises(ImportError):
        import not_there  # noqa: F401
