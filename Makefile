# Everything runs in a virtual environment of the project's own, made when it is missing or out of date.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
INSTALLED := build/installed
SMOKE := build/smoke
SOURCES := $(shell find cli -name "*.py") pyproject.toml hatch_build.py README.md
# The tests of the compiled modules, which run them in their own process.
COMPILED := tests/variants tests/core tests/fastpath tests/formats tests/dialects tests/sinks tests/check/test_runner.py tests/table/test_pieces.py tests/test_samples.py tests/test_pipeline.py tests/test_pages.py
SECONDS ?= 600
# One test more than there are cores: many wait for a process or a clock.
WORKERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
# Container images often forbid bytecode. The tests start hundreds of processes, each of which would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE
PIP := -m pip --quiet --disable-pip-version-check

.PHONY: demo test quick lint types unit samples bench fuzz torture faults-cost faults-peers wheel wheel-smoke wheel-check wheel-test docs site dist lock clean

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

test: lint types unit samples ## set up, and run all checks

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

unit: $(READY)
	$(BIN)/pytest -n auto --cov --cov-fail-under=100 tests/variants tests/core tests/quirks
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --ignore tests/variants --ignore tests/core --ignore tests/quirks

quick: $(READY) ## the core, the quirks and the samples: under a minute
	$(BIN)/pytest -q -n auto tests/variants tests/core tests/quirks
	$(BIN)/unspool check samples

samples: $(READY)
	$(BIN)/unspool check samples

bench: $(INSTALLED)/.ready ## ratios of the installed command against a bare loop, jq and others, from one run; 7 minutes (FULL=1: half an hour)
	UNSPOOL_INSTALLED=$(INSTALLED)/bin/unspool $(BIN)/python -m tests.bench $(if $(FULL),--full)

fuzz: $(READY) ## ten minutes of generated inputs (SECONDS=600); findings go into build/fuzz
	$(BIN)/python -m tests.fuzz $(SECONDS)

torture: $(READY) ## let each system call of a dozen scenarios fail in turn; needs strace (Debian: apt install strace)
	$(BIN)/python -m tests.faults.torture; code=$$?; test $$code -eq 77 || exit $$code

faults-cost: $(READY) ## seconds a MB and memory of the commands on inputs that are made to cost much; an hour
	$(BIN)/python -m tests.faults.hostile

faults-peers: $(READY) ## what openai-python and llm do with the same hostile inputs; needs the network once, to install llm
	$(BIN)/python -m tests.faults.peers

wheel: dist/.ready ## build the wheel with compiled modules into dist/; needs a C compiler; five minutes
	@ls dist/unspool-*.whl

wheel-check: $(INSTALLED)/.ready ## run the tests of the compiled modules on what the wheel installs
	$(INSTALLED)/bin/python -c "from unspool.core.parser import argument_parser as one; assert one.__file__.endswith('.so'), one"
	$(INSTALLED)/bin/pytest -q -n auto $(COMPILED)

wheel-smoke: $(SMOKE)/.ready ## run the same tests on a wheel compiled without optimisation; four minutes
	PYTHONPATH=$(SMOKE) $(BIN)/python -c "from unspool.core.parser import argument_parser as one; assert one.__file__.endswith('.so'), one"
	PYTHONPATH=$(SMOKE) $(BIN)/pytest -q -n auto $(COMPILED)

wheel-test: $(INSTALLED)/.ready ## run all tests on what the wheel installs
	$(INSTALLED)/bin/python -c "from unspool.core.parser import argument_parser as one; assert one.__file__.endswith('.so'), one"
	$(INSTALLED)/bin/pytest -n auto

docs: $(READY) ## write the pages that are generated from tables, and the picture of the view
	$(BIN)/python -m tests.pages

site: $(READY) ## build the site of docs/, with search, into build/site
	$(BIN)/python $(PIP) install --group site
	$(BIN)/zensical build --strict

dist: $(READY) ## build the source distribution and the wheel into dist/, and check them in clean environments; five minutes
	$(BIN)/python $(PIP) install --group release
	$(BIN)/python -m tests.dist

lock: $(READY) ## write the exact versions of the development environment, with hashes
	$(BIN)/python $(PIP) install --group release
	$(BIN)/python -m tests.lock

$(READY): pyproject.toml Makefile
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) install --upgrade "pip>=25.1"
	$(BIN)/python $(PIP) install --editable . --group dev
	@touch $@

$(SMOKE)/.ready: $(READY) $(SOURCES)
	rm -rf $(SMOKE)
	HATCH_BUILD_HOOK_ENABLE_CUSTOM=true MYPYC_OPT_LEVEL=0 $(BIN)/python $(PIP) install --no-build-isolation --no-deps --target $(SMOKE) .
	@touch $@

dist/.ready: $(READY) $(SOURCES)
	rm -f dist/unspool-*.whl
	HATCH_BUILD_HOOK_ENABLE_CUSTOM=true $(BIN)/python $(PIP) wheel --no-deps --wheel-dir dist .
	@touch $@

$(INSTALLED)/.ready: dist/.ready
	$(PYTHON) -m venv --clear $(INSTALLED)
	$(INSTALLED)/bin/python $(PIP) install --upgrade "pip>=25.1"
	$(INSTALLED)/bin/python $(PIP) install dist/unspool-*.whl --group dev
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis .coverage*
