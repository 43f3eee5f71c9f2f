# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Needs Python 3.11 or newer; PYTHON=... picks another one.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
OUT ?= out/demo
KINDS := beta-gamma-delta,beta,alpha,beta,beta-gamma,alpha

.DEFAULT_GOAL := help
.PHONY: help demo studio test lint types tests slow docs tutorial coverage format bench audit mutants picture clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*##/\1\t/p' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/base.stamp: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e .
	@touch $@

$(VENV)/test.stamp: pyproject.toml constraints.txt $(VENV)/base.stamp
	$(PIP) -e '.[test]'
	@touch $@

demo: $(VENV)/base.stamp  ## install, draw a synthetic disk, analyse it
	$(BIN)/halescope draw -o $(OUT)/disk.fits --seed 23 --regions $(KINDS)
	$(BIN)/halescope analyze $(OUT)/disk.fits -o $(OUT)
	@echo
	@echo "overlay: $(OUT)/disk/overlay.png"
	@echo "table:   $(OUT)/catalog.csv"
	@echo "truth:   $(OUT)/disk.csv"

$(VENV)/studio.stamp: pyproject.toml constraints.txt $(VENV)/base.stamp
	$(PIP) -e '.[studio,train]'
	@touch $@

studio: $(VENV)/studio.stamp  ## the web application, on a workspace that holds drawn disks, labels and a run
	$(BIN)/halescope studio out/studio --demo

test: lint types tests  ## install what tests need; lint, types and tests

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell .

types: $(VENV)/test.stamp
	$(BIN)/mypy

tests: $(VENV)/test.stamp
	$(BIN)/python -m pytest -q -n auto --maxprocesses 8 --dist worksteal -m "not slow and not network and not gpu"

slow: $(VENV)/test.stamp  ## the tests that take longer
	$(BIN)/python -m pytest -q -m "slow and not network and not gpu"

docs: $(VENV)/test.stamp  ## the site, without a warning and without a network: docs/_build/html
	$(BIN)/python -m sphinx -q -E -W --keep-going -b html docs docs/_build/html
	@echo "site: docs/_build/html/index.html"

tutorial: $(VENV)/test.stamp  ## run the notebook again, with its pictures
	$(BIN)/python docs/_ext/run_tutorial.py

coverage: $(VENV)/test.stamp  ## which lines the quick tests run
	$(BIN)/python -m pytest -q -m "not slow and not network and not gpu" --cov --cov-report=term:skip-covered

format: $(VENV)/test.stamp  ## lint fixes and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

audit: $(VENV)/test.stamp  ## known flaws of the pinned libraries; skipped without a network
	@if $(BIN)/python -m pip index versions pip-audit >/dev/null 2>&1; \
	then $(PIP) pip-audit && $(BIN)/pip-audit --no-deps --disable-pip -r constraints.txt; \
	else echo "audit: skipped, there is no network"; fi

mutants: $(VENV)/test.stamp  ## 200 small faults in the source: how many do the tests find? (an hour)
	$(BIN)/python benchmarks/mutants.py

bench: $(VENV)/base.stamp  ## every benchmark, one after the other
	@for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

picture: demo  ## the README's picture, from the demo's disk
	cp $(OUT)/disk/overlay.png docs/disk.png

clean:  ## remove what the other targets made
	rm -rf $(VENV) out build dist .mypy_cache .ruff_cache .pytest_cache .coverage htmlcov
	rm -rf docs/_build docs/auto_examples docs/commands docs/reference docs/glossary.md
