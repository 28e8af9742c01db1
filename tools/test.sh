#!/bin/bash
# Run all tests, or all but the parts named in SKIP (with a comma between), after seeing that there is what they need.
set -euo pipefail
cd "$(dirname "$0")/.."
known="browser hostile hub notebook postgres slow"
skipped=${SKIP:-}
skipped=${skipped//,/ }

among() { case " $2 " in *" $1 "*) true ;; *) false ;; esac }

for part in $skipped; do
    among "$part" "$known" || { echo "SKIP=${SKIP}: unknown part $part: use $known" >&2; exit 2; }
done
among browser "$skipped" || tools/chromium.sh
among postgres "$skipped" || tools/postgres.sh
if ! among hub "$skipped" && ! among browser "$skipped"; then
    tools/hub.sh || case $? in
        3) skipped="$skipped hub" ;; # not on this machine, whatever one installs: it has said why
        *) exit 1 ;;
    esac
fi
marks=
for part in $skipped; do marks="${marks:+$marks and }not $part"; done
# A file of tests stays with one process: what it has set up, a browser or a class, is set up once.
exec .venv/bin/python -m pytest -n logical --maxprocesses 4 --dist loadfile ${marks:+-m "$marks"}
