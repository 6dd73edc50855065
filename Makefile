# Everything here runs from a fresh clone with Python 3.11 or later and nothing else.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
HOST ?= 127.0.0.1
DATA ?=
STAGE ?= dev
PACKAGE_PYTHON ?= python3.13
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: letters run demo test check browser prove bench verify reconcile mutants fix package e2e lock clean plan deploy keys status redrive destroy audit
.DEFAULT_GOAL := help

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: .venv/ready .venv-engine/ready  ## the whole service on this machine; PORT=8000 HOST=127.0.0.1 DATA=folder
	@$(BIN)/python -m infra.local --port $(PORT) --host $(HOST) $(if $(DATA),--data $(DATA))

demo: .venv/ready .venv-engine/ready build/demo-data/ready  ## two years of real purchases, with the books checked; DATA=sample or master
	@$(BIN)/python -m infra.replay --data $(or $(DATA),sample)

test: .venv/ready .venv-engine/ready  ## all tests, or TESTS=paths; TRANSPORT=wire runs them against the embedded engine, not moto
	@$(if $(TRANSPORT),GOODWORD_TRANSPORT=$(TRANSPORT)) $(BIN)/python -m pytest $(TESTS)

check: .venv/ready .venv-engine/ready  ## format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python -m pytest

browser: .venv/ready .venv-engine/ready .venv-browser/ready  ## the pages, in a real Chromium; PICTURES=1 saves what they look like
	@.venv-browser/bin/python -m pytest --confcutdir=tests/browser tests/browser $(if $(PICTURES),--pictures)

prove: .venv/ready .venv-engine/ready  ## money under every fault we know, in large numbers; MINUTES=25 SEED= SCALE=1
	@$(BIN)/python -m tests.faults.prove --minutes $(or $(MINUTES),25) $(if $(SEED),--seed $(SEED)) --scale $(or $(SCALE),1)

bench: .venv/ready .venv-engine/ready .venv-runtime/ready .venv-peers/ready  ## all that is measured, and against what; ONLY=clicks,units VS="URL,pid[,pid...] ..." PASTE=1
	@$(if $(or $(if $(ONLY),,all),$(findstring cold,$(ONLY))),$(MAKE) --no-print-directory package STAGE=local,true)
	@$(BIN)/python -m bench --only "$(ONLY)" --vs "$(VS)" $(if $(PASTE),--paste)

verify: .venv/ready  ## walk the ledger of a running service; GOODWORD=http://localhost:8000 KEY=rk_...
	@$(BIN)/python -m infra.books verify

reconcile: .venv/ready  ## compare facts with consequences, day by day; GOODWORD= KEY= DAY= TO= REPAIR=1
	@$(BIN)/python -m infra.books reconcile $(if $(DAY),--day $(DAY)) $(if $(TO),--to $(TO)) $(if $(REPAIR),--repair)

mutants: .venv/ready  ## change the code of money in every small way; do the tests notice?
	@$(BIN)/python -m tests.faults.mutants

fix: .venv/ready  ## let ruff put right what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

letters: .venv/ready  ## write the page of letters anew from infra/letters, its style in its tags
	@$(BIN)/python -m infra.letters

package: $(if $(filter local,$(STAGE)),.venv/ready,.venv-package/ready)  ## what is deployed, in build/package; STAGE=dev, prod or local
	@$(if $(filter local,$(STAGE)),.venv,.venv-package)/bin/python -m infra.package --stage $(STAGE)

e2e: .venv/ready .venv-engine/ready .venv-runtime/ready .venv-lint/ready  ## package, lint, deploy to an emulator, use it by HTTP, update it, delete it
	@$(MAKE) --no-print-directory package STAGE=local
	@$(BIN)/python -m pytest tests/deployed -m deployed -vv --exitfirst

plan: .venv/ready  ## what a deployment of build/package would create, without asking an account; STAGE=
	@$(BIN)/python -m infra.operate.plan --stage $(STAGE)

deploy: .venv/ready  ## show what would change, ask, and do it; STAGE= SENDER= DOMAIN= CERTIFICATE= URL= ALARMS= PARAMETERS= TABLES=keep PLAN=1 YES=1
	@$(BIN)/python -m infra.operate.deploy --stage $(STAGE) $(if $(PLAN),--plan)

keys: .venv/ready  ## list the API keys of a stage; STAGE= and NAME= SCOPES=, ROTATE=id or REVOKE=id
	@$(BIN)/python -m infra.operate.keys --stage $(STAGE) $(if $(NAME),--name "$(NAME)" --scopes "$(SCOPES)") $(if $(ROTATE),--rotate $(ROTATE)) $(if $(REVOKE),--revoke $(REVOKE))

status: .venv/ready  ## how a stage is, on one page; STAGE=
	@$(BIN)/python -m infra.operate.status --stage $(STAGE)

redrive: .venv/ready  ## bring dead letters to their functions again; STAGE= FUNCTION=
	@$(BIN)/python -m infra.operate.redrive --stage $(STAGE) $(if $(FUNCTION),--function $(FUNCTION))

destroy: .venv/ready  ## take a stage's functions away; its data only with DATA=delete, said twice; STAGE= SURE=
	@$(BIN)/python -m infra.operate.destroy --stage $(STAGE)

lock: .venv/ready  ## write requirements.txt anew from pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file requirements.txt pyproject.toml

audit: .venv-audit/ready  ## known vulnerabilities in what ships; needs the network
	@.venv-audit/bin/pip-audit --strict --requirement requirements.txt --no-deps --disable-pip

clean:  ## remove all that was made
	rm -rf build mutants .venv .venv-engine .venv-package .venv-runtime .venv-lint .venv-audit .venv-peers .venv-browser

.venv/ready: requirements.txt requirements-dev.txt
	@echo "installing into .venv ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Goodword needs Python 3.11 or later.")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv-package/ready: requirements.txt
	@$(PACKAGE_PYTHON) --version >/dev/null 2>&1 || { echo "A package for AWS is built under Python 3.13, its runtime, and $(PACKAGE_PYTHON) is not here.\nTry: make package PACKAGE_PYTHON=/path/to/python3.13, or STAGE=local for this Python."; exit 1; }
	@echo "installing into .venv-package ..."
	@$(PACKAGE_PYTHON) -m venv .venv-package
	@.venv-package/bin/pip install --quiet --disable-pip-version-check -r requirements.txt chalice==1.34.0 setuptools wheel
	@touch $@

.venv-engine/ready: infra/local/engine-requirements.txt
	@echo "installing the embedded engine into .venv-engine ..."
	@$(PYTHON) -m venv .venv-engine
	@.venv-engine/bin/pip install --quiet --disable-pip-version-check -r infra/local/engine-requirements.txt
	@touch $@

.venv-runtime/ready: bench/runtime-requirements.txt
	@echo "installing Lambda's runtime client into .venv-runtime ..."
	@$(PYTHON) -m venv .venv-runtime
	@.venv-runtime/bin/pip install --quiet --disable-pip-version-check -r bench/runtime-requirements.txt
	@touch $@

.venv-lint/ready: infra/lint-requirements.txt
	@echo "installing cfn-lint into .venv-lint ..."
	@$(PYTHON) -m venv .venv-lint
	@.venv-lint/bin/pip install --quiet --disable-pip-version-check -r infra/lint-requirements.txt
	@touch $@

.venv-audit/ready: infra/audit-requirements.txt
	@$(PYTHON) -m venv .venv-audit
	@.venv-audit/bin/pip install --quiet --disable-pip-version-check -r infra/audit-requirements.txt
	@touch $@

.venv-browser/ready: tests/browser/requirements.txt
	@(command -v chromium || command -v chromium-browser || command -v google-chrome) >/dev/null || { echo "The browser tests need Chromium. Debian, Ubuntu: apt install chromium. Elsewhere: put \`chromium\` on the PATH."; exit 1; }
	@echo "installing into .venv-browser ..."
	@$(PYTHON) -m venv .venv-browser
	@.venv-browser/bin/pip install --quiet --disable-pip-version-check -r tests/browser/requirements.txt
	@touch $@

.venv-peers/ready: bench/peers/requirements.txt
	@echo "installing peers to be measured against into .venv-peers ..."
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/pip install --quiet --disable-pip-version-check -r bench/peers/requirements.txt
	@touch $@

build/demo-data/ready: infra/replay/data-requirements.txt
	@echo "fetching the demo's data ..."
	@mkdir -p build/demo-data
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target build/demo-data -r infra/replay/data-requirements.txt
	@touch $@
