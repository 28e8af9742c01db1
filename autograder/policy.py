"""What a student may read of a test: only what it came to, a hint, or all that was found, as the manifest says.

    feedback = "full"            # in manifest.toml, before the first question; full where nothing is said
    none             points and verdicts: tests have numbers for names
    hint             also each test's sentence, and what is known about a mistake that was recognised
    full             also what was expected, and the student's own traceback
    after deadline   hint before the moment `feedback_full_after`, full from then on

The instructor's result files always keep everything. Hidden inputs are in no message of ours; a student's exception may
hold them, for whoever raises it chooses its words. So its numbers are left out, and it is cut to a line or two: enough
for an honest reader. Who wants not even that to pass gives hints.
"""

import re
from datetime import UTC, datetime

from msgspec.structs import replace

from autograder.results import TestOutcome

POLICIES = ("none", "hint", "full", "after deadline")
LATER = POLICIES[3]
FRAME = re.compile(r'  File "<your cell \d+>", line \d+(, in \S+)?$')
DATA = r"(?:[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE][-+]?\d))(?:[eE][-+]?\d+)?j?|\d{5,}|0x[0-9a-fA-F]+)"  # numbers, not sizes
STORY = 300  # characters of what an exception says
LINE = 160  # characters of a line of code in a traceback


def in_force(policy: str, full_after: datetime | None, now: datetime | None = None) -> str:
    """The policy at this moment: none, hint or full."""
    if policy != LATER:
        return policy
    return "full" if (now or datetime.now(UTC)) >= full_after else "hint"


def strictest(policy: str) -> str:
    """The policy for what stays as it is written, whenever it is read."""
    return "hint" if policy == LATER else policy


def permitted(test: TestOutcome, number: int, policy: str) -> TestOutcome:
    """The part of an outcome that `policy` allows. `number` is the test's place in its question, from 1."""
    if policy == "none":
        return replace(test, name=f"{number}", title=f"Test {number}", message="", mistake=None)
    if policy == "hint" or test.verdict == "infrastructure":  # what broke on our side is not the student's to read
        return replace(test, message="")
    if test.verdict in ("error", "timeout", "memory", "crash", "forbidden"):
        return replace(test, message=own_story(test.message))
    return test


def own_story(message: str) -> str:
    """A student's traceback: the places in their cells, and what the exception says without the numbers in it.

    >>> own_story("ValueError: shapes (3, 4) and (5,) do not fit: [[0.25 1e-3]\\n [-3.5 12345]]")
    'ValueError: shapes (3, 4) and (5,) do not fit: [[… …] [… …]]'
    """
    lines, places = message.split("\n"), []
    while lines and lines[0].startswith("  "):
        line = lines.pop(0)
        if FRAME.match(line) or (places and line.startswith("    ")):
            places.append(line[:LINE])
    story = re.sub(DATA, "…", " ".join(" ".join(lines).split()))
    if len(story) > STORY:
        story = f"{story[:STORY]} …"
    return "\n".join([*places[-24:], story])
