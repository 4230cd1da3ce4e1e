# `make help` lists the targets. A fresh machine needs Python 3.11 or newer, make and git.
.DEFAULT_GOAL := help
.PHONY: help run test tests sqltests programs packages checks lint format bench golden screenshots lock
SHELL := /bin/sh
# Without compiled modules each start of Python takes twice as long, and the tests start many.
unexport PYTHONDONTWRITEBYTECODE

# Looked for only where an environment has to be made.
FIND_PYTHON := for python in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done
DEV := .venv-dev/bin
# One more than cores: some tests wait for servers while others compute.
TEST_WORKERS ?= $(shell $(DEV)/python -c 'import os; print(min((os.cpu_count() or 1) + 1, 8))')
COMPILE := $(DEV)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url
SQL_TESTS := tests/jobs tests/models tests/services
# Tests call tools that were installed with them: cfn-lint, ruff, Node where the machine has none.
WITH_TOOLS := PATH="$(CURDIR)/$(DEV):$$PATH"
# The settings that tests and linters use: complete without any environment.
TEST_SETTINGS := DJANGO_SETTINGS_MODULE=tests.settings

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: .venv ## Serve the console on http://127.0.0.1:8000 (PORT, HOST)
	@LOCAL_RUN=$${LOCAL_RUN:-true} exec .venv/bin/python manage.py serve --end-with-parent

test: ## Run the linters, the checks and every test
	@$(MAKE) -j3 lint checks programs packages
	@$(MAKE) tests
	@$(MAKE) sqltests

tests: .venv-dev ## Run every test
	$(WITH_TOOLS) $(DEV)/python -m pytest -q -n $(TEST_WORKERS) --dist worksteal --durations 15 $(TEST_ARGUMENTS)

sqltests: .venv-dev ## Run on PostgreSQL what leans on SQL
	$(WITH_TOOLS) $(DEV)/python -m tests.postgresql $(DEV)/python -m pytest -q -n $(TEST_WORKERS) -m sql $(SQL_TESTS)

programs: ## Install Chromium and PostgreSQL for the tests that need them
	tests/setup programs

packages: .venv-dev ## Install Node 20 and the packages of Node that some tests run
	tests/setup packages

checks: .venv-dev ## Check the settings and the migrations
	$(DEV)/python tests/check_deployment.py
	$(TEST_SETTINGS) $(DEV)/python manage.py makemigrations --check --dry-run

lint: .venv-dev ## Run the linters: ruff, djade, django-upgrade, mypy, import-linter
	$(DEV)/ruff check .
	$(DEV)/ruff format --check .
	git ls-files -z 'templates/*.html' | xargs -0 -r $(DEV)/djade --check --target-version 5.2
	git ls-files -z '*.py' | xargs -0 $(DEV)/django-upgrade --check --target-version 5.2
	$(DEV)/mypy
	$(DEV)/lint-imports --no-cache

format: .venv-dev ## Format the code and the templates
	$(DEV)/ruff check --fix .
	$(DEV)/ruff format .
	git ls-files -z 'templates/*.html' | xargs -0 -r $(DEV)/djade --target-version 5.2

bench: .venv-dev ## Measure against raw boto3 and write the table of docs/performance.md
	$(TEST_SETTINGS) $(DEV)/python -m tests.benchmarks

golden: .venv-dev ## Write the generators' golden files, docs/commands.md and the OpenAPI document anew
	$(TEST_SETTINGS) $(DEV)/python -m tests.command_docs
	$(WITH_TOOLS) $(DEV)/python -m pytest -q tests/generators tests/api/test_document.py --write-golden

screenshots: .venv-dev programs ## Take the pages' screenshots for the README
	$(WITH_TOOLS) $(DEV)/python -m pytest -q tests/browser/test_screenshots.py --write-screenshots

lock: .venv-dev ## Compile requirements*.in to requirements*.txt (exact versions, hashes)
	$(COMPILE) --upgrade -o requirements.txt requirements.in
	$(COMPILE) --upgrade -c requirements.txt -o requirements-dev.txt requirements-dev.in
	$(COMPILE) -c requirements.txt -c requirements-dev.txt -o requirements-postgresql.txt requirements-postgresql.in

# An environment is made anew when it is missing, broken or was made from other requirements. These name every package
# (--no-deps). uv installs them with much less work than pip; where uv cannot be had or fails, pip does it.
.PHONY: .venv .venv-dev
.venv: ; @$(call environment,.venv,requirements.txt)
.venv-dev: ; @$(call environment,.venv-dev,requirements-dev.txt)
AS_LOCKED := --no-deps --require-hashes
PIP_INSTALL := -m pip install -qq $(AS_LOCKED) --disable-pip-version-check --no-input --no-compile
UV_LOCKED := sed -n '/^uv==/,/^    \# via/p' requirements-dev.txt

define environment
	want=$$(cksum < $(2)); \
	if [ "$$(cat $(1)/installed 2>/dev/null)" = "$$want" ] && $(1)/bin/python -c 'import django, pip' 2>/dev/null; then exit 0; fi; \
	made_by="$(PYTHON)"; made_by="$${made_by:-$$($(FIND_PYTHON))}"; \
	test -n "$$made_by" || { echo "Python 3.11 or newer is needed and was not found (make run PYTHON=/path/to/python)."; exit 1; }; \
	echo "Installing $(2) into $(1) (once) ..."; \
	rm -rf $(1) && $$made_by -m venv $(1) \
		|| { echo "Python's venv does not work. On Debian and Ubuntu: apt install python3-venv"; exit 1; }; \
	$(UV_LOCKED) | $(1)/bin/python $(PIP_INSTALL) -r /dev/stdin \
		&& $(1)/bin/uv pip install -q $(AS_LOCKED) --python $(1)/bin/python -r $(2) \
		|| { echo "uv could not; pip takes longer ..."; $(1)/bin/python $(PIP_INSTALL) -r $(2); } \
		|| { echo "The packages of $(2) could not be installed; the lines above say why."; exit 1; }; \
	echo "$$want" > $(1)/installed
endef
