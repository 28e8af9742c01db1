#!/bin/sh
# What git diff shows of a notebook: its text, or the file as it is where .venv is gone.
if [ -x .venv/bin/python ]; then exec .venv/bin/python -m tools.canonical --text "$1"; fi
exec cat "$1"
