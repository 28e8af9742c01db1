r"""Templates: sentences and formulas with the current numbers in them.

>>> fill("A step of {lr:.2e} is {fate:slow|fast}.", {"lr": 0.003, "fate": 1})
'A step of 3.00e-03 is fast.'
>>> fill_latex(r"x_{t+1} = x_t - \now{lr:.1e} \nabla f", {"lr": 0.003})
'x_{t+1} = x_t - 3.0 \\times 10^{-3} \\nabla f'

The rules, which the renderer's twin keeps:

* A field is `{name}` or `{name:format}`, in LaTeX `\now{name}` or `\now{name:format}`. `{{` and `}}` are braces (in
  LaTeX braces mean what they always mean). A name is that of a control (`start.x` for a coordinate) or of a number.
* A format is `.3f`, `.3e`, `.3g`, `.3%` with any one or two digits, `d` (the nearest whole number, as `.0f`), or words
  between bars, of which a whole number picks one, from 0. Without a format it is `.3g`.
* The text is what Python's `format(float(value), "z" + format)` returns: correctly rounded from the binary number,
  exact ties to the even digit; the exponent of `e` and `g` has a sign and two digits at least, as in 1.0e-05; `g`
  writes an exponent when it is below -4 or not below the precision, and no zeros at the end; a minus is "-", and what
  rounds to zero has none (-0.001 with .2f is "0.00").
* NaN is "–", with words too; infinity is "∞" or "-∞". A truth value is 1 or 0. Text (of a choice, of an entry) is
  inserted as it is and takes no format.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
NOW = re.compile(r"\\now\s*\{([^{}]*)\}|\\now(?![A-Za-z])")
FORMAT = re.compile(r"\.\d{1,2}[efg%]")
KNOWN_FORMATS = ".3f, .3e, .3g, .3% (any number of digits), d, or words like slow|fast"
GAP = "–"  # what NaN looks like


def fill(template: str, numbers: Mapping[str, Any]) -> str:
    """Return a sentence with its fields filled in.

    Parameters
    ----------
    template : str
        With fields as the module describes.
    numbers : dict of float or str
        By name: the state of the controls, and further numbers.

    Raises
    ------
    ValueError
        If a name or a format is unknown, a brace stands alone, or no word belongs to a number.

    Examples
    --------
    >>> fill("{share:.0%} of {{all}} in {n:d} steps", {"share": 0.25, "n": 40.0})
    '25% of {all} in 40 steps'
    """
    return _replace_plain(template, lambda text: value(text, numbers))


def fill_latex(template: str, numbers: Mapping[str, Any]) -> str:
    r"""Return a formula with each `\now{...}` replaced; exponents and words become LaTeX. Parameters as for `fill`."""
    return NOW.sub(lambda match: latex(value(_inside(match, template), numbers)), template)


def names(template: str) -> list[str]:
    """Return the names that a sentence uses, each once, in order; raise a ValueError for a field that cannot be read.

    Examples
    --------
    >>> names("{b:.2f} {a} {b:no|yes} {start.x}")
    ['b', 'a', 'start.x']
    """
    found: dict[str, None] = {}
    _replace_plain(template, lambda text: found.setdefault(parse(text)[0]) or "")
    return list(found)


def names_latex(template: str) -> list[str]:
    r"""Return the names that a formula uses in `\now{...}`, each once, in order."""
    return list(dict.fromkeys(parse(_inside(match, template))[0] for match in NOW.finditer(template)))


def parse(field: str) -> tuple[str, str]:
    """Return name and format of what stands between the braces of a field.

    Examples
    --------
    >>> parse("lr:.2e"), parse("lr")
    (('lr', '.2e'), ('lr', '.3g'))
    """
    name, colon, spec = (part.strip() if number == 0 else part for number, part in enumerate(field.partition(":")))
    if not name:
        raise ValueError(f"the field {{{field}}} has no name: write {{lr}} or {{lr:.3f}}")
    if colon and not (FORMAT.fullmatch(spec) or spec == "d" or "|" in spec):
        raise ValueError(f"the field {{{field}}} has the format {spec!r}: use {KNOWN_FORMATS}")
    return name, spec if colon else ".3g"


def value(field: str, numbers: Mapping[str, Any]) -> str:
    """Return the text of one field, given what stands between its braces."""
    name, spec = parse(field)
    if name not in numbers:
        raise ValueError(f"nothing is called {name!r}: this template knows {', '.join(sorted(numbers)) or 'no names'}")
    if isinstance(numbers[name], str):
        if ":" in field:
            raise ValueError(f"{name!r} is text and takes no format: write {{{name}}}")
        return numbers[name]
    return write(float(numbers[name]), spec, name)


def write(number: float, spec: str, name: str = "number") -> str:
    """Return a number in one of the formats."""
    if math.isnan(number):
        return GAP
    if "|" in spec:
        return _word(number, spec.split("|"), name)
    if math.isinf(number):
        return "∞" if number > 0 else "-∞"
    return format(number, "z.0f" if spec == "d" else "z" + spec)


def _word(number: float, words: list[str], name: str) -> str:
    if number not in range(len(words)):
        raise ValueError(f"{name!r} is {number:g}, but its words {'|'.join(words)} have the numbers 0-{len(words) - 1}")
    return words[int(number)]


def latex(text: str) -> str:
    r"""Return the text of a field as LaTeX: 1.0e-05 with a power of ten, words as words.

    Examples
    --------
    >>> latex("1.0e-05"), latex("-2.5"), latex("25%"), latex("slow")
    ('1.0 \\times 10^{-5}', '-2.5', '25\\%', '\\mathrm{slow}')
    """
    parts = re.fullmatch(r"(-?[\d.]+)(?:e([+-]\d+))?(%?)", text)
    if parts is None:
        word = re.sub(r"([%#$&_ ])", r"\\\1", text)
        return {"∞": r"\infty", "-∞": r"-\infty"}.get(text) or rf"\mathrm{{{word}}}"
    mantissa, exponent, percent = parts.groups()
    power = "" if exponent is None else rf" \times 10^{{{int(exponent)}}}"
    return mantissa + power + (r"\%" if percent else "")


def _replace_plain(template: str, text_of: Callable[[str], str]) -> str:
    def replacement(match: re.Match) -> str:
        if match[1] is not None:
            return text_of(match[1])
        if len(match[0]) == 1:
            raise ValueError(f"a brace stands alone in {template!r}: write {{{{ or }}}} for a brace itself")
        return match[0][0]

    return FIELD.sub(replacement, template)


def _inside(match: re.Match, template: str) -> str:
    if match[1] is None:
        raise ValueError(rf"\now without {{...}} in {template!r}: write \now{{lr}} or \now{{lr:.3f}}")
    return match[1]
