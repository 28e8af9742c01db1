"""stored XSS

Text, outputs, exceptions and printed lines full of scripts, for the instructor who looks at them.
"""

ABSENT = ["<script", "<img", "](javascript:", "<svg", "<iframe"]

# %% [markdown]
# <script>fetch("/hostile")</script> <img src=x onerror=alert(1)> [link](javascript:alert(1)) <svg/onload=alert(1)>
# <iframe srcdoc="<script>alert(1)</script>"></iframe>  $\href{javascript:alert(1)}{x}$

# %%
from IPython.display import HTML, Javascript, display

print("<script>alert(1)</script><img src=x onerror=alert(1)>")
display(HTML("<script>alert(1)</script>"))
display(Javascript("alert(1)"))


# %% scale
def scale(x, factor):
    print("</pre><script>alert(1)</script>")
    return "</code></pre><script>alert(1)</script><img src=x onerror=alert(1)>"
