"""The file of the reader's answers: nothing is lost, and no trouble with it reaches a lecture."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmcourse.explorer import answers


@pytest.fixture
def file(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("MMCOURSE_ANSWERS", str(tmp_path / "deep" / "answers.json"))
    monkeypatch.setattr(answers, "_unwritten", {})
    return tmp_path / "deep" / "answers.json"


def test_it_stands_in_jupyters_data_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("MMCOURSE_ANSWERS", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    assert answers.path() == tmp_path / "mmcourse" / "answers.json"


def test_what_is_kept_is_recalled_and_none_forgets_it(file):
    assert answers.recall("06.a") is None
    answers.keep("06.a", {"guess": "it grows"})
    answers.keep("06.b", {"guess": 0.5})
    assert json.loads(file.read_text()) == {"06.a": {"guess": "it grows"}, "06.b": {"guess": 0.5}}
    answers.keep("06.a", None)
    assert answers.recall("06.a") is None and answers.recall("06.b") == {"guess": 0.5}
    assert sorted(path.name for path in file.parent.iterdir()) == ["answers.json", "answers.json.lock"]


def test_what_is_known_already_is_not_written_again(file):
    answers.keep("06.a", 1)
    before = file.stat().st_ino
    answers.keep("06.a", 1)
    assert file.stat().st_ino == before
    answers.keep("06.a", 2)
    assert answers.recall("06.a") == 2


@pytest.mark.parametrize("broken", [b"", b'{"06.a": ', b"[1, 2]", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_broken_file_is_set_aside_and_a_new_one_begun(file, broken):
    file.parent.mkdir()
    file.write_bytes(broken)
    assert answers.recall("06.a") is None
    assert file.read_bytes() == broken, "reading changes nothing"
    answers.keep("06.a", 1)
    assert json.loads(file.read_text()) == {"06.a": 1}
    (aside,) = file.parent.glob("answers.broken-*.json")
    assert aside.read_bytes() == broken


def test_text_of_any_language_and_any_code_unit_survives(file):
    answers.keep("06.a", {"guess": "η < ½ \ud800 日本"})
    assert answers.recall("06.a") == {"guess": "η < ½ \ud800 日本"}


def test_where_nothing_can_be_written_the_kernel_remembers(tmp_path, monkeypatch):
    monkeypatch.setattr(answers, "_unwritten", {})
    (tmp_path / "occupied").write_text("no folder")
    monkeypatch.setenv("MMCOURSE_ANSWERS", str(tmp_path / "occupied" / "answers.json"))
    answers.keep("06.a", 1)
    assert answers.recall("06.a") == 1
    assert (tmp_path / "occupied").read_text() == "no folder"


def test_a_folder_in_its_place_is_left_alone(file):
    (file / "mine").mkdir(parents=True)
    answers.keep("06.a", 1)
    assert answers.recall("06.a") == 1 and (file / "mine").is_dir()


def test_a_failed_write_leaves_the_old_answers_and_no_litter(file, monkeypatch):
    answers.keep("06.a", 1)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(answers.os, "fsync", full)
        answers.keep("06.b", 2)
    assert json.loads(file.read_text()) == {"06.a": 1} and answers.recall("06.b") == 2
    assert sorted(path.name for path in file.parent.iterdir()) == ["answers.json", "answers.json.lock"]
    answers.keep("06.b", 3)
    assert json.loads(file.read_text()) == {"06.a": 1, "06.b": 3}


def test_a_link_stays_a_link(file, tmp_path):
    file.parent.mkdir()
    (tmp_path / "elsewhere.json").write_text("{}")
    file.symlink_to(tmp_path / "elsewhere.json")
    answers.keep("06.a", 1)
    assert file.is_symlink() and json.loads((tmp_path / "elsewhere.json").read_text()) == {"06.a": 1}


def test_two_kernels_do_not_lose_each_others_answers(file):
    code = "import sys; from mmcourse.explorer.answers import keep\nfor i in range(60): keep(f'{sys.argv[1]}.{i}', i)"
    environment = {**os.environ, "MMCOURSE_ANSWERS": str(file)}
    kernels = [subprocess.Popen([sys.executable, "-c", code, name], env=environment) for name in ("a", "b")]
    assert [kernel.wait(timeout=60) for kernel in kernels] == [0, 0]
    assert json.loads(file.read_text()) == {f"{name}.{i}": i for name in "ab" for i in range(60)}


def test_a_lock_that_nobody_opens_does_not_hold_up_the_reader(file, monkeypatch):
    monkeypatch.setattr(answers, "PATIENCE", 0.05)
    file.parent.mkdir()
    with answers.locked(file):
        answers.keep("06.a", 1)
    assert answers.recall("06.a") == 1
