"""The two hosts of whatever is interactive: an ipywidget where there is a kernel, a page of its own everywhere else.

`Hosted` is the widget (through anywidget). Its MIME bundle carries three forms, and a front end takes the richest that
it can show: the widget; HTML that needs nothing but a browser, a static form and a script that replaces it; and a PNG,
where there is a picture. An untrusted notebook, GitHub and a PDF therefore show the figure or the words, never dead
buttons.
"""

import hashlib
import html
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from mmcourse import figures
from mmcourse.explorer.payload import base64_text

PICTURE_WIDTH = 720  # pixels of a page; a picture may have more of its own
FOLDER = Path(__file__).parent / "js"
FILES = tuple(
    "page render numbers words axes plane field space cells sound panel controls explorer page_host".split()
)  # in this order they are one module
CARDS = ("page", "render", "cards", "page_host")  # what cards need: each output carries its own, so it is small


@cache
def style() -> str:
    """Return the style sheet of everything interactive."""
    light, dark = (variables(figures.tokens()[theme]) for theme in ("light", "dark"))
    sheet = (FOLDER / "style.css").read_text(encoding="utf-8")
    return f'.mm-root {{ {light} }}\n.mm-root[data-theme="dark"] {{ {dark} }}\n{sheet}'


def variables(theme: dict) -> str:
    """Return the plain colours of a theme as variables of a style sheet."""
    return " ".join(f"--{name}: {color};" for name, color in theme.items() if isinstance(color, str))


@cache
def script(files: tuple[str, ...] = FILES) -> str:
    """Return the renderer: files of js/ in one scope, without comments and indentation, without an export."""
    tokens = f"const TOKENS = {json.dumps(figures.tokens())};\n"
    text = tokens + "\n".join((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in files)
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def module(files: tuple[str, ...] = FILES) -> str:
    """Return the renderer as the ES module that anywidget wants."""
    return script(files) + "\nexport default { render };"


class Hosted(anywidget.AnyWidget):
    """Something interactive: a spec, numbers, a state, and a static form of it for where nothing can move.

    Subclasses set `spec` (plain data, with the `face` that renders it, a `key` and a `title`) and `data`, and say how
    they look standing still: `alt` in words, and either `picture()`, a PNG, or `still()`, HTML. One whose face needs
    less than the explorer names its `files`, and gives `_esm` their module.
    """

    files = FILES
    _esm = module(FILES)
    _css = style()
    spec = traitlets.Dict().tag(sync=True)
    data = traitlets.Bytes().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    answer = traitlets.Any(None, allow_none=True).tag(sync=True)

    alt = ""

    def open(self) -> None:
        """Open the line to the front end; with nobody there a run would only store all the data once more."""
        if somebody_watches():
            super().open()

    def picture(self) -> bytes | None:
        """Return a PNG of it, or None when it is words."""
        return None

    def still(self) -> str:
        """Return the static form as one HTML element without scripts."""
        source = f"data:image/png;base64,{base64_text(self.picture())}"
        return f'<img alt="{html.escape(self.alt)}" src="{source}" width="{PICTURE_WIDTH}" style="max-width:100%">'

    def html(self) -> str:
        """Return it as HTML that needs no kernel and no network, to stand anywhere in a page."""
        key = hashlib.sha256(repr(self.spec).encode() + self.data).hexdigest()[:12]
        values = (key, dict(self.spec), base64_text(self.data), style())
        mount = f"mount({', '.join(map(literal, values))});"
        return (
            f'<div data-mmcourse="{key}">{self.still()}'
            f'<script type="module">\n{script(self.files)}\n{mount}\n</script></div>'
        )

    def page(self) -> str:
        """Return it as a whole HTML page."""
        title = html.escape(self.spec["title"])
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{title}</title></head>\n<body>{self.html()}</body></html>\n"
        )

    def _repr_mimebundle_(self, **options: Any) -> Any:
        picture = self.picture()
        plain = {"text/plain": self.alt, "text/html": self.html()}
        plain |= {"image/png": base64_text(picture)} if picture else {}
        if not somebody_watches():
            return plain
        if self.comm is None:  # it was made when nobody was there
            self.open()
        bundle = super()._repr_mimebundle_(**options)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**(data or {}), **plain}, metadata


def literal(value: Any) -> str:
    """Return a value as JavaScript that can stand inside a script element."""
    return json.dumps(value).replace("<", "\\u003c")


def somebody_watches() -> bool:
    """Whether a front end with a reader shows our output, so that a widget makes sense.

    nbconvert and nbclient run notebooks with nobody at the keyboard: they forbid a cell to ask for input. There, and
    wherever MMCOURSE_EXPLORER=html says so, the output is HTML alone.
    """
    if os.environ.get("MMCOURSE_EXPLORER") == "html":
        return False
    try:
        from IPython import get_ipython

        return bool(get_ipython().kernel.get_parent("shell")["content"].get("allow_stdin"))
    except (ImportError, AttributeError, KeyError, TypeError):
        return False
