# Everything runs in a virtual environment of the project's own, made when it is missing or out of date.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMPILED := build/compiled

.PHONY: demo test lint types unit samples bench wheel wheel-test docs clean

demo: $(READY) ## set up, and show the main job on a sample
	@echo "The wire carries fragments of tool-call arguments:"
	@echo
	@head -n 12 samples/thoughts-first.jsonl | tail -n 4 | cut -c 1-150
	@echo
	@echo "$$ unspool text samples/thoughts-first.jsonl"
	@$(BIN)/unspool text samples/thoughts-first.jsonl
	@echo
	@echo "$$ unspool rewrite samples/thoughts-first.jsonl | tail -n 4"
	@$(BIN)/unspool rewrite samples/thoughts-first.jsonl | tail -n 4 | cut -c 1-150

test: lint types unit samples ## set up, and run everything that must hold

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

unit: $(READY)
	$(BIN)/pytest -n auto --cov --cov-fail-under=100 tests/core tests/quirks
	$(BIN)/pytest -n auto --ignore tests/core --ignore tests/quirks

samples: $(READY)
	$(BIN)/unspool check samples

bench: $(READY) ## ratios against a bare loop, jq and others, from one run; ten minutes
	UNSPOOL_COMPILED=$(wildcard $(COMPILED)/bin/unspool) $(BIN)/python -m tests.bench

wheel: $(READY) ## build the wheel with compiled modules into dist/: two minutes, needs a C compiler
	rm -f dist/unspool-*.whl
	HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	@ls dist/unspool-*.whl

wheel-test: wheel ## install that wheel in an environment of its own, where make bench finds it, and run all tests on it
	$(PYTHON) -m venv --clear $(COMPILED)
	$(COMPILED)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(COMPILED)/bin/python -m pip install --quiet --disable-pip-version-check dist/unspool-*.whl --group dev
	$(COMPILED)/bin/python -c "from unspool.core import arguments as one; assert one.__file__.endswith('.so'), one"
	$(COMPILED)/bin/pytest -n auto

docs: $(READY) ## write the pages that are drawn from tables, and the picture of the view
	$(BIN)/python -m tests.pages

$(READY): pyproject.toml Makefile
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis .coverage*
