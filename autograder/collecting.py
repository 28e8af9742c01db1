"""Collect from nbgrader's exchange what each student handed in: their own plain files, under their own name.

    c.ExchangeFactory.collect = "autograder.collecting.Collect"    # nbgrader_config.py, if each student is an account

Students write into the exchange whatever they like, and nbgrader copies it with the instructor's rights: it follows
links, so the solution or another student's work would be handed in and come back as feedback, and it believes the name
that a submission gives itself. Here no link is followed, and a submission belongs to the account that wrote it.
"""

import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

from nbgrader.exchange.default import ExchangeCollect


class Collect(ExchangeCollect):
    """nbgrader's own collecting, told whose a submission is and given a copy that holds nothing but files of theirs."""

    def _path_to_record(self, path: str) -> dict:
        record = super()._path_to_record(path)
        owner = account(path)
        if owner != record["username"]:
            self.log.warning("%s is from %s, whatever it says, and counts as theirs", path, owner)
            record["username"] = owner
        return record

    def do_copy(self, src: str, dest: str, log: object = None) -> None:
        with tempfile.TemporaryDirectory(prefix="mmcourse-collect-") as folder:
            copy = Path(folder) / "copy"
            try:
                left_out = copy_own(src, copy, 1000 * self.coursedir.max_file_size)
            except OSError as error:
                self.log.error("%s cannot be collected: %s", src, error.strerror)
                return
            for name in left_out:
                self.log.warning("%s/%s was left out: a link, too large, or not the student's own file", src, name)
            super().do_copy(str(copy), dest)


def account(path: str) -> str:
    """The name of the account that made `path`; of a link, and not of what it points to."""
    number = os.lstat(path).st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def copy_own(source: str, target: Path, largest: int) -> list[str]:
    """Copy the plain files below `source` that its owner owns, up to `largest` bytes each; returns what was left out.

    Everything is opened by its name in a folder that is open already and never through a link, so that nothing can be
    exchanged while it is looked at.
    """
    left_out = []
    top = os.open(source, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        owner = os.fstat(top).st_uid
        for folder, folders, names, here in os.fwalk(".", dir_fd=top):
            (target / folder).mkdir()
            left_out += [os.path.join(folder, name) for name in folders if is_link(name, here)]
            for name in names:
                if not copy_file(name, here, target / folder / name, owner, largest):
                    left_out.append(os.path.join(folder, name))
    finally:
        os.close(top)
    return left_out


def is_link(name: str, folder: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def copy_file(name: str, folder: int, target: Path, owner: int, largest: int) -> bool:
    """Copy one file, if it is a plain one of `owner`'s that is not too large; says whether it was."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return False
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != owner or status.st_size > largest:
            return False
        with open(target, "wb") as copy:
            shutil.copyfileobj(file, copy)
    return True
