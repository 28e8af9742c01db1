"""lasting change of the worker

Changes what a process that grades many would pass on: the limits, the mask, the folder, signals, locale, collector.
"""

# %%
import gc
import locale
import os
import resource
import signal
import sys
import warnings

gc.disable()
gc.set_threshold(1)
os.umask(0o777)
for attempt in (
    lambda: os.chdir("/"),
    lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4)),
    lambda: locale.setlocale(locale.LC_ALL, "tr_TR"),
    lambda: signal.setitimer(signal.ITIMER_REAL, 0.3, 0.3),
    lambda: os.nice(19),
    lambda: sys.setrecursionlimit(60),
):
    try:
        attempt()
    except Exception:
        pass
signal.signal(signal.SIGALRM, signal.SIG_IGN)
signal.setitimer(signal.ITIMER_REAL, 0)
warnings.simplefilter("error")
sys.path[:] = []
sys.meta_path.clear()


# %% scale
def scale(x, factor):
    return None
