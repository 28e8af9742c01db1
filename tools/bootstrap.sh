#!/bin/bash
# Build .venv and install the course in it. Called by make when .venv/.ready is missing or older than what it is made of.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
torch_index=${TORCH_INDEX-https://download.pytorch.org/whl/cpu}

stop() {
    echo "$*" >&2
    exit 1
}

command -v "$python" >/dev/null || stop "$python not found: install Python 3.11 or later, or say where it is: make PYTHON=/path/to/python3"
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "$python is Python $version, the course needs 3.11 or later: make PYTHON=/path/to/python3.11"

# Debian and Ubuntu keep what builds virtual environments in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=python$version-venv
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing $package, which $python needs to build .venv"
        tools/apt.sh "$package"
    elif command -v apt-get >/dev/null; then
        stop "$python cannot build a virtual environment: run 'sudo apt-get install $package', then make again"
    else
        stop "$python cannot build a virtual environment: install the modules venv and ensurepip for it, then make again"
    fi
fi

# A build that was cut off may have left anything behind, and a Python that is gone runs nothing: begin again.
rm -f .venv/.ready
if [ -e .venv/.building ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    echo "Building .venv with Python $version"
    "$python" -m venv --clear .venv
fi
touch .venv/.building
pip=(.venv/bin/python -m pip --disable-pip-version-check)

# torch first and by itself, from the index that has the CPU build: the default one's pulls gigabytes of CUDA packages.
# The name of the build is part of the version (2.13.0+cpu), so that no other build can be taken by mistake. One try and
# no dependencies: an index that cannot be reached costs seconds, and pip goes on with what its own settings offer.
torch=$(grep '^torch==' constraints.txt)
build=${torch_index##*/}
if [ "$(uname -s)" = Linux ] && [[ $build =~ ^(cpu|cu[0-9]+|rocm[0-9.]+|xpu)$ ]]; then torch=$torch+$build; fi
"${pip[@]}" install --retries 1 --timeout 15 --no-deps ${torch_index:+--extra-index-url "$torch_index"} "$torch" ||
    stop "$torch could not be installed from ${torch_index:-the default index}: the lines above say why; make TORCH_INDEX=... names another index"
echo "Installing the course and its tools: a minute or two"
"${pip[@]}" install --quiet -c constraints.txt -e '.[dev]'

# Figures that ask the kernel get their answers at once.
.venv/bin/python -m mmcourse.explorer.server >/dev/null

# Differences of notebooks are shown as text; .gitattributes says for which files.
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git config diff.notebook.textconv tools/notebook_text.sh
fi
rm .venv/.building
touch .venv/.ready
