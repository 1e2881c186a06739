# `make serve` runs the service and `make test` runs the whole gate; both make .venv first.
# Everything installs with plain pip from the hashed locks in requirements/.

PYTHON ?= python3
PATHS ?=
PARTS ?=
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
AUDIT := .venv-audit
SHIPPED := .venv-shipped
CODE := service clients/python requirements tools $(wildcard tests benchmarks examples/*.py)
PIP := $(BIN)/python -m pip --disable-pip-version-check

# One BLAS thread: OpenBLAS starts as many as the machine has cores, whatever the container may use.
export OPENBLAS_NUM_THREADS ?= 1
# Hundreds of processes are started from the same source: it is compiled once, whatever the machine is used to.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install serve test test-all lint types imports alone together pytest slow exhaustive mutation bench docs image format lock audit sbom clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python $(BENCH)/bin/python $(AUDIT)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "chainruler needs Python 3.11 or later; try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(patsubst %/bin/python,%,$@)
	$@ -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/pip.lock

# Python compiles what is imported, at the first import; pip would compile all of every package.
# Two stamps in one environment: `make serve` fetches what the service needs and no more.
$(VENV)/.server: requirements/server.lock requirements/build.lock pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --no-compile --require-hashes -r requirements/server.lock -r requirements/build.lock
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.server
	$(PIP) install --quiet --no-compile --require-hashes -r requirements/dev.lock
	@touch $@

install: $(VENV)/.dev ## create .venv with everything development needs

serve: $(VENV)/.server ## start the service on 127.0.0.1:8000
	@exec $(BIN)/chainruler serve

# mypy has one process, and so leaves a core to the tests that nothing disturbs.
test: install lint imports alone ## the whole gate
	@$(MAKE) --no-print-directory --jobs=2 types together

test-all: test slow ## the gate, and the tests marked slow

lint: install
	$(BIN)/ruff check $(or $(PATHS),.)
	$(BIN)/ruff format --check $(or $(PATHS),.)

types: install
	$(BIN)/mypy $(or $(PATHS),$(CODE))

imports: install
	$(BIN)/lint-imports

# What measures time runs first, with nothing beside it, and of files that say so nothing else is read; 5 is pytest's
# word for nothing to do there.
ALONE = $(or $(PATHS),$(shell grep -rl --include='test_*.py' 'mark\.alone' tests))
alone = $(BIN)/pytest -m "$(1) and alone" $(ALONE) || [ $$? -eq 5 ]
together = $(BIN)/pytest -n auto --dist loadgroup $(2) -m "$(1) and not alone" $(PATHS)

alone: install
	$(call alone,not slow)

together: install
	$(call together,not slow,--no-loadscope-reorder)

pytest: alone together

# What no other test proves is whole here: examples of documents, mistakes that people made, refusals, and processes.
ONCE := $(addprefix tests/,docs grading/test_collected.py api cli client faults handlers serving wire)

slow: install
	$(call alone,slow)
	$(call together,slow)
	$(if $(PATHS),,SAMPLE=all $(BIN)/pytest -n auto --dist loadgroup -m "not slow" $(ONCE))

exhaustive: install ## the gate's tests with every case of the sampled ones
	SAMPLE=all $(MAKE) pytest

mutation: install ## break the engine on purpose: every mutant must fail a test
	SAMPLE=all $(BIN)/python -m tests.mutation

# The tools of development stay out of what is measured; what only some rows need may fail to install.
$(BENCH)/.installed: requirements/bench.lock requirements/neighbours.lock pyproject.toml | $(BENCH)/bin/python
	$(BENCH)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/bench.lock
	$(BENCH)/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	$(BENCH)/bin/python -m benchmarks.install
	@touch $@

bench: $(BENCH)/.installed ## measure and write RESULTS.md; PARTS="engine service" for some, QUICK=1 for a trial
	$(BENCH)/bin/python -m benchmarks $(PARTS) $(if $(QUICK),--quick) $(if $(INTO),--into "$(INTO)")

docs: install ## write the generated pages of docs/ anew
	$(BIN)/python docs/generate.py

image: ## build the container image, with Docker or Podman, or else with buildah as root; NAME=chainruler
	$(PYTHON) tools/image.py $(or $(NAME),chainruler)

format: install ## let ruff rewrite what it can
	$(BIN)/ruff check --fix $(or $(PATHS),.)
	$(BIN)/ruff format $(or $(PATHS),.)

# uv resolves for every platform and Python at once, which pip-compile cannot; installing needs only pip.
COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: $(BIN)/python ## renew the locked versions
	$(PIP) install --quiet "uv>=0.13"
	$(COMPILE) pyproject.toml --extra server --group dev -o requirements/dev.lock
	$(COMPILE) pyproject.toml --extra server --constraint requirements/dev.lock -o requirements/server.lock
	$(COMPILE) --group pip -o requirements/pip.lock
	$(COMPILE) --group build --constraint requirements/dev.lock -o requirements/build.lock
	$(COMPILE) pyproject.toml --extra server --group bench --constraint requirements/dev.lock -o requirements/bench.lock
	$(COMPILE) --group audit -o requirements/audit.lock
	$(COMPILE) --group neighbours -o requirements/neighbours.lock
	$(COMPILE) pyproject.toml --group platforms --constraint requirements/dev.lock -o requirements/platforms.lock

$(AUDIT)/.installed: requirements/audit.lock | $(AUDIT)/bin/python
	$(AUDIT)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/audit.lock
	@touch $@

audit: $(AUDIT)/.installed ## ask for known vulnerabilities of the locked versions; LOCKS="requirements/dev.lock" for others
	$(AUDIT)/bin/python requirements/audit.py $(LOCKS)

# What is installed is looked at and not the lock, which knows neither licences nor who needs whom.
$(SHIPPED)/.installed: requirements/server.lock | $(AUDIT)/bin/python
	$(AUDIT)/bin/python -m venv --clear --without-pip $(SHIPPED)
	$(AUDIT)/bin/python -m pip --disable-pip-version-check --python $(SHIPPED)/bin/python \
		install --quiet --require-hashes -r requirements/server.lock
	@touch $@

sbom: $(AUDIT)/.installed $(SHIPPED)/.installed ## write dist/sbom.cdx.json: what the service consists of, in CycloneDX
	@mkdir -p dist
	@sed "s/^dynamic = .*/version = $$(sed -n 's/^__version__ = //p' service/chainruler/__init__.py)/" \
		pyproject.toml >dist/pyproject.toml
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(AUDIT)/bin/cyclonedx-py environment $(SHIPPED)/bin/python \
		--pyproject dist/pyproject.toml --output-reproducible --output-file dist/sbom.cdx.json
	@echo "dist/sbom.cdx.json"

clean: ## remove the environments and every cache
	rm -rf $(VENV) $(BENCH) $(AUDIT) $(SHIPPED) .venv-neighbours .venv-platforms dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
