"""path traversal in names

The student's own name looks like options, a path, a URL, a query and a tag.
"""

STUDENT = "-rf %2e%2e%2f..\\..\\ $(hostile) '; DROP TABLE student; -- <script>alert(1)<script>"
ABSENT = ["<script>alert(1)"]


# %% scale
def scale(x, factor):
    return x * factor
