"""nbgrader on this course: where things are, and grading in our sandbox instead of the instructor's kernel.

`nbgrader generate_assignment`, `nbgrader autograde`, `nbgrader generate_feedback` and formgrader all read this file.
"""

import os

from autograder.formgrader import close_holes

c = get_config()  # noqa: F821 - given by nbgrader

c.CourseDirectory.root = os.path.dirname(os.path.abspath(__file__))
c.CourseDirectory.course_id = "mmcourse"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.submitted_directory = "submissions"
c.CourseDirectory.autograded_directory = "autograded"
c.CourseDirectory.feedback_directory = "feedback"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", ".*"]

close_holes(c)

c.ClearSolutions.code_stub = {"python": "raise NotImplementedError  # your code here"}
c.ClearSolutions.text_stub = "*Your answer here.*"
c.IncludeHeaderFooter.header = ""

c.OverwriteCells.add_missing_cells = True
c.Autograde.sanitize_preprocessors = [
    "autograder.preprocessors.RepairNotebook",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.preprocessors.GradeInSandbox",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.preprocessors.SaveGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
