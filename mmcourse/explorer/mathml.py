r"""Formulas as MathML, so that a page shows them without a script or the network.

>>> mathml(r"x^2")
'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>'
>>> mathml(r"\begin{aligned} a &= b \\[2ex] c &= d \end{aligned}").count("<mtr>")
2
"""

import re

from latex2mathml.converter import convert

NOW = re.compile(r"\\now\{([^{}]*)\}")
ALIGNED = re.compile(r"(\\(?:begin|end)\{)aligned\}")  # the converter knows the same thing as align*
ROW_SPACE = re.compile(r"(?<=\\\\)\[[-.\d]+ ?(?:ex|em|pt|mm)\]")  # room between rows, which it prints


def mathml(latex: str) -> str:
    r"""Return LaTeX as MathML; `\now{lr:.2f}` becomes `<mtext>@lr:.2f@</mtext>`, where the renderer puts the number."""
    slots = NOW.findall(latex)
    latex = ROW_SPACE.sub("", ALIGNED.sub(r"\1align*}", latex))
    latex = latex.replace("<", r"\lt ").replace(">", r"\gt ")  # the converter would let \text{<b>} through
    text = NOW.sub(lambda match: rf"\text{{@{len(match.string[: match.start()])}@}}", latex)
    markup = convert(text, display="block")
    for match, slot in zip(NOW.finditer(latex), slots):
        markup = markup.replace(f"@{match.start()}@", f"@{slot}@")
    return markup
