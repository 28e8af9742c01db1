"""zip slip

Hands in an archive whose files want to be unpacked outside: beside the gradebook and over another submission.
"""

import io
import tarfile
import zipfile

EXPECT = {"total": "error"}


def submit(folder, notebook):
    with zipfile.ZipFile(folder / "a01_toy.zip", "w") as archive:
        for name in ("../../../hostile-was-here", "/tmp/hostile-was-here", "..\\..\\hostile-was-here", "a01_toy.ipynb"):
            archive.writestr(name, "{}")
    with tarfile.open(folder / "a01_toy.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("../../../hostile-was-here")
        archive.addfile(entry, io.BytesIO())
