"""look-alikes of the grader's own classes

Answers with the grader's own OpaqueValue, StudentError and PartialCredit, or things that look like them.
"""


# %% scale
def scale(x, factor):
    from autograder.wire import OpaqueValue

    if x.ndim == 1:
        return OpaqueValue("float64")

    class PartialCredit(Exception):
        fraction, message, kind, points, verdict = 1.0, "well done", "pass", 4.0, "pass"

    return PartialCredit()
