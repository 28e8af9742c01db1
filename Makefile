# Everything here sets itself up: it needs Python 3.11 or later, make and git. `make help` lists what there is.

PYTHON ?= python3
# Where the CPU build of torch comes from. The last part of the address names the build, so .../whl/cu130 works too;
# empty takes whatever the default index has.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
# What `make test` leaves out, with a comma between: browser, hostile, hub, notebook, postgres, slow
SKIP ?=

export PYTHON TORCH_INDEX SKIP
BIN := .venv/bin
quick := not slow and not browser and not notebook and not hostile

.DEFAULT_GOAL := help
.PHONY: help demo test check lab clean

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /make \1\t/p' Makefile

demo: .venv/.ready ## release an assignment and grade a class of simulated students
	@$(BIN)/autograder demo

test: .venv/.ready ## all tests; SKIP=browser leaves out those that need Chromium
	@tools/test.sh

check: .venv/.ready ## style, import contract, canonical notebooks and the quick tests, in three minutes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m tools.canonical --check
	@$(BIN)/python -m tools.readme --check
	@$(BIN)/python -m tools.exercises --check
	@$(BIN)/python -m pytest -q -n logical -m "$(quick)"

lab: .venv/.ready ## JupyterLab on the course
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root)

clean: ## remove .venv and everything that can be made again
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.ready: pyproject.toml constraints.txt tools/bootstrap.sh
	@tools/bootstrap.sh
