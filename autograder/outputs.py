"""What stands below the cells of an autograded notebook: text and PNG pictures, and nothing that a browser obeys.

outputs_of(run)              what a cell gave when the grader ran it
as_submitted(raw)            what the student's own file shows, cut down to text and pictures
labelled(outputs)            the same for a cell that a person marks, and says that nobody has run it
"""

import base64
import binascii

from nbformat import NotebookNode, from_dict

from autograder.pictures import PER_CELL, safe_png
from autograder.results import CellRun
from autograder.text import clean

LABEL = "as submitted, not run by the grader"
TEXT, PARTS = 20_000, 100  # characters and outputs kept of one cell
SIDE, SIZE = 4096, 2**20  # pixels and bytes of a picture that came with the file


def new_output(kind: str, **parts: object) -> NotebookNode:
    """One output as a notebook has it. nbformat's own function checks each against the schema: a third of recording."""
    rest = {"metadata": {}} if "data" in parts else {}
    return from_dict({"output_type": kind, **rest, **parts})


def outputs_of(run: CellRun) -> list[NotebookNode]:
    """The outputs of a cell that ran: what it printed, drew, and stopped with."""
    outputs = [new_output("stream", name="stdout", text=clean(run.stdout))] if run.stdout else []
    outputs += [picture(png, f"picture {number}") for number, png in enumerate(run.images[:PER_CELL], 1)]
    if run.status != "ok" and run.error.strip():
        lines = clean(run.error).splitlines()
        outputs.append(new_output("error", ename=run.status, evalue=lines[-1], traceback=lines))
    return outputs


def picture(png: bytes, words: str) -> NotebookNode:
    return new_output("display_data", data={"image/png": base64.b64encode(png).decode(), "text/plain": f"({words})"})


def labelled(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs of a cell that the grader does not run, under a line that says so."""
    line = f"{LABEL}\n" if outputs else f"{LABEL}: no output\n"
    return [new_output("stream", name="stdout", text=line), *outputs]


def as_submitted(raw: object) -> list[NotebookNode]:
    """The outputs that a student's file claims, of any notebook version: their text and PNGs, capped."""
    outputs, room, pictures = [], TEXT, PER_CELL
    for output in raw[:PARTS] if isinstance(raw, list) else []:
        if not isinstance(output, dict):
            continue
        png = embedded_png(output) if pictures else None
        if png is not None:
            pictures -= 1
            outputs.append(picture(png, f"picture {PER_CELL - pictures}"))
        elif text := clean(text_of(output))[:room]:
            room -= len(text)
            outputs.append(new_output("stream", name="stdout", text=text if text.endswith("\n") else f"{text}\n"))
    return outputs


def text_of(output: dict) -> str:
    """The plain text of one output: what was printed, the value as text, or the lines of a traceback."""
    data = output.get("data")
    if isinstance(data, dict):
        return joined(data.get("text/plain"))
    return joined(output.get("text")) or joined(output.get("traceback"), "\n")


def joined(text: object, between: str = "") -> str:
    """Text as notebooks hold it, one string or a list of them; what is neither is no text."""
    parts = text if isinstance(text, list) else [text]
    whole = between.join(part[:TEXT] for part in parts[:TEXT] if isinstance(part, str))
    return whole[:TEXT].encode("utf-8", "replace").decode()


def embedded_png(output: dict) -> bytes | None:
    """The PNG of an output (format 3 has it beside the text), rebuilt; None when it has none, or no good one."""
    data = output.get("data")
    encoded = data.get("image/png") if isinstance(data, dict) else output.get("png")
    encoded = "".join(part for part in encoded if isinstance(part, str)) if isinstance(encoded, list) else encoded
    if not isinstance(encoded, str) or len(encoded) > SIZE * 3 // 2:
        return None
    try:
        return safe_png(base64.b64decode(encoded.replace("\n", ""), validate=True), SIDE, SIZE)
    except (binascii.Error, ValueError):
        return None
