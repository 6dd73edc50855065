# Everything here runs from a fresh clone with only Python 3.11 or later.
PYTHON ?= python3
UV := 0.13.9
BIN := .venv/bin
PORT ?= 8000
HOST ?= 127.0.0.1
DATA ?=
STAGE ?= dev
PACKAGE_PYTHON ?= python3.13
WORKERS ?= auto
# Compiled once and not at each start, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

# Variables of targets, as in `make run PORT=8001`; docs/reference has this list, too.
#   ADD             texts: a language to add, such as pl or pt_BR
#   ALARMS          the email address for alarms
#   CERTIFICATE     the ARN of DOMAIN's certificate in ACM
#   COMMITS         commits whose subjects are checked, such as main..HEAD; otherwise those that are not in origin/main
#   DATA            run: a folder that keeps the data; demo: short, sample or master; destroy: delete takes the data too
#   DAY             the first UTC day; yesterday by default
#   DOMAIN          the domain of short links, such as go.example.com
#   EXAMPLES        openapi: generated calls per operation; 2 in the gate
#   FUNCTION        one function only, by its name in app.py
#   GOODWORD        the base URL of a running service
#   HOST            the address to listen on; 0.0.0.0 allows access from the network
#   KEY             an API key
#   MINUTES         after this time, nothing new is started
#   NAME            the name of a key to create
#   ONLY            the measurements to run, separated by commas
#   OWNER           the email address of an owner to invite to the admin pages
#   PACKAGE_PYTHON  the Python that builds the package for AWS: Lambda's version
#   PARAMETERS      other parameters of the template, as NAME=VALUE, separated by spaces
#   PASTE           1 writes the results into the docs
#   PICTURES        1 takes pictures of all pages into build/pictures
#   PLAN            1 shows the changes, and stops
#   PORT            the port to listen on
#   PYTHON          the Python for everything else
#   REPAIR          1 repairs differences where possible
#   REVOKE          the id of a key to revoke
#   ROTATE          the id of a key to replace
#   SCALE           a factor for all numbers
#   SCOPES          the scopes of a new key, separated by commas
#   SEED            the seed of random choices; random by default
#   SENDER          the sender of emails; must be verified in SES
#   STAGE           the deployment
#   SURE            the stage's name, instead of typing it
#   TABLES          keep does not change the stack of tables
#   TESTS           the tests to run, as paths
#   TO              the last UTC day; today by default
#   TRANSPORT       wire runs the tests over HTTP, against the embedded engine as a server
#   URL             the base URL of links, if it is neither DOMAIN nor the API's own address
#   VS              servers to compare with, each as URL,pid[,pid...], separated by spaces
#   WORKERS         the number of processes that run tests; 0 for a single process
#   YES             1 continues without asking

.PHONY: reference emails texts run demo test check browser openapi prove bench bench-test verify reconcile mutants fix package e2e lock clean plan deploy keys status redrive destroy audit
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: .venv/.run  ## run the whole service on this machine; PORT=8000 HOST=127.0.0.1 DATA=folder
	@$(BIN)/python -m infra.local --port $(PORT) --host $(HOST) $(if $(DATA),--data $(DATA))

demo: .venv/.run build/demo-data/.ready  ## replay two years of real purchases, and check the books; DATA=short, sample or master
	@$(BIN)/python -m infra.replay --data $(or $(DATA),short)

test: .venv/.test  ## run the tests but for slow ones, or all in TESTS=paths; TRANSPORT=wire runs them over HTTP, against the engine as a server
	@$(if $(TRANSPORT),GOODWORD_TRANSPORT=$(TRANSPORT)) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(or $(TESTS),-m "not slow and not deployed and not bench")

check: .venv/.check .venv/.test  ## check format, lint, types, import contracts and subjects of commits, and run all tests, slow ones, too; COMMITS=main..HEAD
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python -m infra.commits $(COMMITS)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

browser: .venv/.browser  ## test the pages in a real Chromium; PICTURES=1 takes pictures into build/pictures
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --confcutdir=tests/browser tests/browser $(if $(PICTURES),--pictures)

openapi: .venv/.openapi build/node/.ready  ## test the OpenAPI document with other tools: linters, client generators, a fuzzer; EXAMPLES=2 SEED=
	@SEED="$(SEED)" EXAMPLES="$(EXAMPLES)" $(BIN)/python -m pytest --confcutdir=tests/openapi tests/openapi

prove: .venv/.test  ## test money under every fault we know, in large numbers; MINUTES=120 SEED= SCALE=1
	@$(BIN)/python -m tests.faults.prove --minutes $(or $(MINUTES),120) $(if $(SEED),--seed $(SEED)) --scale $(or $(SCALE),1)

bench: .venv/.bench build/runtime/.ready  ## measure CPU, units and costs, and compare them; ONLY=clicks,units VS="URL,pid[,pid...] ..." PASTE=1
	@$(if $(or $(if $(ONLY),,all),$(findstring cold,$(ONLY))),$(MAKE) --no-print-directory package STAGE=local,true)
	@$(BIN)/python -m bench --only "$(ONLY)" --vs "$(VS)" $(if $(PASTE),--paste)

bench-test: .venv/.test  ## test the measuring code
	@$(BIN)/python -m pytest -m bench tests/bench

verify: .venv/.run  ## verify the ledger of a running service; GOODWORD=http://localhost:8000 KEY=rk_...
	@$(BIN)/python -m infra.books verify

reconcile: .venv/.run  ## compare facts with their effects, day by day; GOODWORD= KEY= DAY= TO= REPAIR=1
	@$(BIN)/python -m infra.books reconcile $(if $(DAY),--day $(DAY)) $(if $(TO),--to $(TO)) $(if $(REPAIR),--repair)

mutants: .venv/.mutants  ## make every small change to the code of money, and check that tests fail
	@$(BIN)/python -m tests.faults.mutants

fix: .venv/.check  ## format, and fix what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

emails: .venv/.emails  ## write the layout of emails from infra/emails, with inlined styles
	@$(BIN)/python -m infra.emails

texts: .venv/.run  ## update the catalogs of all languages from the English one; ADD=pl adds one
	@$(BIN)/python -m infra.texts $(if $(ADD),--add $(ADD))

reference: .venv/.run  ## write docs/reference from the code
	@$(BIN)/python -m infra.reference

package: $(if $(filter local,$(STAGE)),.venv,.venv-package)/.package  ## build the package for deployment in build/package; STAGE=dev, prod or local
	@$(if $(filter local,$(STAGE)),.venv,.venv-package)/bin/python -m infra.package --stage $(STAGE)

e2e: .venv/.e2e build/runtime/.ready  ## package, lint, deploy to an emulator, use the service over HTTP, update it, delete it
	@$(MAKE) --no-print-directory package STAGE=local
	@$(BIN)/python -m pytest tests/deployed -m deployed -vv --exitfirst

plan: .venv/.deploy  ## show what a deployment of build/package would create, without an account; STAGE=
	@$(BIN)/python -m infra.operate.plan --stage $(STAGE)

deploy: .venv/.deploy  ## show the changes, ask, and deploy; STAGE= SENDER= DOMAIN= CERTIFICATE= URL= ALARMS= PARAMETERS= TABLES=keep PLAN=1 YES=1
	@$(BIN)/python -m infra.operate.deploy --stage $(STAGE) $(if $(PLAN),--plan)

keys: .venv/.deploy  ## list, create, rotate or revoke the API keys of a stage; STAGE= and NAME= SCOPES=, ROTATE=id or REVOKE=id; OWNER=email invites an owner
	@$(BIN)/python -m infra.operate.keys --stage $(STAGE) $(if $(OWNER),--owner "$(OWNER)") $(if $(NAME),--name "$(NAME)" --scopes "$(SCOPES)") $(if $(ROTATE),--rotate $(ROTATE)) $(if $(REVOKE),--revoke $(REVOKE))

status: .venv/.deploy  ## show the state of a stage on one page; STAGE=
	@$(BIN)/python -m infra.operate.status --stage $(STAGE)

redrive: .venv/.deploy  ## redrive dead letters: deliver them to their functions again; STAGE= FUNCTION=
	@$(BIN)/python -m infra.operate.redrive --stage $(STAGE) $(if $(FUNCTION),--function $(FUNCTION))

destroy: .venv/.deploy  ## delete a stage's functions; its data only with DATA=delete, after confirmation; STAGE= SURE=
	@$(BIN)/python -m infra.operate.destroy --stage $(STAGE)

lock: .venv/.uv-$(UV)  ## write requirements.txt and requirements-package.txt from pyproject.toml, with hashes
	$(LOCK) --output-file requirements.txt pyproject.toml
	$(LOCK) --output-file requirements-package.txt --group package --constraint requirements.txt --universal --python-version 3.13

audit: .venv/.audit  ## look up known vulnerabilities in dependencies that ship; needs the network
	@$(BIN)/pip-audit --strict --requirement requirements.txt --no-deps --disable-pip

clean:  ## delete all generated files and environments
	rm -rf build mutants .venv .venv-*

# The one environment. A target installs its group of pyproject.toml into it, once.
.venv/.uv-$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Goodword needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Try: make PYTHON=/path/to/python3.11")'
	@echo "making .venv ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@touch $@

# Locked versions override those that a tool requires; the embedded engine requires the botocore it was built with.
INSTALL = $(BIN)/uv pip install --quiet --compile-bytecode --override requirements.txt

# With the hash of every file of a version, so that one lock works on all platforms.
LOCK = $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

.venv/.%: pyproject.toml requirements.txt | .venv/.uv-$(UV)
	@echo "installing what \`make $*\` needs ..."
	@$(INSTALL) --python $(BIN)/python -r requirements.txt --group $*
	@touch $@

# A separate environment, because Chalice takes the runtime and the wheels from the Python that runs it: Lambda's.
# Everything in it could change the package, and Chalice packs itself: a file whose hash is not in the lock is refused.
.venv-package/.package: requirements.txt requirements-package.txt | .venv/.uv-$(UV)
	@$(PACKAGE_PYTHON) --version >/dev/null 2>&1 || { echo "A package for AWS is built under Python 3.13, its runtime, and $(PACKAGE_PYTHON) is not here.\nTry: make package PACKAGE_PYTHON=/path/to/python3.13, or STAGE=local for this Python."; exit 1; }
	@echo "installing what \`make package\` needs ..."
	@$(PACKAGE_PYTHON) -m venv .venv-package
	@$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --python .venv-package/bin/python -r requirements.txt -r requirements-package.txt
	@touch $@

# Folders, not environments: Lambda's own libraries, and packages with the demo's data.
build/runtime/.ready: pyproject.toml requirements.txt | .venv/.uv-$(UV)
	@echo "fetching Lambda's runtime client ..."
	@$(INSTALL) --python $(BIN)/python --target build/runtime --group runtime
	@touch $@

build/node/.ready: tests/openapi/package.json
	@command -v npm >/dev/null || { echo "These tests need Node.js with npm. Debian, Ubuntu: apt install nodejs npm."; exit 1; }
	@echo "installing what \`make openapi\` needs from npm ..."
	@mkdir -p build/node && cp tests/openapi/package.json build/node
	@npm install --prefix build/node --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

build/demo-data/.ready: pyproject.toml | .venv/.uv-$(UV)
	@echo "fetching the demo's data ..."
	@$(INSTALL) --python $(BIN)/python --target build/demo-data --group data --no-deps
	@touch $@
