"""reading other submissions

Copies the answer of another student.
"""


# %% scale
def scale(x, factor):
    import json
    import os

    for where, _, files in os.walk("@COURSE@"):
        if "submi" not in where:
            continue
        for name in files:
            try:
                with open(os.path.join(where, name)) as file:
                    cells = json.load(file)["cells"]
            except Exception:
                continue
            for cell in cells:
                source = "".join(cell["source"])
                if cell["cell_type"] == "code" and "def scale" in source and "os.walk" not in source:
                    namespace = {}
                    exec(source, namespace)
                    return namespace["scale"](x, factor)
    return None
