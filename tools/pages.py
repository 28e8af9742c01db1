"""A notebook as one page that needs nothing but a browser.

    python -m tools.pages lectures/06_momentum.ipynb --to pages

The notebook is run from a clean kernel with nobody at the keyboard, so explorers come out as HTML that plays by itself.
Formulas become MathML. The page fetches nothing: no script, no font, no style from elsewhere.
"""

from __future__ import annotations

import argparse
import html
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from mmcourse.explorer.mathml import mathml

FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^$\n]+?)\$(?!\w)", re.DOTALL)
CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
STYLE = Path(__file__).with_name("page.css")
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body data-jp-theme-light="true">
<main>
{body}
</main>
</body>
</html>
"""


def with_mathml(markdown: str) -> str:
    r"""Return Markdown with its formulas as MathML; what stands in code stays.

    >>> with_mathml("the rate $\\eta$, not `$x$`")[:36]
    'the rate <math xmlns="http://www.w3.'
    """
    return "".join(
        part if number % 2 else FORMULA.sub(_formula, part) for number, part in enumerate(CODE.split(markdown))
    )


def _formula(match: re.Match) -> str:
    if match["block"]:
        return mathml(" ".join(match["block"].split()))
    return mathml(match["inline"]).replace('display="block"', 'display="inline"', 1)


def run(notebook: nbformat.NotebookNode, folder: Path, seconds: int = 300) -> nbformat.NotebookNode:
    """Run a notebook in place from a clean kernel; an error in a cell is raised."""
    client = NotebookClient(notebook, timeout=seconds, resources={"metadata": {"path": str(folder)}})
    client.execute()
    return notebook


def page(notebook: nbformat.NotebookNode, title: str) -> str:
    """Return a notebook that has been run as a page."""
    copy = nbformat.from_dict(notebook)
    copy.cells = list(prepared(copy.cells))
    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(copy)
    return PAGE.format(title=html.escape(title), style=STYLE.read_text(encoding="utf-8") + pygments_style(), body=body)


def prepared(cells: Iterable[nbformat.NotebookNode]) -> Iterator[nbformat.NotebookNode]:
    """Cells with MathML, and with hidden code folded: what follows each other without an output is one fold."""
    hidden: list[str] = []
    for cell in cells:
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            hidden.append(cell.source)
            cell.metadata["transient"] = {"remove_source": True}
            if not cell.outputs:
                continue
        if hidden:
            yield folded("\n\n".join(hidden))
            hidden = []
        if cell.cell_type == "markdown":
            cell.source = with_mathml(cell.source)
        yield cell


def folded(source: str) -> nbformat.NotebookNode:
    """Code behind a word that unfolds it."""
    text = f"<details><summary>code</summary>\n\n```python\n{source}\n```\n\n</details>"
    return nbformat.v4.new_markdown_cell(text)


def pygments_style() -> str:
    """Colours for code, quiet enough to read prose beside them."""
    from pygments.formatters import HtmlFormatter

    return HtmlFormatter(style="friendly").get_style_defs(".highlight")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--to", type=Path, default=Path("pages"), help="folder for the pages")
    options = parser.parse_args(arguments)
    options.to.mkdir(parents=True, exist_ok=True)
    for path in options.notebooks:
        notebook = run(nbformat.read(path, as_version=4), path.parent)
        target = options.to / f"{path.stem}.html"
        target.write_text(page(notebook, path.stem), encoding="utf-8")
        print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
