# Everything a newcomer needs: `make demo` and `make test`. Each sets up what it lacks, with only
# python3 (with venv) and the package registries.

SHELL := /bin/sh
PYTHON ?=
BIN := .venv/bin
# Where a checkout has the project's shared documents, data and vectors beside it, the tests use them.
ifneq ($(wildcard ../shared),)
INTELBUS_SHARED ?= $(abspath ../shared)
export INTELBUS_SHARED
endif

# Downloads trust the machine's certificate store, where an inspecting proxy's certificate is.
STORE := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt \
	/etc/ssl/ca-bundle.pem /etc/ssl/cert.pem))
ifneq ($(STORE),)
PIP_CERT ?= $(STORE)
SSL_CERT_FILE ?= $(STORE)
REQUESTS_CA_BUNDLE ?= $(STORE)
UV_SYSTEM_CERTS ?= 1
export PIP_CERT SSL_CERT_FILE REQUESTS_CA_BUNDLE UV_SYSTEM_CERTS
endif

# Images of containers often turn byte code off. The tests start hundreds of processes, and half of a
# start would be compiling what it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-up demo-down up down test unit integration acceptance access tamper injections \
	fuzz-api chaos evaluate fuzz fuzz-guided \
	lint format types contracts schemas bench bench-quick bench-full bench-read plans build clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: .venv/.complete ## install what the project needs into ./.venv

.bootstrap/.complete: deploy/bootstrap.sh
	PYTHON="$(PYTHON)" sh deploy/bootstrap.sh
	touch $@

.venv/.complete: .bootstrap/.complete pyproject.toml uv.lock
	UV_PYTHON_DOWNLOADS=never .bootstrap/bin/uv sync --frozen --all-extras --python .bootstrap/bin/python
	touch $@

demo: setup ## play 2009 through real servers, show the tables, leave nothing running
	$(BIN)/python -m deploy.demo

demo-up: setup ## the same, and leave it running to look around in
	$(BIN)/python -m deploy.demo --keep

demo-down: setup ## stop what demo-up left running
	$(BIN)/intelbus down

up: setup ## start Kafka and PostgreSQL on this machine
	$(BIN)/intelbus up

down: setup ## stop them
	$(BIN)/intelbus down

test: setup ## unit, integration (real servers) and acceptance tests
	$(BIN)/python -m pytest tests $(PYTEST_ARGS)

unit: setup ## tests without servers
	$(BIN)/python -m pytest tests/unit tests/vectors $(PYTEST_ARGS)

integration: setup ## tests on a real Kafka and a real PostgreSQL
	$(BIN)/python -m pytest tests/integration $(PYTEST_ARGS)

acceptance: setup ## tests from an agency's file to an analyst's answer
	$(BIN)/python -m pytest tests/acceptance $(PYTEST_ARGS)

fuzz: setup ## a million hostile messages; FUZZ_ARGS="--seed 7 --seconds 60" for other campaigns
	$(BIN)/python -m tests.fuzz $(FUZZ_ARGS)

fuzz-guided: setup ## the same led by coverage (atheris), for FUZZ_ARGS="--seconds 300"
	UV_PYTHON_DOWNLOADS=never .bootstrap/bin/uv sync --frozen --all-extras --group fuzz --inexact \
		--python .bootstrap/bin/python
	$(BIN)/python -m tests.fuzz.guided $(FUZZ_ARGS)

chaos: setup ## break real processes and servers in every way; CHAOS_ARGS="--runs 200 --seed 7", --help
	$(BIN)/python -m tests.chaos $(CHAOS_ARGS)

access: setup ## every reader against every event and path; INTELBUS_ACCESS_SEED=7 for other stores
	INTELBUS_ACCESS=everything $(BIN)/python -m pytest -s tests/integration/test_access_matrix.py $(PYTEST_ARGS)

fuzz-api: setup ## 500 examples of every call of the HTTP interface (INTELBUS_API_EXAMPLES)
	INTELBUS_API_EXAMPLES=$${INTELBUS_API_EXAMPLES:-500} $(BIN)/python -m pytest -q --timeout 7200 \
		tests/integration/test_interface_examples.py

injections: setup ## 5,000 hostile texts in events, read back everywhere (INTELBUS_PAYLOADS)
	INTELBUS_PAYLOADS=$${INTELBUS_PAYLOADS:-5000} $(BIN)/python -m pytest -q --timeout 7200 \
		tests/integration/test_injection.py

tamper: setup ## 10,000 tamperings with an audit, of nine sorts (INTELBUS_TAMPERINGS)
	INTELBUS_TAMPERINGS=$${INTELBUS_TAMPERINGS:-10000} $(BIN)/python -m pytest -q --timeout 1800 \
		tests/unit/repository/access/test_evidence.py

evaluate: setup ## measure the linker on the labelled sets in $INTELBUS_SHARED, and relays on invented data
	$(BIN)/python -m benchmarks.linkage $(EVALUATE_ARGS)
	$(BIN)/python -m benchmarks.relays $(RELAYS_ARGS)

lint: setup ## style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup ## put the formatting right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup ## mypy, strict
	$(BIN)/mypy

contracts: setup ## who may import whom
	$(BIN)/lint-imports

schemas: setup ## check the schemas and write what is generated from them
	$(BIN)/python -m schemas.generate
	$(BIN)/intelbus schemas check

bench: setup ## ingest beside Debezium and Quix Streams, about 20 minutes; JSON lines and a table
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

bench-quick: setup ## the same, small
	$(BIN)/python -m benchmarks --quick $(BENCH_ARGS)

bench-full: setup ## the same, long: 100,000 events, five rounds, a million for memory
	$(BIN)/python -m benchmarks --full $(BENCH_ARGS)

bench-read: setup ## reading at a million events; builds the store once, in .intelbus/reading
	$(BIN)/python -m benchmarks.reading $(BENCH_ARGS)

plans: setup ## no answer reads a table whole, in the store of bench-read
	INTELBUS_READING_STORE=$$($(BIN)/python -m benchmarks.store $(BENCH_ARGS)) $(BIN)/python -m pytest -q \
		--timeout 7200 tests/integration/test_access_plans.py -k large_store $(PYTEST_ARGS)

build: setup ## the wheel and the source distribution, in dist/
	.bootstrap/bin/uv build --python .bootstrap/bin/python

clean: ## stop the local servers and delete everything made here
	@if [ -x $(BIN)/intelbus ]; then $(BIN)/intelbus down --remove; fi
	rm -rf .venv .bootstrap .intelbus dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
