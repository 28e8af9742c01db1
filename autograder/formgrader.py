"""Closes two holes of nbgrader's formgrader: names and addresses that its pages print as they are.

    close_holes(c)      in nbgrader_config.py, which formgrader reads as it starts

A student's name or id with markup in it, or a link to formgrader with markup as its student, would run in the
instructor's own origin. This module has no part in grading.
"""

import sys
from functools import partial
from pathlib import Path
from typing import Any

NAMES = Path(__file__).parent / "templates" / "names.html.j2"


def close_holes(config: Any) -> None:
    """Escape what formgrader's page of a submission prints, by a template around its own, and its other pages."""
    config.HTMLExporter.template_file = str(NAMES)
    server = sys.modules.get("nbgrader.server_extensions.formgrader.formgrader")
    if server is not None:  # formgrader itself is about to start, and makes its templates next
        import jinja2

        server.Environment = partial(jinja2.Environment, autoescape=True)
