"""Collecting from the exchange: what is the student's own comes, what a link or another's file would bring stays."""

import os
from types import SimpleNamespace

import pytest

from autograder.collecting import Collect, account, copy_file, copy_own

LARGEST = 1000


@pytest.fixture
def handed_in(tmp_path):
    folder = tmp_path / "inbound" / "hopper+a01_toy+2026-10-01 12:00:00 UTC+x"
    (folder / "data").mkdir(parents=True)
    (folder / "a01_toy.ipynb").write_text("{}")
    (folder / "data" / "points.csv").write_text("1,2")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "solution.ipynb").write_text("x * factor")
    return folder


def copied(folder, tmp_path):
    left_out = copy_own(str(folder), tmp_path / "copy", LARGEST)
    files = {str(path.relative_to(tmp_path / "copy")) for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    return files, {os.path.normpath(name) for name in left_out}


def test_plain_files_come_with_their_folders(handed_in, tmp_path):
    assert copied(handed_in, tmp_path) == ({"a01_toy.ipynb", "data/points.csv"}, set())


def test_no_link_is_followed(handed_in, tmp_path):
    (handed_in / "mine.ipynb").symlink_to(tmp_path / "secret" / "solution.ipynb")
    (handed_in / "folder").symlink_to(tmp_path / "secret")
    (handed_in / "nowhere").symlink_to("/nowhere")
    files, left_out = copied(handed_in, tmp_path)
    assert files == {"a01_toy.ipynb", "data/points.csv"} and left_out == {"mine.ipynb", "folder", "nowhere"}


def test_a_link_in_the_place_of_the_whole_submission(handed_in, tmp_path):
    link = handed_in.with_name("hopper+a01_toy+2026-10-02 12:00:00 UTC+y")
    link.symlink_to(tmp_path / "secret")
    with pytest.raises(OSError):
        copy_own(str(link), tmp_path / "copy", LARGEST)
    assert not (tmp_path / "copy").exists()


def test_no_pipe_hangs_and_nothing_large_comes(handed_in, tmp_path):
    os.mkfifo(handed_in / "pipe")
    (handed_in / "large").write_bytes(bytes(LARGEST + 1))
    files, left_out = copied(handed_in, tmp_path)
    assert files == {"a01_toy.ipynb", "data/points.csv"} and left_out == {"pipe", "large"}


def test_a_file_of_somebody_else_stays(handed_in, tmp_path):
    """As a hard link to it would be."""
    folder = os.open(handed_in, os.O_RDONLY)
    try:
        assert not copy_file("a01_toy.ipynb", folder, tmp_path / "copy", os.geteuid() + 1, LARGEST)
        assert copy_file("a01_toy.ipynb", folder, tmp_path / "copy", os.geteuid(), LARGEST)
    finally:
        os.close(folder)


def test_a_submission_belongs_to_the_account_that_wrote_it(handed_in, monkeypatch):
    said = []
    monkeypatch.setattr("autograder.collecting.account", lambda path: "turing")
    collector = Collect(parent=None)
    monkeypatch.setattr(
        type(collector), "log", SimpleNamespace(warning=lambda *words: said.append(words[0] % words[1:]))
    )
    assert collector._path_to_record(str(handed_in))["username"] == "turing"
    assert len(said) == 1 and "is from turing" in said[0]


def test_the_owner_of_a_link_is_who_made_it(tmp_path):
    (tmp_path / "link").symlink_to("/nowhere")
    assert account(str(tmp_path / "link")) == account(str(tmp_path))
