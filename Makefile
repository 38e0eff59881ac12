# The table of contents of commands. A fresh machine needs Python 3.11+ with venv, make and git; nothing else.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
ENVIRONMENT := .venv/.setup-done
ASSETS := static/vendor/manifest.json
ZIPS := postal/data/zip_places.arrow

# What is compiled once is kept, whatever the environment says: tests start many processes.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help setup run test test-fast check lint types walls rules bench format lock clean
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(ENVIRONMENT) $(ASSETS) $(ZIPS) ## make .venv from the lock, install the browser assets, write the ZIP table; instant when nothing changed

$(ENVIRONMENT): pyproject.toml requirements.lock scripts/setup.py
	@test -n "$(PYTHON)" || { echo "Set-up stopped: Python 3.11 or newer was not found. Install it, or name it: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) scripts/setup.py
	@touch $@

$(ASSETS): package.json package-lock.json scripts/browser_assets.py | $(ENVIRONMENT)
	@$(BIN)/python scripts/browser_assets.py

$(ZIPS): scripts/zip_table.py postal/data/zips.py $(ENVIRONMENT)
	@$(BIN)/python scripts/zip_table.py

run: setup ## start everything with the sample mailing and print the address and the demo sign-ins; Ctrl-C stops it
	@$(BIN)/indicia up --demo

test: setup ## every test, or those of a file or folder: make test T=tests/web
	@$(BIN)/pytest $(if $(T),$(T),-n auto --dist loadfile --no-loadscope-reorder)

test-fast: setup ## the rule book and the values it speaks in: no database, no browser
	@$(BIN)/pytest -n auto tests/kernel tests/postal

check: lint types walls rules ## formatting and lint, types, walls between the rooms, rules of the house

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

walls: setup
	$(BIN)/lint-imports

rules: setup
	$(BIN)/pytest -q tests/architecture

bench: setup ## measure against peers; one JSON line a measurement
	@$(BIN)/uv pip install --quiet --group bench || echo "Some peers could not be installed; their ratios are left out." >&2
	@$(BIN)/python -m bench

format: setup ## format the code
	@$(BIN)/ruff check --fix --select I . && $(BIN)/ruff format .

lock: setup ## write requirements.lock and package-lock.json again from pyproject.toml and package.json
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-annotate --no-header --quiet -o requirements.lock
	npm install --package-lock-only

clean: ## remove what set-up and tests made; the data folder var/ stays
	rm -rf .venv static/vendor $(ZIPS) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
