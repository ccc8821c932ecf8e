# SPDX-License-Identifier: Apache-2.0
#
# One entry for everything: `make help`. The first target that needs the
# environment makes it in .venv; later ones find it ready. GNU make.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DEFAULT_GOAL := help
unexport PYTHONHOME PYTHONPATH

# `make PYTHON=python3.12 test` asks for that interpreter; a stamp of its own
# remembers what was asked.
PYTHON ?=
export PYTHON
ASKED := $(if $(PYTHON),-$(subst /,_,$(PYTHON)))

BIN := .venv/bin
READY := .venv/.ready$(ASKED)
BENCH_BIN := .venv-bench/bin
BENCH_READY := .venv-bench/.ready$(ASKED)

# A stamp holds the directory it was made for; elsewhere it does not count.
ifneq ($(shell cat '$(READY)' 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif
ifneq ($(shell cat '$(BENCH_READY)' 2>/dev/null),$(CURDIR))
.PHONY: $(BENCH_READY)
endif

$(READY): pyproject.toml requirements/dev.txt scripts/setup
	@scripts/setup .venv requirements/dev.txt '$@'

$(BENCH_READY): pyproject.toml requirements/bench.txt scripts/setup
	@scripts/setup .venv-bench requirements/bench.txt '$@'

.PHONY: help setup demo test soak check lint types floors docs format \
	bench-rules bench-facts bench-ledger bench-web screenshots lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## make .venv (the other targets do it by themselves)
	@:

demo: $(READY) ## run the main job on sample data and say where the results are
	@$(BIN)/ceyuan demo

# Two processes: each starts a database server of its own, on this machine.
test: $(READY) ## run every test but the soak ones; warnings are errors
	$(BIN)/python -m pytest -q -W error -n 2 --dist loadfile

soak: $(READY) ## run the long random tests
	$(BIN)/python -m pytest -q -W error -m soak --hypothesis-profile=soak

check: lint types floors docs ## lint, types, import floors, docs build

lint: $(READY) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## mypy, strict for src
	$(BIN)/mypy

floors: $(READY) ## each room imports only rooms below it
	$(BIN)/lint-imports

docs: $(READY) ## build the pages into build/docs, every warning an error
	$(BIN)/properdocs build --clean --strict # not --quiet: it hides from --strict

format: $(READY) ## let ruff mend what it can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench-rules: $(BENCH_READY) ## measure the rules engine against its peers
	@$(BENCH_BIN)/python -m bench.rules

bench-facts: $(BENCH_READY) ## measure imports, views, runs, replays, simulations
	@$(BENCH_BIN)/python -m bench.facts

bench-ledger: $(BENCH_READY) ## measure the book: single, bulk, reading, entitling
	@$(BENCH_BIN)/python -m bench.ledger

bench-web: $(READY) ## measure the portal under twenty readers
	@$(BIN)/python -m bench.web

screenshots: $(READY) ## take pictures of the running portal into docs/pictures
	@$(BIN)/python scripts/screenshots

lock: ## write requirements/*.txt anew (needs uv)
	scripts/lock

clean: ## remove the environments, what was built and the caches
	rm -rf .venv .venv-bench build dist .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
