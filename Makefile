# `make run` and `make test` set up all that they need first; README.md says the same lines for a shell.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup run local test spark goldens lock benchmark accuracy clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1  /'

setup: .venv/.ready ## the virtual environment, Node and the CDK CLI, all in this folder

.venv/.ready: requirements.txt pyproject.toml package.json package-lock.json
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found: install it, or set PYTHON."; exit 2; }
	@echo "Setting up .venv and node_modules: about a minute, this once."
	$(PYTHON) -m venv .venv
	python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	npm ci --loglevel=error --no-audit --no-fund
	@touch $@

run: setup ## from a benchmark to a deploy on this machine (BENCHMARK, INSTANCE_TYPE, PEAK_TPS, MIN_TPS)
	@python -m tour $(if $(BENCHMARK),--benchmark "$(BENCHMARK)") \
		$(if $(INSTANCE_TYPE),--instance-type "$(INSTANCE_TYPE)") \
		$(if $(PEAK_TPS),--peak-tps "$(PEAK_TPS)") $(if $(MIN_TPS),--min-tps "$(MIN_TPS)") $(PLAN_OPTIONS)

local: setup ## the same, and what is deployed runs on until Ctrl-C
	@python -m tour --leave-running

test: setup ## the gate: lint, format, types, plans, tests
	ruff check .
	ruff format --check .
	mypy
	@for plan in plans/*/plan.json; do sagemaker-capacity plan --check $$plan || exit 1; done
	python -m pytest

spark: setup ## the other engine of request logs, for its tests: half a gigabyte, and it needs Java
	python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.txt

goldens: setup ## renew the golden templates, to be reviewed as a diff
	python -m pytest --snapshot-update -k golden
	cd examples/reuse && python -m pytest --quiet --snapshot-update

benchmark: setup ## how fast, beside whom (benchmarks/README.md)
	python benchmarks/synth.py
	python benchmarks/variants.py
	python benchmarks/command_line.py

accuracy: setup ## how exact the saturation is, over 500 simulated instances; resumable, half an hour on two cores
	python benchmarks/accuracy.py --benchmarks 500

lock: setup ## renew requirements.txt and package-lock.json
	uv pip compile pyproject.toml --extra analysis --group dev --universal --python-version 3.11 \
		--generate-hashes --custom-compile-command 'make lock' --quiet --output-file requirements.txt
	uv pip compile pyproject.toml --extra analysis --extra spark --constraint requirements.txt --universal \
		--python-version 3.11 --generate-hashes --custom-compile-command 'make lock' --quiet --output-file requirements-spark.txt
	npm install --package-lock-only --no-audit --no-fund

clean: ## all that was made here
	rm -rf .venv node_modules build
