"""Cards that ask the reader: predictions before looking, comparisons after it, and questions on what was understood.

A prediction and its comparison have the same key. Between them stands the figure that shows what is true:

>>> guess = predict("06.double", "Double the rate: how many steps until it rests?", low=1, high=500, unit="steps")
>>> print(compare("06.double", 47, why="Each step shrinks the error by `1 - lr`.").alt)
What is true: 47 steps. Each step shrinks the error by `1 - lr`.

No card blocks: a run without a reader shows the words and goes on. Texts may have `code` between backticks and formulas
between dollars; everything else in them is text.
"""

import html
import math
import re
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any
from weakref import WeakSet

from mmcourse.explorer import answers, hosts
from mmcourse.explorer.mathml import mathml

KEY = re.compile(r"\w[\w.-]*")
MARKED = re.compile(r"`(?P<code>[^`\n]+)`|(?<![\\$])\$(?=\S)(?P<formula>[^$\n]*?[^\s\\])\$(?!\d)|\\\$")
WIDE = 10  # a scale whose end is more than so many times its start is judged by ratio

_alive: "WeakSet[Card]" = WeakSet()
_predicted: dict[str, dict] = {}  # the specs of this kernel's predictions: a comparison knows what it compares with


class Card(hosts.Hosted):
    """A card with a question, and the answer of its reader.

    Attributes
    ----------
    answer : dict or None
        What the reader recorded, None before that: `guess` and `compared` of a prediction and of its comparison,
        `choice`, `tries` and `right` of a question. It can be observed, and is kept in a file of the reader's.
    """

    files = hosts.CARDS
    _esm = hosts.module(hosts.CARDS)

    def __init__(self, spec: dict, lead: str, text: str, options: Sequence[str] = ()) -> None:
        self._lead, self._text, self._options = lead, text, tuple(options)
        self.alt = "\n".join([f"{lead}: {text}", *(f"  - {option}" for option in options)])
        remembers = hosts.somebody_watches()
        super().__init__(spec=spec, answer=answers.recall(spec["key"]) if remembers else None)
        _alive.add(self)
        if remembers:
            self.observe(self._keep, "answer")

    def _keep(self, change: Any) -> None:
        """Keep the answer in the file, and tell it to all cards of the same key."""
        answers.keep(self.spec["key"], change.new)
        for card in list(_alive):
            if card.spec["key"] == self.spec["key"]:
                card.answer = change.new

    def still(self) -> str:
        """Return the words as HTML, formulas as they were written."""
        options = "".join(f"<li>{fragment(option, formulas=False)}</li>" for option in self._options)
        paragraph = f"<p><strong>{self._lead}:</strong> {fragment(self._text, formulas=False)}</p>"
        return f"<div>{paragraph}{f'<ul>{options}</ul>' if options else ''}</div>"


def predict(
    key: str,
    question: str,
    choices: Sequence[str] | None = None,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
) -> Card:
    """Ask for a guess before the reader looks: one of some choices, or a number.

    Parameters
    ----------
    key : str
        Names the prediction in the whole course, as "06.double-rate"; its comparison has the same.
    question : str
        What to predict.
    choices : sequence of str, optional
        At least two, in the order in which they are shown.
    low, high : float, optional
        Instead of choices: between which numbers the guess is; two ints ask for a whole number.
    unit : str, optional
        Of the number, as "steps".

    Raises
    ------
    ValueError
        If there are neither choices nor both bounds, or they make no sense; the message names the key.

    Examples
    --------
    >>> predict("06.bounce", "Double the rate: the bouncing ...", ["dies out faster", "grows"]).answer is None
    True
    """
    where = f"predict({key!r})"
    check_text(where, question)
    spec = card_spec("prediction", key, "Prediction", question=fragment(question))
    if (choices is None) == (low is None or high is None):
        raise ValueError(f"{where}: give either `choices` or both `low` and `high`")
    if choices is not None:
        spec["choices"] = options_of(where, "choices", choices)
        options = tuple(choices)
    else:
        if not (is_number(low) and is_number(high) and low < high):
            raise ValueError(f"{where}: `low` must be a number below `high`, got {low!r} and {high!r}")
        whole = isinstance(low, int) and isinstance(high, int)
        spec["number"] = {"low": low, "high": high, "unit": unit, "whole": whole}
        ends = f"from {number_text(low)} to {number_text(high)} {unit}".strip()
        options = (f"a {'whole ' if whole else ''}number {ends}",)
    _predicted[key] = spec
    return Card(spec, "Predict", question, options)


def compare(key: str, answer: str | float, why: str = "") -> Card:
    """Show what the reader guessed beside what is true.

    A choice is right or wrong. A number is judged by its ratio to the answer when the scale of the prediction is wide
    (`high` more than ten times `low`): right within 10 %, near within a factor of 2. Otherwise it is judged by the
    difference: right within 5 % of the scale, near within 20 %. The card says what counts.

    Parameters
    ----------
    key : str
        The key of the prediction.
    answer : str or float
        The true choice, or the true number, best computed on the page.
    why : str, optional
        What explains it, in a sentence or two.

    Raises
    ------
    ValueError
        If the answer is not one of the choices or not a finite number; the message names the key.
    """
    where, asked = f"compare({key!r})", _predicted.get(key, {})
    answer = plain_answer(where, answer)
    choices, number = asked.get("choices"), asked.get("number")
    if isinstance(answer, str) and number:
        raise ValueError(f"{where}: the prediction is a number, the answer {answer!r} is a text")
    if choices and answer not in [choice["text"] for choice in choices]:
        known = ", ".join(repr(choice["text"]) for choice in choices)
        raise ValueError(f"{where}: the answer {answer!r} is not one of the choices: {known}")
    unit = number["unit"] if number else ""
    text = answer if isinstance(answer, str) else f"{number_text(answer)} {unit}".strip()
    spec = card_spec("comparison", key, "Comparison", question=asked.get("question", ""), why=fragment(why))
    spec |= {"value": answer, "answer": fragment(text), "choices": choices, "unit": unit}
    if not isinstance(answer, str):
        spec |= rule(answer, number or {})
    sentence = text if text.endswith((".", "!", "?")) else f"{text}."
    return Card(spec, "What is true", f"{sentence} {why}".strip())


def question(key: str, text: str, options: Mapping[str, str], right: str) -> Card:
    """Ask a question whose answer is checked on the spot, with an explanation for every option.

    Parameters
    ----------
    key : str
        Names the question in the whole course, as "06.q1".
    text : str
        The question.
    options : dict of str to str
        Option to why it is right, or why it is not; shown in this order.
    right : str
        The option that is right.

    Raises
    ------
    ValueError
        If an option has no explanation or `right` is none of them; the message names the key.

    Examples
    --------
    >>> options = {"the steepest": "It diverges first.", "the flattest": "That one only makes it slow."}
    >>> card = question("06.q1", "Which direction limits the rate?", options, right="the steepest")
    >>> print(card.alt)
    Question: Which direction limits the rate?
      - the steepest
      - the flattest
    """
    where = f"question({key!r})"
    check_text(where, text)
    if not isinstance(options, Mapping):
        raise ValueError(f"{where}: `options` must be a dict of option to explanation, got {type(options).__name__}")
    entries = options_of(where, "options", list(options))
    for entry, why in zip(entries, options.values()):
        if not isinstance(why, str) or not why.strip():
            raise ValueError(f"{where}: option {entry['text']!r} needs an explanation, right or wrong")
        entry["why"] = fragment(why)
    if right not in options:
        raise ValueError(f"{where}: `right` must be one of the options, got {right!r}: {', '.join(map(repr, options))}")
    spec = card_spec("question", key, "Question", question=fragment(text), options=entries, right=right)
    return Card(spec, "Question", text, tuple(options))


# What is true of a number


def rule(answer: float, number: Mapping[str, Any]) -> dict:
    """Return what counts as right and as near: two intervals around the answer, and in words.

    >>> rule(40, {"low": 1, "high": 500, "unit": "steps", "whole": True})["rule"]
    'Right is 37 to 44 steps, near 20 to 80.'
    >>> rule(0.5, {"low": 0, "high": 1, "unit": "", "whole": False})["near"]
    [0.3, 0.7]
    """
    low, high, whole = number.get("low"), number.get("high"), number.get("whole", False)
    by_ratio = low is None or (low > 0 and high > WIDE * low)
    if by_ratio:
        ends = {"right": sorted([answer / 1.1, answer * 1.1]), "near": sorted([answer / 2, answer * 2])}
    else:
        span = high - low
        ends = {"right": [answer - span / 20, answer + span / 20], "near": [answer - span / 5, answer + span / 5]}
    if whole:
        whole_ends = {
            name: [min(math.ceil(start), math.floor(answer)), max(math.floor(end), math.ceil(answer))]
            for name, (start, end) in ends.items()
        }
        ends = whole_ends
    else:
        ends = {name: [float(f"{end:.6g}") for end in pair] for name, pair in ends.items()}
    words = {name: " to ".join(dict.fromkeys(map(number_text, pair))) for name, pair in ends.items()}
    unit = f" {number['unit']}" if number.get("unit") else ""
    scale = {"low": low, "high": high} if number else None
    text = f"Right is {words['right']}{unit}, near {words['near']}."
    return ends | {"ratio": by_ratio, "scale": scale, "rule": text}


def number_text(x: float) -> str:
    """Return a number as one would write it: four digits, no exponent where there need not be one."""
    if isinstance(x, int) or (float(x).is_integer() and abs(x) < 1e15):
        return str(int(x))
    return f"{x:.0f}" if 1e4 <= abs(x) < 1e15 else f"{x:.4g}"


# Words


def fragment(text: str, formulas: bool = True) -> str:
    r"""Return a text as safe HTML: `code` and, as MathML, formulas; all else is escaped.

    >>> fragment("is `a < b`, or <i>not</i>?")
    'is <code>a &lt; b</code>, or &lt;i&gt;not&lt;/i&gt;?'
    >>> fragment(r"$\lambda$ costs \$5", formulas=False)
    '$\\lambda$ costs $5'
    """
    parts, end = [], 0
    for match in MARKED.finditer(text):
        parts += [html.escape(text[end : match.start()]), marked(match, formulas)]
        end = match.end()
    return "".join(parts) + html.escape(text[end:])


def marked(match: re.Match, formulas: bool) -> str:
    """Return a piece of marked text as HTML."""
    if match["code"]:
        return f"<code>{html.escape(match['code'])}</code>"
    if not match["formula"]:
        return "$"
    if not formulas:
        return html.escape(match[0])
    return mathml(match["formula"]).replace('display="block"', 'display="inline"', 1)


# What every card checks


def card_spec(face: str, key: str, title: str, **rest: Any) -> dict:
    """Return the plain data of a card."""
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise ValueError(f"the key of a {face} must be a word like '06.double-rate', got {key!r}")
    return {"face": face, "key": key, "title": title} | rest


def check_text(where: str, text: Any) -> None:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{where}: the question must be a text, got {text!r}")


def options_of(where: str, name: str, texts: Sequence[str]) -> list[dict]:
    """Return options as plain data, each as text and as HTML."""
    if isinstance(texts, str) or len(texts) < 2:
        raise ValueError(f"{where}: `{name}` must be at least two texts, got {texts!r}")
    for text in texts:
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{where}: each of `{name}` must be a text, got {text!r}")
    if len(set(texts)) < len(texts):
        raise ValueError(f"{where}: two of `{name}` are the same: {list(texts)}")
    return [{"text": text, "html": fragment(text)} for text in texts]


def is_number(x: Any) -> bool:
    return isinstance(x, Real) and not isinstance(x, bool) and math.isfinite(x)


def plain_answer(where: str, answer: Any) -> str | float | int:
    """Return an answer as a text or a Python number; an array of one number is one."""
    if isinstance(answer, str):
        return answer
    try:
        answer = answer.item() if hasattr(answer, "item") else answer
    except (ValueError, RuntimeError):
        pass
    if not is_number(answer):
        raise ValueError(f"{where}: the answer must be the text of a choice or a finite number, got {answer!r}")
    return int(answer) if isinstance(answer, int) else float(answer)
