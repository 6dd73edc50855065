# Everything here runs from a fresh clone with Python 3.11 or later and nothing else.
PYTHON ?= python3
UV := 0.13.9
BIN := .venv/bin
PORT ?= 8000
HOST ?= 127.0.0.1
DATA ?=
STAGE ?= dev
PACKAGE_PYTHON ?= python3.13
WORKERS ?= auto

# What can be said beside a target, as in `make run PORT=8001`; docs/reference has this list, too.
#   ADD             texts: a language to begin, such as pl or pt_BR
#   ALARMS          the email address that alarms are sent to
#   CERTIFICATE     the ARN of DOMAIN's certificate in ACM
#   COMMITS         whose subjects are checked, such as main..HEAD; otherwise those that origin/main does not have
#   DATA            run: a folder that keeps the data; demo: short, sample or master; destroy: delete takes the data too
#   DAY             the first UTC day; otherwise yesterday
#   DOMAIN          where short links sit at the root, such as go.example.com
#   EXAMPLES        openapi: how many calls are drawn for each call there is; in the gate, 2
#   FUNCTION        only this one, by its name in app.py
#   GOODWORD        where a service runs
#   HOST            where the service listens; 0.0.0.0 lets others on the network in
#   KEY             an API key
#   MINUTES         how long to go on beginning something new
#   NAME            make a key by this name
#   ONLY            some of what is measured, with commas between
#   OWNER           the email address of somebody who may do everything on the admin pages
#   PACKAGE_PYTHON  the Python that packages for AWS: Lambda's version
#   PARAMETERS      others of the template's parameters, as NAME=VALUE with blanks between
#   PASTE           1 puts what was measured into the docs
#   PICTURES        1 takes pictures of all pages into build/pictures
#   PLAN            1 shows what would change, and stops
#   PORT            where the service listens
#   PYTHON          the Python that everything else runs on
#   REPAIR          1 repairs what can be repaired
#   REVOKE          the id of a key to end for good
#   ROTATE          the id of a key to replace
#   SCALE           so many times the numbers
#   SCOPES          what a new key may do, with commas between
#   SEED            where chance begins; otherwise by chance
#   SENDER          who emails come from; SES must have verified it
#   STAGE           which deployment it is about
#   SURE            the stage's name, instead of typing it
#   TABLES          keep leaves the tables' stack as it is
#   TESTS           some of the tests, as paths
#   TO              the last UTC day; otherwise today
#   TRANSPORT       wire runs the tests over HTTP, against the embedded engine as a server
#   URL             where links begin, if that is neither DOMAIN nor the API's own address
#   VS              servers to measure against, each URL,pid[,pid...], with blanks between
#   WORKERS         how many processes run tests; 0 for none beside the first
#   YES             1 asks nothing before it goes on

.PHONY: reference emails texts run demo test check browser openapi prove bench bench-test verify reconcile mutants fix package e2e lock clean plan deploy keys status redrive destroy audit
.DEFAULT_GOAL := help

help:  ## what can be made
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: .venv/.run  ## the whole service on this machine; PORT=8000 HOST=127.0.0.1 DATA=folder
	@$(BIN)/python -m infra.local --port $(PORT) --host $(HOST) $(if $(DATA),--data $(DATA))

demo: .venv/.run build/demo-data/.ready  ## two years of real purchases, with the books checked; DATA=short, sample or master
	@$(BIN)/python -m infra.replay --data $(or $(DATA),short)

test: .venv/.test  ## all tests, or TESTS=paths; TRANSPORT=wire runs them over HTTP, against the engine as a server
	@$(if $(TRANSPORT),GOODWORD_TRANSPORT=$(TRANSPORT)) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

check: .venv/.check .venv/.test  ## format, lint, types, import contracts, subjects of commits, tests; COMMITS=main..HEAD
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python -m infra.commits $(COMMITS)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

browser: .venv/.browser  ## the pages, in a real Chromium; PICTURES=1 takes pictures into build/pictures
	@$(BIN)/python -m pytest --confcutdir=tests/browser tests/browser $(if $(PICTURES),--pictures)

openapi: .venv/.openapi build/node/.ready  ## what others' tools make of the API's document: linters, clients, a fuzzer; EXAMPLES=2 SEED=
	@SEED="$(SEED)" EXAMPLES="$(EXAMPLES)" $(BIN)/python -m pytest --confcutdir=tests/openapi tests/openapi

prove: .venv/.test  ## money under every fault we know, in large numbers; MINUTES=25 SEED= SCALE=1
	@$(BIN)/python -m tests.faults.prove --minutes $(or $(MINUTES),25) $(if $(SEED),--seed $(SEED)) --scale $(or $(SCALE),1)

bench: .venv/.bench build/runtime/.ready  ## all that is measured, and against what; ONLY=clicks,units VS="URL,pid[,pid...] ..." PASTE=1
	@$(if $(or $(if $(ONLY),,all),$(findstring cold,$(ONLY))),$(MAKE) --no-print-directory package STAGE=local,true)
	@$(BIN)/python -m bench --only "$(ONLY)" --vs "$(VS)" $(if $(PASTE),--paste)

bench-test: .venv/.test  ## that what measures measures rightly
	@$(BIN)/python -m pytest -m bench tests/bench

verify: .venv/.run  ## walk the ledger of a running service; GOODWORD=http://localhost:8000 KEY=rk_...
	@$(BIN)/python -m infra.books verify

reconcile: .venv/.run  ## compare facts with consequences, day by day; GOODWORD= KEY= DAY= TO= REPAIR=1
	@$(BIN)/python -m infra.books reconcile $(if $(DAY),--day $(DAY)) $(if $(TO),--to $(TO)) $(if $(REPAIR),--repair)

mutants: .venv/.mutants  ## change the code of money in every small way; do the tests notice?
	@$(BIN)/python -m tests.faults.mutants

fix: .venv/.check  ## let ruff put right what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

emails: .venv/.emails  ## write the page of emails anew from infra/emails, its style in its tags
	@$(BIN)/python -m infra.emails

texts: .venv/.run  ## bring the catalogs of all languages in line with the English one; ADD=pl begins one
	@$(BIN)/python -m infra.texts $(if $(ADD),--add $(ADD))

reference: .venv/.run  ## write docs/reference anew from the code
	@$(BIN)/python -m infra.reference

package: $(if $(filter local,$(STAGE)),.venv,.venv-package)/.package  ## what is deployed, in build/package; STAGE=dev, prod or local
	@$(if $(filter local,$(STAGE)),.venv,.venv-package)/bin/python -m infra.package --stage $(STAGE)

e2e: .venv/.e2e build/runtime/.ready  ## package, lint, deploy to an emulator, use it by HTTP, update it, delete it
	@$(MAKE) --no-print-directory package STAGE=local
	@$(BIN)/python -m pytest tests/deployed -m deployed -vv --exitfirst

plan: .venv/.deploy  ## what a deployment of build/package would create, without asking an account; STAGE=
	@$(BIN)/python -m infra.operate.plan --stage $(STAGE)

deploy: .venv/.deploy  ## show what would change, ask, and do it; STAGE= SENDER= DOMAIN= CERTIFICATE= URL= ALARMS= PARAMETERS= TABLES=keep PLAN=1 YES=1
	@$(BIN)/python -m infra.operate.deploy --stage $(STAGE) $(if $(PLAN),--plan)

keys: .venv/.deploy  ## list the API keys of a stage; STAGE= and NAME= SCOPES=, ROTATE=id or REVOKE=id; OWNER=email invites an owner
	@$(BIN)/python -m infra.operate.keys --stage $(STAGE) $(if $(OWNER),--owner "$(OWNER)") $(if $(NAME),--name "$(NAME)" --scopes "$(SCOPES)") $(if $(ROTATE),--rotate $(ROTATE)) $(if $(REVOKE),--revoke $(REVOKE))

status: .venv/.deploy  ## how a stage is, on one page; STAGE=
	@$(BIN)/python -m infra.operate.status --stage $(STAGE)

redrive: .venv/.deploy  ## bring dead letters to their functions again; STAGE= FUNCTION=
	@$(BIN)/python -m infra.operate.redrive --stage $(STAGE) $(if $(FUNCTION),--function $(FUNCTION))

destroy: .venv/.deploy  ## take a stage's functions away; its data only with DATA=delete, said twice; STAGE= SURE=
	@$(BIN)/python -m infra.operate.destroy --stage $(STAGE)

lock: .venv/.uv-$(UV)  ## write requirements.txt and requirements-package.txt anew from pyproject.toml, with hashes
	$(LOCK) --output-file requirements.txt pyproject.toml
	$(LOCK) --output-file requirements-package.txt --group package --constraint requirements.txt --universal --python-version 3.13

audit: .venv/.audit  ## known vulnerabilities in what ships; needs the network
	@$(BIN)/pip-audit --strict --requirement requirements.txt --no-deps --disable-pip

clean:  ## remove all that was made
	rm -rf build mutants .venv .venv-*

# The one environment. What a target needs comes into it by groups of pyproject.toml, each once.
.venv/.uv-$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Goodword needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Try: make PYTHON=/path/to/python3.11")'
	@echo "making .venv ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@touch $@

# What ships stays as it ships, whatever a tool asks for; the embedded engine asks for the botocore it was built with.
INSTALL = $(BIN)/uv pip install --quiet --compile-bytecode --override requirements.txt

# With the hash of each file there is of a version, so that one lock serves all platforms.
LOCK = $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

.venv/.%: pyproject.toml requirements.txt | .venv/.uv-$(UV)
	@echo "installing what \`make $*\` needs ..."
	@$(INSTALL) --python $(BIN)/python -r requirements.txt --group $*
	@touch $@

# An environment of its own, since Chalice takes the runtime and the wheels from the Python that runs it: Lambda's.
# Whatever is in it could change the package, and Chalice packs itself: a file whose hash is not in the lock is refused.
.venv-package/.package: requirements.txt requirements-package.txt | .venv/.uv-$(UV)
	@$(PACKAGE_PYTHON) --version >/dev/null 2>&1 || { echo "A package for AWS is built under Python 3.13, its runtime, and $(PACKAGE_PYTHON) is not here.\nTry: make package PACKAGE_PYTHON=/path/to/python3.13, or STAGE=local for this Python."; exit 1; }
	@echo "installing what \`make package\` needs ..."
	@$(PACKAGE_PYTHON) -m venv .venv-package
	@$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --python .venv-package/bin/python -r requirements.txt -r requirements-package.txt
	@touch $@

# No environments but folders: what Lambda itself brings, and packages that carry the demo's data.
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
