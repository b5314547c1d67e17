# All of it needs python3 (3.11 or newer, with venv) and make. What it installs is locked in
# requirements/ and stays in .venv, .tools and .programs.
#
# By hand:  make test ARGS="-k throttle -x"    make serve PORT=9000    make test PYTHON=python3.13

PYTHON = python3
PORT = 8000
ARGS =

PY = .venv/bin/python
ENVIRONMENT = PYTHON="$(PYTHON)" sh scripts/environment.sh

.PHONY: help serve test check format bench docs test-clients lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

serve: ## install the server, then run it with demo data (PORT, STORYKEEP_DATA)
	@$(ENVIRONMENT) server
	@STORYKEEP_DATA="$${STORYKEEP_DATA:-data}"; export STORYKEEP_DATA; \
	exec .venv/bin/storykeep serve --demo --host 127.0.0.1 --port "$(PORT)" $(ARGS)

test: ## run the tests that need only Python (ARGS go to pytest)
	@$(ENVIRONMENT) dev
	@exec $(PY) -m pytest -m "not clients" -rs $(ARGS)

check: ## format, lint, types, imports, generated files, locks
	@$(ENVIRONMENT) dev
	$(PY) -m ruff format --check
	$(PY) -m ruff check
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo
	$(PY) scripts/reference.py --check
	$(PY) scripts/lock.py --check

format: ## format, and mend what ruff can mend
	@$(ENVIRONMENT) dev
	@$(PY) -m ruff format
	@$(PY) -m ruff check --fix

bench: ## measure (ARGS go to bench)
	@$(ENVIRONMENT) bench
	@exec $(PY) -m bench $(ARGS)

docs: ## build the documentation into site/
	@$(ENVIRONMENT) docs
	@NO_MKDOCS_2_WARNING=1 exec $(PY) -m mkdocs build --strict $(ARGS)

test-clients: ## run the tests that need Node, a browser or a downloader; names what it skips
	@$(ENVIRONMENT) clients
	@$(ENVIRONMENT) programs
	@sh scripts/node_packages.sh tests/clients/node
	@exec $(PY) -m pytest -m clients -rs $(ARGS)

lock: ## write requirements/ anew (ARGS=--upgrade takes the newest)
	@$(ENVIRONMENT) tools
	@$(PYTHON) scripts/lock.py $(ARGS)

clean: ## remove what make made; the data stays
	@rm -rf .venv .tools .programs site build dist tests/clients/node/node_modules
	@rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis
	@find src tests scripts bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || :
