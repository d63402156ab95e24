# Every task of a checkout. `make help` lists them; each makes .venv and installs by itself when it has to.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --constraint constraints.txt
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)

.DEFAULT_GOAL := help
.PHONY: help demo picture policies access test check format lock clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

# One scene, the real pipeline, the result: the first thing to run. Needs no camera and no download of weights.
demo: $(VENV)/.installed ## make .venv, install, run the demo
	@$(BIN)/menjian demo

# The picture in the README, drawn by the program from the demo's own scene.
picture: $(VENV)/.installed ## draw docs/demo.png anew
	@$(BIN)/menjian demo --out demo-out
	@cp demo-out/arrivals.png docs/demo.png

# What every policy says, from its YAML, with the cases that show it; a test keeps it in step.
policies: $(VENV)/.installed ## write docs/policies.md anew
	@$(BIN)/python -m api.policies_page tests/cases tests/attribution/cases > docs/policies.new
	@mv docs/policies.new docs/policies.md

# Who may do what in the service, from the table that decides it; a test keeps it in step.
access: $(VENV)/.installed ## write docs/access.md anew
	@$(BIN)/python -m api.access.page > docs/access.new
	@mv docs/access.new docs/access.md

# The whole suite, doctests included; what the machine lacks is skipped with one line saying what.
test: $(VENV)/.installed-dev ## make .venv, install with the dev extra, run the whole suite
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal

# Changes nothing: the same three checks as .ci/run.
check: $(VENV)/.installed-dev ## formatter in check mode, linter, strict types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

# The only task that rewrites sources.
format: $(VENV)/.installed-dev ## format the sources and mend what the linter can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# After a change of dependencies: pins what a fresh environment with the dev extra would get today.
lock: $(BIN)/pip ## write constraints.txt anew from pyproject.toml
	@echo "# Exact versions, for Python 3.11 to 3.13 on Linux. Written by \`make lock\`; do not edit." > constraints.new
	@$(BIN)/python -m pip install --quiet --dry-run --ignore-installed --report - '.[dev]' | $(BIN)/python -c \
		'import json, sys; each = [i["metadata"] for i in json.load(sys.stdin)["install"]]; \
		print(*sorted((m["name"].lower() + "==" + m["version"] for m in each if m["name"] != "menjian")), sep="\n")' >> constraints.new
	@mv constraints.new constraints.txt

# Sites, demos and scenes are somebody's data and stay.
clean: ## remove the environment and the caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist

# A half-made environment is removed, so that the next run starts afresh.
$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo "make: no Python >= 3.11 found; install python3.11 or newer, or say make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "making $(VENV) with $(PYTHON)"
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "make: $(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

# The stamps: pip runs again only when the dependencies have changed. Editable, so sources need no reinstallation.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "installing into $(VENV) (a minute or two the first time)"
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "installing into $(VENV), with what the tests need (a minute or two the first time)"
	@$(INSTALL) --editable '.[dev]'
	@touch $(VENV)/.installed $@
