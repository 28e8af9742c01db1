"""time in many cells

A notebook of a hundred cells, each of which works in ten threads at once: most of its time is spent waiting for a processor.
"""

from tests.hostile.specimen import new_cell, write

EXPECT = {"total": "timeout"}
SOURCE = """
import hashlib, threading, time
block = bytes(4_000_000)
start = time.process_time()
def spin():
    while time.process_time() - start < 2.0:
        hashlib.sha256(block)
threads = [threading.Thread(target=spin) for _ in range(10)]
for thread in threads:
    thread.start()
spin()
for thread in threads:
    thread.join()
"""


def submit(folder, notebook):
    notebook["cells"][1:1] = [new_cell(SOURCE, id=f"cell-{number}") for number in range(100)]
    write(folder, notebook)
