# What a person types here; `.ci/run` types `make test`. `make help` lists the targets.

N ?= 5
LAB ?= default
BIN := .venv/bin
PY := $(BIN)/python
# The collection of this tree and the pinned community ones.
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/collections:$(CURDIR)/.cache/collections
export PYTHONPATH := $(CURDIR)/compiler:$(CURDIR)/tests

.DEFAULT_GOAL := help
.PHONY: help setup setup-one demo demo-lab demo-service test test-full test-unit test-local test-lab test-kubernetes scenarios check \
        lint-python lint-ansible check-docs bench crash chaos golden docs lab-up lab-down lock wheel clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## make the environments (.venv, and one with a newer Python) from the lock
	@python3 .ci/bootstrap.py

setup-one:
	@python3 .ci/bootstrap.py --one

demo: setup-one ## a quickstart cluster on this machine: no root, nothing outside .venv, .cache and build/demo
	@.ci/demo

demo-lab: setup-one ## the web example on five real hosts (root): TLS etcd, a VIP, failover
	@.ci/demo-lab

demo-service: setup-one ## the service on this machine, with a token: submit, follow, result, by curl
	@.ci/demo-service

test: setup ## the gate: check and all tests, two lanes side by side, then totals
	@$(PY) .ci/gate.py

test-full: setup ## everything at full length: all scenarios, crash trials, both Pythons whole
	@$(PY) .ci/gate.py --full

test-unit: setup ## unit and golden tests
	@$(PY) .ci/gate.py unit

test-local: setup ## whole runs against this machine, and of the wheel
	@$(PY) .ci/gate.py local

test-lab: setup ## tests on real hosts, and the scenarios with something new to prove (root)
	@$(PY) .ci/gate.py lab

test-kubernetes: setup ## clusters of Kubernetes on real hosts (root, WORLDTREE_TEST_ARTIFACTS=DIR)
	@$(PY) .ci/gate.py kubernetes

scenarios: setup ## run the molecule scenarios with something new to prove, and record it (root)
	@$(PY) -m scenarios

check: lint-python lint-ansible check-docs ## lint, format, types, import directions, docs drift

check-docs: setup
	$(PY) docs/build.py --check
	$(PY) docs/words.py
	$(PY) roles/readme.py --check

lint-python: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@$(PY) .ci/types_cache.py take
	$(BIN)/mypy
	MYPYPATH=.ci $(BIN)/mypy docs/build.py docs/words.py compiler/hatch_build.py collections/vendor.py roles/readme.py .ci/bootstrap.py .ci/sitecustomize.py .ci/types_cache.py .ci/gate.py
	@$(PY) .ci/types_cache.py give
	$(BIN)/lint-imports

lint-ansible: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" $(PY) -m lint_ansible

bench: setup ## measure and write docs/benchmarks.md
	$(PY) -m bench

crash: setup ## kill applies 300 times and more, also by power; writes docs/benchmarks.md (root)
	$(PY) -m crash --kills $(or $(KILLS),300) --rollbacks 20 --roles 60 --power 20 --full-disks 8 \
	  --ssh-kills $(or $(SSH_KILLS),60) --ssh-cancels 30 --cancels $(or $(CANCELS),100) \
	  --seed $(or $(SEED),1) --write

chaos: setup ## 3 workers, 30 clusters, 200 tasks: killed, stopped, cut off, database restarted (root)
	$(PY) -m chaos --seed $(or $(SEED),1) $(CHAOS)

golden: setup-one ## rewrite the golden files; review the difference before committing
	WORLDTREE_UPDATE_GOLDEN=1 $(PY) -m pytest -q $$(grep -rl --include='test_*.py' WORLDTREE_UPDATE_GOLDEN tests)

docs: setup-one ## write the generated pages: diagnostics, CLI reference, READMEs of the roles
	$(PY) docs/build.py
	$(PY) roles/readme.py

lab-up: setup-one ## boot N=5 real hosts on this machine (root)
	$(PY) -m lab up --lab $(LAB) -n $(N)

lab-down: setup-one ## remove them and everything they left
	$(PY) -m lab down --lab $(LAB)

lock: setup-one ## resolve the dependencies again into requirements.lock: hashed, free of addresses
	$(BIN)/uv pip compile pyproject.toml --upgrade --extra dev --universal --generate-hashes \
	  --no-header --quiet -o requirements.lock

wheel: setup-one ## build the wheel into dist/
	$(BIN)/uv build --wheel --no-build-isolation --python $(PY) --out-dir dist

clean: ## remove what was built, but not environments and caches
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .ansible
