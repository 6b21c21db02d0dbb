# Each target that needs the environment sets it up first; see CONTRIBUTING.md.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
STAMP := .venv/.installed
PEERS := .venv/.peers

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow check lint types layers catalogue migrations format lock bench-match bench-workbench clean clean-all

help: ## show this list
	@echo "Duixian 兑现: make TARGET [ARGS=...] [PYTHON=python3.12]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## set up .venv from requirements.lock (every other target does it by itself)

demo: $(STAMP) ## run a synthetic city from profile to payment, then serve its pages (ARGS=--once ends instead)
	@$(BIN)/duixian demo $(ARGS)

test: $(STAMP) ## run the tests, all but the slow ones (ARGS="-k NAME" and other pytest options)
	@echo "Running the tests; usually a few minutes ..." >&2
	@$(BIN)/pytest -m "not slow" $(ARGS)

# pytest calls it an error to find no test (exit 5), which is none as long as no slow test has been written.
test-slow: $(STAMP) ## run the slow tests only
	@if grep -rqE 'mark\.slow' tests; then $(BIN)/pytest -m slow $(ARGS); else echo "No slow test exists yet."; fi

check: lint types layers catalogue migrations ## run all static checks, the catalogue's cases, migrations up and down

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports --no-logo

catalogue: $(STAMP)
	$(BIN)/duixian catalogue check

migrations: $(STAMP)
	$(BIN)/duixian db check

format: $(STAMP) ## let ruff mend what it can
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

# The lock names no index: it installs from whichever the machine uses.
lock: $(STAMP) ## renew requirements.lock from pyproject.toml (ARGS=--upgrade for newer releases)
	$(BIN)/uv pip compile pyproject.toml --extra dev --output-file requirements.lock --quiet \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" $(ARGS)
	$(BIN)/uv pip compile benchmarks/requirements.in --output-file benchmarks/requirements.lock --quiet \
		--constraint requirements.lock --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS)

bench-match: $(PEERS) ## measure the matcher beside its peers against its bars (ARGS=--quick to develop)
	@$(BIN)/python -m benchmarks $(ARGS)

bench-workbench: $(STAMP) ## measure the workbench over a million citizens against its bars (ARGS=--quick to develop)
	@$(BIN)/python -m benchmarks.workbench $(ARGS)

# pip knows the index that the machine uses, mirror or not; it leaves alone what requirements.lock installed.
$(PEERS): $(STAMP) benchmarks/requirements.lock
	@echo "Installing the systems that the matcher is measured against ..." >&2
	@$(BIN)/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes -r benchmarks/requirements.lock
	@touch $(PEERS)

# A server whose files are gone would linger, so those of the demo are stopped first.
clean: ## remove what the demo, training and the checks made (.duixian, .bench, mlruns, caches); .venv stays
	@if [ -e .duixian ] && [ -e $(STAMP) ]; then $(BIN)/python -c 'from pathlib import Path; from storage import embedded; \
		[embedded.stop(file.parent) for file in Path(".duixian").rglob("postmaster.pid")]'; fi
	rm -rf .duixian .bench .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find mlruns -mindepth 1 ! -name README.md -delete

clean-all: clean ## remove .venv as well
	rm -rf .venv .venv.lock

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "No $(PYTHON) here: install Python 3.11 or newer, or name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) tools/set_up.py
