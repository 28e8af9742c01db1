#!/bin/bash
# See that there is a PostgreSQL server for the tests marked postgres.
set -euo pipefail
cd "$(dirname "$0")/.."
if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing postgresql for the tests of a gradebook in PostgreSQL"
    tools/apt.sh postgresql
else
    echo "no PostgreSQL server for its tests: install it (sudo apt-get install postgresql), or leave them out: make test SKIP=postgres" >&2
    exit 1
fi
