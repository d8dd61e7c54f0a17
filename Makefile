# Everything a person or CI runs. Needs make and Python 3.11; each target builds the environment it uses.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# Where PYTHONDONTWRITEBYTECODE is set, each of the platform's many processes would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE
INSTALL = $(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes
# For machines where uv finds no index and pip does. The lock files name every dependency, and the pip of a fresh Python
# 3.11 would not find the hashes of one that another package asks for with an extra.
FALLBACK = $(BIN)/python -m pip install --quiet --require-hashes --no-deps
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

# Most tests wait for processes of the platform, so there are more of them than cores. Files are handed out in order of
# their names: those with few tests, which xdist would keep for the end, are among the longest.
PARALLEL = --numprocesses 3 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/uv: requirements-build.lock
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-build.lock
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml $(BIN)/uv
	$(INSTALL) -r requirements.lock || $(FALLBACK) -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(INSTALL) -r requirements-dev.lock || $(FALLBACK) -r requirements-dev.lock
	@touch $@

.PHONY: environment
environment: $(VENV)/.dev ## build the environment with the development tools

.PHONY: run
run: $(VENV)/.runtime ## PostgreSQL, the Dagster UI on 127.0.0.1:3000, a first refresh, automation on
	@exec $(BIN)/movie-assets up

.PHONY: dashboards
dashboards: $(VENV)/.runtime ## Superset with the dashboards on 127.0.0.1:8088, beside a platform that has run
	@exec $(BIN)/movie-assets dashboards

.PHONY: test
test: $(VENV)/.dev ## every test that needs nothing but this environment
	$(BIN)/python -m pytest movie_assets_tests -m "not system and not faults and not long and not deploy" $(PARALLEL)

.PHONY: test-faults
test-faults: $(VENV)/.dev ## everything that may break, broken (docs/reliability.md)
	$(BIN)/python -m pytest movie_assets_tests -m "faults and not system" $(PARALLEL)

# More values from pandas to PostgreSQL and back, other ones each time: make test-long CASES=5000
CASES = 600
.PHONY: test-long
test-long: $(VENV)/.dev ## many cases, large tables and separate servers
	CASES=$(CASES) $(BIN)/python -m pytest movie_assets_tests -m "long and not system" $(PARALLEL)

.PHONY: test-soak
test-soak: $(VENV)/.dev ## a running platform under random kills for eight minutes (SECONDS=480)
	$(BIN)/python -m movie_assets_tests.faults.soak --seconds $(or $(SECONDS),480)

.PHONY: test-system
test-system: $(VENV)/.dev ## the tests that need Chromium, Debian's PostgreSQL 15 and Prometheus
	$(BIN)/python -m pytest movie_assets_tests -m system --ignore=movie_assets_tests/dashboards $(PARALLEL)

.PHONY: test-dashboards
test-dashboards: $(VENV)/.dev ## Superset installed, filled and looked at in Chromium (six minutes)
	$(BIN)/python -m pytest movie_assets_tests/dashboards -m system

.PHONY: test-deploy
test-deploy: $(VENV)/.dev ## images built, containers run, killed, upgraded and restored; needs root or a Docker engine
	$(BIN)/python -m pytest movie_assets_tests/deploy -m deploy --numprocesses 2 --dist loadfile --no-loadscope-reorder

# Other numbers: make test-fuzz FUZZ="--brands 1000000 --seed 2"
FUZZ =
.PHONY: test-fuzz
test-fuzz: $(VENV)/.dev ## 200,000 brand files and 50,000 films, answers and lists that nobody would write
	$(BIN)/python -m movie_assets_tests.fuzzing $(FUZZ)

# Without --strict, packages that the service did not answer for would pass as sound.
AUDIT = --vulnerability-service pypi
.PHONY: audit
audit: $(VENV)/.dev ## known vulnerabilities of the locked versions, asked from PyPI: needs the network
	@for lock in requirements*.lock; do echo "$$lock"; $(BIN)/pip-audit $(AUDIT) --strict --progress-spinner off \
		--disable-pip --require-hashes --requirement "$$lock" || { echo "$$lock is not audited as sound: a" \
		"vulnerability is named above, or the service could not be asked, and then nothing is known." >&2; exit 1; }; done

.PHONY: benchmarks
benchmarks: $(VENV)/.dev ## publishing, reading and fetching against the usual ways (minutes)
	$(INSTALL) -r requirements-bench.lock
	$(BIN)/python -m benchmarks.warehouse
	$(BIN)/python -m benchmarks.tmdb
	$(BIN)/python -m benchmarks.graph
	$(BIN)/python -m benchmarks.freshness

.PHONY: lint
lint: $(VENV)/.dev ## ruff, mypy --strict, sqlfluff, Dagster's own validation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint movie_assets
	$(BIN)/dagster definitions validate -m movie_assets.definitions

.PHONY: lock
lock: $(BIN)/uv ## renew the lock files within the ranges of pyproject.toml
	$(COMPILE) --upgrade --extra embedded pyproject.toml -o requirements.lock
	$(COMPILE) --upgrade --extra embedded --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(COMPILE) --upgrade --extra embedded --extra bench -c requirements-dev.lock pyproject.toml -o requirements-bench.lock
	$(COMPILE) --upgrade --group build -o requirements-build.lock

# Options of the build: make release RELEASE="--fresh --without-scan"
RELEASE =
.PHONY: release
release: $(VENV)/.dev ## images built, listed, scanned and pushed to MOVIE_ASSETS_REGISTRY (docs/releasing.md)
	$(BIN)/python -m deploy.release build $(RELEASE)
	$(BIN)/python -m deploy.release publish

.PHONY: dictionary
dictionary: $(VENV)/.dev ## write docs/data-dictionary.md anew from the declarations
	$(BIN)/movie-assets dictionary --output docs/data-dictionary.md

.PHONY: grafana
grafana: $(VENV)/.dev ## write Grafana's dashboards anew from deploy/monitoring/grafana
	$(BIN)/python deploy/monitoring/grafana/generate.py

.PHONY: reliability
reliability: $(VENV)/.dev ## write docs/reliability.md anew from the tests of faults
	$(BIN)/python -m movie_assets_tests.faults.document

.PHONY: screenshots
screenshots: $(VENV)/.dev ## retake the pictures in docs/ from the running UI and Superset
	$(BIN)/python -m movie_assets_tests.ui.screenshots docs
	$(BIN)/python -m movie_assets_tests.dashboards.screenshot docs

.PHONY: clean
clean: ## stop the platform and remove the environment; stored data stays
	-$(BIN)/movie-assets down
	rm -rf $(VENV)
