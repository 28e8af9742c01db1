"""stored XSS

An exception whose name and message are scripts.
"""

ABSENT = ["<script", "<img"]


# %% scale
def scale(x, factor):
    name = "<script>alert(1)</script>"
    raise type(name, (Exception,), {})("<img src=x onerror=alert(1)>\x1b[31m</pre><script>alert(2)</script>")
