"""The loader of MOSI: files of the true format come through, and nothing in a file is ever run."""

import io
import os
import pickle
import struct

import numpy as np
import pytest

from mmcourse.worlds.mosi import Reader, load


def split(rng, count=3, label="labels", shape=(3, 1, 1), dtype=np.float32):
    return {
        "text": rng.normal(size=(count, 50, 300)).astype(dtype),
        "vision": rng.normal(size=(count, 50, 20)).astype(dtype),
        "audio": np.asfortranarray(rng.normal(size=(count, 50, 5))),
        label: np.linspace(-3, 3, count).reshape(shape),
        "id": [b"03bSnISJMiM$_$1", "03bSnISJMiM$_$2", "x"],
    }


def corpus(**options):
    rng = np.random.default_rng(0)
    return {name: split(rng, **options) for name in ("train", "valid", "test")}


def saved(tmp_path, found, protocol=4):
    path = tmp_path / "mosi_data.pkl"
    path.write_bytes(found if isinstance(found, bytes) else pickle.dumps(found, protocol))
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_file_of_the_true_format_comes_through(tmp_path, protocol):
    data = corpus()
    found = load(saved(tmp_path, data, protocol))
    for name in ("train", "valid", "test"):
        mine = getattr(found, name)
        np.testing.assert_array_equal(mine.language, data[name]["text"])
        np.testing.assert_allclose(mine.acoustic, data[name]["audio"], rtol=1e-6)
        assert mine.score.tolist() == [-3, 0, 3] and mine.vision.dtype == np.float32
    assert found.mended == 0


def test_the_other_name_of_labels_big_ends_and_what_is_not_finite(tmp_path):
    data = corpus(label="regression_labels", shape=(3,), dtype=">f8")
    data["test"]["audio"][0, 0] = -np.inf
    data["train"]["vision"][1, 1, 1] = np.nan
    found = load(saved(tmp_path, data))
    assert found.mended == 6 and not found.test.acoustic[0, 0].any() and found.train.vision[1, 1, 1] == 0
    np.testing.assert_allclose(found.valid.language, data["valid"]["text"].astype(float), rtol=1e-6)


class Evil:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ("call", "word"),
    [
        ((os.mkdir, ("ran",)), "mkdir"),
        ((eval, ("__import__('os').mkdir('ran')",)), "eval"),
        ((getattr, ("", "join")), "getattr"),
        ((np.zeros, ((10**12,),)), "zeros"),
    ],
)
@pytest.mark.parametrize("protocol", [2, 4])
def test_nothing_is_run(tmp_path, monkeypatch, call, word, protocol):
    monkeypatch.chdir(tmp_path)
    data = corpus()
    data["train"]["extra"] = Evil(*call)
    with pytest.raises(ValueError, match=rf"mosi_data.pkl was refused: it wants .*{word}, which is no plain data"):
        load(saved(tmp_path, data, protocol))
    assert not (tmp_path / "ran").exists()


def test_objects_inside_arrays_are_refused(tmp_path):
    data = corpus()
    data["test"]["labels"] = np.array([1.0, None, 2.0], dtype=object)
    with pytest.raises(ValueError, match="`test.labels` is no array that can be read: an array of objects"):
        load(saved(tmp_path, data))


HOSTILE = {
    "a number that claims 2 TB": b"\x80\x05\x96" + struct.pack("<Q", 2**41) + b"x.",
    "a memo of a far place": b"\x80\x04Nr\xff\xff\xff\xff.",
    "a function that is changed": b"\x80\x02c_codecs\nencode\nN}U\x08__code__K\x01s\x86b.",
    "a key nested a million times": b"\x80\x02}" + b")" + b"\x85" * 1_000_000 + b"Ns.",
    "a set": b"\x80\x04\x8f.",
    "an extension": b"\x80\x02\x82\x01.",
    "a persistent id": b"\x80\x02Pabc\n.",
    "it ends early": pickle.dumps({"train": np.ones(100)})[:-50],
    "no pickle": b"PK\x03\x04 and so on",
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_broken_and_hostile_files_end_in_one_clear_error(tmp_path, name):
    with pytest.raises(ValueError, match=r"mosi_data.pkl (was refused|is no pickle that can be read|must hold)"):
        load(saved(tmp_path, HOSTILE[name]))


def array_state(shape, code="f8", data=b"\0" * 8):
    """An array as a pickle has it, with a state of our choice."""
    made = np.zeros(1).__reduce__()
    return made, (1, shape, np.dtype(code), False, data)


class Forged:
    def __init__(self, *state):
        self.state = state

    def __reduce__(self):
        made, state = array_state(*self.state)
        return (*made[:2], state)


@pytest.mark.parametrize("state", [((10**6, 10**6),), ((1,), "V8"), ((1,), "f4,f4"), ((-1, 7),), ((3,), "O")])
def test_arrays_that_claim_what_they_do_not_hold_are_refused(tmp_path, state):
    data = corpus()
    data["train"]["text"] = Forged(*state)
    with pytest.raises(ValueError, match="`train.text` is no array that can be read"):
        load(saved(tmp_path, data))


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="bring mosi_data.pkl yourself"):
        load(tmp_path / "mosi_data.pkl")
    with pytest.raises(ValueError, match="must hold a dict with train, valid, test, got a dict with train$"):
        load(saved(tmp_path, {"train": {}}))
    for key, value, message in [
        ("audio", None, "`valid.audio` must be an array of numbers, got nothing"),
        ("audio", [1.0], "`valid.audio` must be an array of numbers, got a list"),
        ("audio", np.ones((2, 50, 5)), r"`valid.audio` must have shape \(N, T, D\) with N = 3 as in the text"),
        ("labels", np.ones(2), "one number for each of 3 texts"),
        ("labels", np.array([0.0, 7.0, 1.0]), "must lie between -3 and 3"),
    ]:
        data = corpus()
        data["valid"][key] = value
        with pytest.raises(ValueError, match=message):
            load(saved(tmp_path, data))


def test_the_reader_reads_plain_data_as_pickle_does():
    plain = {"a": [1, 2.5, None, True, "ü", b"\xff", (1, (2,))], "b": {"c": 2**70, 3: -1}}
    for protocol in (2, 3, 4, 5):
        assert Reader(io.BytesIO(pickle.dumps(plain, protocol)), encoding="latin1").load() == plain
