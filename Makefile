# Lineside: everything people and CI run. `make` lists it.
#
#   PYTHON=python3.12   the Python that makes the environment (3.11 or newer; found by tools/python.sh when not given)
#   PORT=8765           where `make run` listens
#   VENV=.venv          the environment
#   SUITE=folder        where the conformance suite of DMN is (found beside the checkout when not given)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON ?=
PORT ?= 8765
VENV ?= .venv
STATE ?= .lineside
WORKERS ?= 2

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
LOCKED := install --quiet --require-hashes --no-deps --no-build-isolation
CODE := engine service bench tools tests

# Stamps say what an environment holds already; each is as new as the lock it was made from.
BASE := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
DURABLE := $(VENV)/.installed-durable
PEERS := .venv-bench/.installed

##@ Use

.PHONY: run
run: port $(BASE) durable-if-possible ## start the service on SQLite, post a short story, show the decisions, stay up
	@$(BIN)/python tools/run.py --port $(PORT) --state $(STATE)

.PHONY: test
test: check $(DURABLE) ## everything CI runs: the checks, every test, the wheel in an empty environment
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

##@ Work

.PHONY: check
check: format-check lint types contracts rules ## format, lint, types, import contracts, shipped rules (changes nothing)

.PHONY: format
format: $(DEV) ## put the code in the one format, and mend what lint can mend
	@$(BIN)/ruff check --quiet --fix-only $(CODE)
	@$(BIN)/ruff format $(CODE)

.PHONY: golden
golden: $(DEV) $(DURABLE) ## rewrite the golden files from what the code says now; read the diff
	@LINESIDE_GOLDEN=1 $(BIN)/python -m pytest -q -n $(WORKERS) -m golden || true
	@git --no-pager diff --stat -- tests fixtures docs

.PHONY: bench
bench: $(DEV) $(PEERS) ## the same jobs on Lineside and other engines, some twenty minutes; writes docs/benchmarks.md; BENCH_ARGS="--only join" for a part
	@$(BIN)/python -m bench $(BENCH_ARGS)

.PHONY: fuzz
fuzz: $(DEV) ## a million random and bent texts through the FEEL parser, some minutes; FUZZ_ARGS="--seed 2" for others
	@$(BIN)/python -m tests.engine.feel.fuzz --count 1000000 --processes $(WORKERS) $(FUZZ_ARGS)

.PHONY: differential
differential: $(DEV) $(DURABLE) ## 100,000 generated histories through every matcher, some minutes; DIFFERENTIAL_ARGS="--seed 2" for others
	@$(BIN)/python -m tests.engine.matching.differential --count 100000 --processes $(WORKERS) $(DIFFERENTIAL_ARGS)

.PHONY: conformance
conformance: $(DEV) ## run the official test suite of DMN (SUITE=folder); writes docs/conformance.md
	@$(BIN)/python -m tests.conformance $(SUITE)

.PHONY: docs
docs: $(DEV) ## check that every link and command in the pages leads somewhere
	@$(BIN)/python -m pytest -q tests/test_repository.py

.PHONY: wheel
wheel: $(BASE) ## build dist/lineside-*.whl, with the shipped rules in it
	@$(BIN)/python -m hatchling build -t wheel

.PHONY: lock
lock: $(BASE) ## resolve the lock files again (needs the registry)
	@tools/lock.sh $(BIN)/python

.PHONY: clean
clean: ## remove the environment, the caches and what was built; the service's database stays
	@rm -rf $(VENV) .venv-bench build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The parts of `make check`, each of which runs alone as well.

.PHONY: format-check lint types contracts rules
format-check: $(DEV)
	@$(BIN)/ruff format --check --quiet $(CODE) || { echo "make format puts these right"; exit 1; }

lint: $(DEV)
	@$(BIN)/ruff check $(CODE)

types: $(DEV)
	@$(BIN)/python -m mypy

contracts: $(DEV)
	@$(BIN)/lint-imports --no-logo

rules: $(BASE)
	@$(BIN)/lineside check rules
	@$(BIN)/lineside test

# The environment.

.PHONY: port
port:
	@python=$$(tools/python.sh "$(PYTHON)") && "$$python" tools/run.py --port $(PORT) --only-check-port

$(BASE): requirements.lock pyproject.toml tools/environment.sh
	@tools/environment.sh "$(VENV)" "$(PYTHON)"
	@echo "installing what Lineside runs on into $(VENV) (once)"
	@$(PIP) $(LOCKED) -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(BASE) requirements-dev.lock
	@echo "installing what the checks and tests need into $(VENV) (once)"
	@$(PIP) $(LOCKED) -r requirements-dev.lock
	@$(PIP) check
	@touch $@

$(DURABLE): $(BASE) requirements-durable.lock tools/durable.sh
	@echo "compiling durable-rules, the second matcher (once)"
	@tools/durable.sh $(BIN)/python required
	@touch $@

# What is only measured beside is kept apart from what Lineside runs on. A peer that cannot be had here is left out: the page
# says which, and why.
$(PEERS): requirements-bench.txt requirements-durable.lock tools/environment.sh tools/durable.sh tools/peers.sh
	@tools/environment.sh .venv-bench "$(PYTHON)"
	@echo "installing the peers of the bench into .venv-bench (once)"
	@tools/peers.sh .venv-bench
	@touch $@

.PHONY: durable-if-possible
durable-if-possible: $(BASE)
	@test -e $(DURABLE) || { tools/durable.sh $(BIN)/python && touch $(DURABLE); } || true
