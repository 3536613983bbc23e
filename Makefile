# `make` alone lists the targets.
PORT ?= 8000
SYSTEM_PYTHON ?= python3
PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup site zip serve pdf check test test-fast bench audit lock clean

## help: list the targets
help:
	@grep -h '^## ' $(MAKEFILE_LIST) | sed 's/^## //' | awk -F ': ' '{printf "  make %-10s %s\n", $$1, $$2}'

## setup: install everything the book is made with, pinned, into .venv and node_modules
setup: .venv/ready node_modules/ready .venv/fetched

.venv/ready: requirements.txt
	@echo "Python packages, checked by hash …"
	@$(SYSTEM_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, found " + sys.version.split()[0])'
	@rm -rf .venv
	@$(SYSTEM_PYTHON) -m venv .venv
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

node_modules/ready: package-lock.json package.json .npmrc
	@echo "Browser libraries, by package-lock.json …"
	@npm ci --silent
	@touch $@

.venv/fetched: .venv/ready node_modules/ready runtime-lock.json requirements-browser.txt
	@echo "Python for the browser, checked by hash, and compressed …"
	@$(PYTHON) build.py fetch
	@touch $@

## site: build the book once, into _site/
site: setup
	@$(PYTHON) build.py

## zip: the book as one archive, into _zip/, which runs from any folder that is served
zip: setup
	@$(PYTHON) build.py zip

## serve: build, serve on 127.0.0.1:8000 (PORT=…), rebuild and reload on change
serve: setup
	@$(PYTHON) build.py serve --port $(PORT)

## pdf: print the whole book into _pdf/, and link to it from the site (needs Chromium)
pdf: setup
	@$(PYTHON) -m builder.chromium
	@$(PYTHON) build.py pdf

## check: formatting, lint, types, content, links and figures, without a browser
check: setup
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@node_modules/.bin/prettier --check --log-level warn static
	@node_modules/.bin/tsc -p static/js
	@$(PYTHON) build.py check

## test: everything, in a real browser too (Chromium is found or installed)
test: check
	@$(PYTHON) -m builder.chromium
	@$(PYTHON) -m pytest

## test-fast: the tests that need no browser
test-fast: setup
	@$(PYTHON) -m pytest -m 'not browser'

## bench: prove the budgets beside a plain page, into bench/RESULTS.md (half an hour)
bench: setup
	@$(PYTHON) -m builder.chromium
	@$(PYTHON) bench

## audit: four scores of Lighthouse for three pages; one under 98 fails (2 minutes)
audit: site
	@$(PYTHON) -m builder.chromium
	@$(PYTHON) -m bench.audit

## lock: pin what requirements.in names, with hashes
lock: setup
	@$(SYSTEM_PYTHON) -m venv .venv/lock
	@.venv/lock/bin/pip install --quiet pip-tools
	@.venv/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url --no-emit-find-links -o requirements.txt requirements.in

## clean: remove what was built; the cache outside the tree stays
clean:
	rm -rf _site* _pdf* _zip* .venv node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
