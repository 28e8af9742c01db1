"""What the course's nbgrader_config.py says, read as nbgrader reads it: the gradebook's address, what lateness costs.

read_config(course.root).CourseDirectory.get("db_url")     # None where the file does not say
late_rule(course.root)("hopper", 8.0, 3600.0)              # points off for an hour, by the course's plugin
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from traitlets.config import Config, ConfigFileNotFound, PyFileConfigLoader

from autograder.course import CourseError

NAME = "nbgrader_config.py"


def read_config(root: Path) -> Config:
    """The configuration of the course in `root`; empty where it has no file."""
    path = Path(root) / NAME
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return Config()


@cache
def _read(path: Path, changed: int) -> Config:
    try:
        return PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except ConfigFileNotFound:
        return Config()
    except Exception as error:  # it is a program, and may fail as any
        raise CourseError(f"{path}: cannot be used: {type(error).__name__}: {error}") from error


def late_rule(root: Path) -> Callable[[str, float, float], float | None]:
    """nbgrader's plugin for late submissions: points off for (student, score, seconds late), or None.

    By default nbgrader takes nothing off; `c.LateSubmissionPlugin.penalty_method = "zero"` or a plugin of one's own,
    `c.AssignLatePenalties.plugin_class`, changes that, here as in nbgrader.
    """
    from nbgrader.preprocessors import AssignLatePenalties

    config = read_config(root)
    try:
        step = AssignLatePenalties(config=config)
        step.init_plugin()
    except Exception as error:  # whatever the plugin's import or its settings raise
        given = config.AssignLatePenalties.get("plugin_class", "nbgrader's own")
        raise CourseError(
            f"{Path(root) / NAME}: the plugin for late submissions, {given}, cannot be used: {error}"
        ) from error
    return step.plugin_inst.late_submission_penalty
