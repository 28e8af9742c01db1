#!/bin/bash
# See that the tests marked hub can put up a JupyterHub: root, namespaces, and the proxy from npm, in .venv/share/hub.
# Exits with 3, after a line that says why, where that is not possible, whatever one installs.
set -euo pipefail
cd "$(dirname "$0")/.."
proxy=configurable-http-proxy@5.1.0 # the last that runs on Node 18, which Debian 12 has
folder=.venv/share/hub

stop() {
    echo "$1, or leave these tests out: make test SKIP=hub" >&2
    exit 1
}
never() {
    echo "leaving out the tests of a JupyterHub: $1" >&2
    exit 3
}

# Students who cannot read each other's files are accounts of their own, which only root can give to processes.
[ "$(id -u)" = 0 ] || never "they make accounts in a namespace, which takes root"
unshare --mount --pid --net --ipc --fork true 2>/dev/null ||
    never "they need namespaces, which are closed here (in Docker, run it with --privileged)"

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    command -v apt-get >/dev/null || stop "no Node for JupyterHub's proxy: install Node 18 or later with npm"
    missing=()
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    echo "Installing ${missing[*]} for JupyterHub's proxy"
    tools/apt.sh "${missing[@]}"
fi
if ! grep -qs "\"version\": \"${proxy##*@}\"" $folder/node_modules/configurable-http-proxy/package.json; then
    echo "Installing $proxy for the tests of a JupyterHub"
    mkdir -p $folder
    npm install --prefix $folder --no-fund --no-audit --loglevel=error $proxy >/dev/null ||
        stop "$proxy could not be installed by npm, the lines above say why: mend that or, on another machine, fill $folder by the same npm install"
fi
