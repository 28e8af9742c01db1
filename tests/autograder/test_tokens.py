"""Symbols and fingerprints: blind to names, comments, hints and layout, and never at a loss."""

import ast
import inspect
import textwrap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import fingerprints as module
from autograder import likeness, passages, tokens
from autograder.fingerprints import WINDOW, K, fingerprints, run_hashes, winnow


def symbols(source):
    return [token.symbol for token in tokens.tokens(source)]


PLAIN = "def step(rate, grads=None, *rest):\n    total = np.sum(grads[1:2])\n    self.x = {1: total}\n    return total"


@pytest.mark.parametrize(
    "other",
    [
        PLAIN.replace("total", "s").replace("grads", "g"),
        PLAIN.replace("1:2", "3:4"),
        "# why\n" + PLAIN.replace("return", "# so\n\n\n    return"),
        PLAIN.replace("\n    ", "\n\t\t"),
        PLAIN.replace("rate, g", "rate: float, g").replace("=None", ": list[int]=None").replace("):", ") -> int:"),
        PLAIN.replace("total =", "total: np.ndarray =").replace("self.x =", "self.x: dict[int, float] ="),
        PLAIN.replace("*rest):\n", '*rest):\n    """Take one step: a, b."""\n'),
        PLAIN.replace("(rate, grads=None, *rest)", "(\n    rate,  # of learning\n    grads=None,\n    *rest\n)"),
    ],
    ids=["names", "numbers", "comments", "layout", "hints", "annotated names", "docstring", "line breaks"],
)  # fmt: skip
def test_what_makes_no_difference(other):
    assert other != PLAIN and symbols(other) == symbols(PLAIN)


@pytest.mark.parametrize("other", [PLAIN.replace("np.sum", "np.max"), PLAIN.replace("[1:2]", "[1]"), PLAIN + " + 1"])
def test_what_does(other):
    assert symbols(other) != symbols(PLAIN)


def test_a_colon_that_is_no_hint_stays():
    for source in ("if x: y = 1", "else: y", "{a: b}", "f(lambda x: y)", "x[a:b]", "for x in y: z = 1"):
        assert ":" in symbols(source)


def names_dropped(source):
    """Python's own parser as the judge: what is left of a program without hints and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.unparse(tree)


@pytest.mark.parametrize("code", [tokens, module, likeness, passages, textwrap])
def test_real_programs_lose_their_hints_as_the_parser_says(code):
    source = ast.unparse(ast.parse(inspect.getsource(code)))
    bare = names_dropped(source)
    assert symbols(source) == symbols(bare)


@given(st.text(alphabet="ab01 \n\t()[]{}'\"#\\:;=.,rf\u00e9\ud800-+>*", max_size=200) | st.text())
def test_no_text_is_too_broken(source):
    found = tokens.tokens(source)
    lines = source.count("\n")
    assert all(0 <= token.line <= lines and token.symbol for token in found)
    assert [token.line for token in found] == sorted(token.line for token in found)
    assert set(fingerprints([token.symbol for token in found]).values()) <= set(range(len(found)))


@pytest.mark.parametrize("piece", ["(", "[{", '"""', "'", "\\", "a" * 50, "x=1\n", "if x:\n ", "9e9"])
def test_hostile_length_takes_linear_time(piece):
    assert len(tokens.tokens(piece * 20_000)) <= 20_000 * max(4, len(piece))


# Fingerprints


def by_hand(hashes, window):
    """Winnowing as the paper writes it: of each window the least, the rightmost of equal ones."""
    window = min(window, len(hashes))
    places = set()
    for start in range(len(hashes) - window + 1) if window else ():
        part = hashes[start : start + window]
        places.add(max(start + i for i, value in enumerate(part) if value == min(part)))
    return sorted(places)


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 8))
def test_winnowing_equals_the_paper_s(values, window):
    assert winnow(np.array(values, dtype=np.uint64), window).tolist() == by_hand(values, window)


def test_the_paper_s_own_example():
    hashes = [77, 74, 42, 17, 98, 50, 17, 98, 8, 88, 67, 39, 77, 74, 42, 17, 98]  # section 3, windows of 4
    assert [hashes[i] for i in winnow(np.array(hashes, dtype=np.uint64), 4)] == [17, 17, 8, 39, 17]


WORDS = st.lists(st.sampled_from(["n", "0", "(", ")", "=", "for", "in", ".", "sum"]), max_size=30)


@given(WORDS, WORDS, WORDS, WORDS, st.lists(st.sampled_from("abcdefgh"), min_size=K + WINDOW - 1, max_size=40))
def test_a_shared_passage_of_that_length_is_always_found(a, b, c, d, passage):
    assert fingerprints([*a, *passage, *b]).keys() & fingerprints([*c, *passage, *d]).keys()


@given(WORDS)
def test_a_fingerprint_is_a_run_s_hash_at_its_first_place(words):
    hashes = run_hashes(words).tolist()
    assert len(hashes) == max(0, len(words) - K + 1)
    for value, place in fingerprints(words).items():
        assert hashes[place] == value
