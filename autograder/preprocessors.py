"""Our steps in nbgrader's own pipeline, so that `nbgrader autograde` and formgrader's button grade in the same sandbox.

nbgrader_config.py puts them in place of nbgrader's `Execute`: a student's code never runs in the instructor's kernel.
"""

from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import determine_grade

from autograder.course import Course
from autograder.gradebook import Scored, set_score
from autograder.grading import Grader, load_manifest
from autograder.recording import FLAGGED, UNJUDGED, annotate
from autograder.release import read_released
from autograder.repair import cells_to_run, fit, marked_by_hand, plain_cell
from autograder.results import save_result


class RepairNotebook(NbGraderPreprocessor):
    """First of the sanitising steps: gives the submission the released notebook's cells, names and locked text."""

    def preprocess(self, nb, resources):
        course, name = Course.find(), resources["nbgrader"]["assignment"]
        released, manifest = read_released(course, name), load_manifest(course, name)
        notes: list[str] = []
        cells = [cell for cell in map(plain_cell, nb.cells) if cell is not None]
        repaired = fit(cells, released, manifest, notes)
        for note in notes:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], note)
        return repaired, resources


class GradeInSandbox(NbGraderPreprocessor):
    """Instead of `Execute`: hidden tests judge the submission from another process; scores and feedback are outputs."""

    def preprocess(self, nb, resources):
        names = resources["nbgrader"]
        grader = grader_for(str(Course.find().root), names["assignment"])
        result = grader.grade_one(cells_to_run(nb), names["student"])
        annotate(nb, result, grader.manifest)
        save_result(result, grader.course.results)
        return nb, resources


class SaveGrades(SaveAutoGrades):
    """nbgrader's step with our rule: what could not be judged has no score and waits for a person."""

    def _add_score(self, cell, resources):
        grade = self.gradebook.find_grade(
            cell.metadata["nbgrader"]["grade_id"], self.notebook_id, self.assignment_id, self.student_id
        )
        score = None if cell.metadata.get(UNJUDGED) else determine_grade(cell, self.log)[0]
        answered = marked_by_hand(cell) and score is None  # perhaps anew: nbgrader does not say what was there before
        set_score(grade, Scored(score, answered or cell.metadata.get(FLAGGED, False)))
        self.gradebook.db.commit()


_graders: dict[tuple[str, str], Grader] = {}


def grader_for(root: str, assignment: str) -> Grader:
    """One grader a course and assignment, so that a whole class needs one; another when its tests have changed.

    formgrader's server lives for days, and its button is pressed again after a test was mended.
    """
    place = root, assignment
    if place in _graders and _graders[place].outdated:
        _graders.pop(place).__exit__()
    if place not in _graders:
        _graders[place] = Grader(Course(root), assignment, jobs=1)
    return _graders[place]
