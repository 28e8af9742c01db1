#!/bin/bash
# See that there is a Chromium for the tests marked browser.
set -euo pipefail
cd "$(dirname "$0")/.."
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing chromium for the browser tests"
    tools/apt.sh chromium
elif command -v apt-get >/dev/null; then
    echo "no Chromium for the browser tests: run 'sudo apt-get install chromium', or leave them out: make test SKIP=browser" >&2
    exit 1
else
    echo "no Chromium for the browser tests: install Chromium or Chrome, or leave them out: make test SKIP=browser" >&2
    exit 1
fi
