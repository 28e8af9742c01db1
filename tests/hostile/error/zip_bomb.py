"""zip bombs

Hands in an archive of a few kB that holds 4 GB, once beside the notebook and once in its place.
"""

import gzip
import zipfile

EXPECT = {"total": "error"}
NOTES = "is not UTF-8|is not JSON"


def submit(folder, notebook):
    block = bytes(2**24)
    with zipfile.ZipFile(folder / "a01_toy.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("zeros", "w", force_zip64=True) as file:
            for _ in range(16):
                file.write(block)
    with gzip.open(folder / "a01_toy.ipynb", "w", compresslevel=1) as file:
        for _ in range(16):
            file.write(block)
