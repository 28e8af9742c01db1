"""What is installed: the two packages, the data of the visible checks, and nothing hidden."""

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

SECRET = ("hidden", "solutions", "mistakes.py", "variants.py", "manifest.toml", "test_", "checks.py")


@pytest.fixture(scope="module")
def built(course, tmp_path_factory) -> dict[str, list[str]]:
    """The names of the files in the wheel and in the source distribution, built from a copy with hidden tests in it."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in ("pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "LICENSE-TEXT"):
        (source / name).write_bytes((course.root / name).read_bytes())
    for package in ("mmcourse", "autograder", "solutions", "tests"):
        for path in (course.root / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                copy = source / path.relative_to(course.root)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())
    assert list((source / "autograder" / "hidden").rglob("test_*.py"))  # so that there is something to keep out
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = target.glob("*.whl")
    (sdist,) = target.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        members = [name.partition("/")[2] for name in archive.getnames()]
    return {"wheel": zipfile.ZipFile(wheel).namelist(), "sdist": members}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_nothing_hidden_is_packaged(built, kind):
    assert [name for name in built[kind] if any(part.startswith(SECRET) for part in Path(name).parts)] == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_every_module_and_the_check_data_are_packaged(built, course, kind):
    paths = [path for package in ("mmcourse", "autograder") for path in (course.root / package).rglob("*.py")]
    wanted = {str(path.relative_to(course.root)) for path in paths if "hidden" not in path.parts}
    wanted |= {str(path.relative_to(course.root)) for path in (course.root / "mmcourse").rglob("*.json")}
    assert wanted - set(built[kind]) == set()


def test_hidden_is_a_folder_and_no_package(course):
    assert list((course.root / "autograder" / "hidden").rglob("__init__.py")) == []


def test_every_folder_of_modules_is_a_package(course):
    """Without an __init__ the import contract would not see the folder, and the wheel would not have it."""
    hidden = course.root / "autograder" / "hidden"
    for package in ("mmcourse", "autograder"):
        folders = {path.parent for path in (course.root / package).rglob("*.py") if hidden not in path.parents}
        assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_pins_are_names_and_versions_of_everything_that_is_needed(course):
    lines = (course.root / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert not [version for version in pins.values() if set(version) - set("0123456789.abrcpost")]
    project = tomllib.loads((course.root / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {requirement.partition(">")[0].partition("[")[0] for requirement in wanted}
    assert names - set(pins) == set()


def test_binder_gets_the_same_dependencies(course):
    """environment.yml names each dependency of pyproject.toml as conda-forge does, and nothing editable."""
    text = (course.root / "environment.yml").read_text()
    listed = {
        line.strip("- ").partition(">")[0].partition("=")[0] for line in text.splitlines() if line.startswith("  - ")
    }
    project = tomllib.loads((course.root / "pyproject.toml").read_text())["project"]
    names = {requirement.partition(">")[0] for requirement in project["dependencies"]}
    conda = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}
    assert {conda.get(name, name) for name in names} - listed == set()
    assert "  - python=3.11\n" in text
    assert "-e" not in text.split()
