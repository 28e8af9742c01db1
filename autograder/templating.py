"""Pages from templates, in which nothing that a stranger wrote can do anything: all text is cleaned and escaped.

template("insight.html").render(...)
"""

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from autograder.text import clean, counted, number, prose

COURSE_TITLE = "Deep learning for many modalities"


@cache
def template(name: str) -> jinja2.Template:
    """A template whose every value is cleaned and escaped before it is printed."""

    def harmless(value: Any) -> Any:
        return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    settings = {"autoescape": True, "finalize": harmless, "trim_blocks": True, "lstrip_blocks": True}
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, **settings)
    environment.filters |= {"prose": prose, "number": number}
    environment.globals["counted"] = counted
    return environment.get_template(name)
