# From a bare clone: `make up` runs everything, `make test` tests everything. Nothing to install first
# but Python 3.11 or later, git and make.

VENV := .venv
BIN := $(VENV)/bin
PG_BIN ?=
# Those that cut a worker off from its servers watch the seconds: all the others, which run beside
# them, give way (nice).
OUTAGES := tests/workers/test_outages.py
PYTEST := $(BIN)/python -m pytest --dist loadscope --no-loadscope-reorder
ALL_TESTS := @$(MAKE) --no-print-directory --jobs 2 --keep-going test-outages test-others

.DEFAULT_GOAL := help
.PHONY: help install up test test-pg test-outages test-others fuzz soak chaos failover bench profile lint clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

install: $(VENV)/installed ## Create the environment (.venv) from the locked dependencies

# The stamp is newer than the locks as long as what they say is installed.
$(VENV)/installed: requirements-dev.lock pyproject.toml scripts/install.sh
	@scripts/install.sh $(VENV)

up: install ## Run everything in the foreground; Ctrl-C stops it, the data is kept
	@exec $(BIN)/tekana up

# The tests start Python some hundred times: with compiled modules that takes a third of the time.
test test-pg: export PYTHONDONTWRITEBYTECODE :=

test: install ## Run all tests on the embedded PostgreSQL
	$(ALL_TESTS)

test-pg: export TEKANA_TEST_PG_BIN := $(PG_BIN)
test-pg: install ## Run all tests on another PostgreSQL: make test-pg PG_BIN=/usr/lib/postgresql/15/bin
	@test -x "$(PG_BIN)/postgres" || \
		{ echo "make test-pg: set PG_BIN to the directory of PostgreSQL's binaries, such as PG_BIN=/usr/lib/postgresql/15/bin" >&2; exit 1; }
	$(ALL_TESTS)

# What they tell is shown when they end, not in the midst of what the others tell.
test-outages:
	@told=$$(mktemp); $(PYTEST) -n 3 $(OUTAGES) >"$$told" 2>&1; status=$$?; \
		cat "$$told"; rm "$$told"; exit $$status

# Most tests wait for the processes they start: more at once than the two cores of CI.
test-others:
	@nice -n 10 $(PYTEST) -n 5 --ignore=$(OUTAGES)

fuzz: export TEKANA_TEST_FUZZ_EXAMPLES ?= 20000
fuzz: install ## Send 20,000 generated query strings: no 5xx, and no rows that the reader may not see
	$(BIN)/python -m pytest -n 2 tests/api/data/test_fuzz.py tests/api/test_dialect.py -k "no_request or any_"

soak: export TEKANA_TEST_SOAK_STEPS ?= 30000
soak: export TEKANA_TEST_TRANSFER_SECONDS ?= 60
soak: install ## Compare 30,000 steps of the ledger with its model, and run opposite transfers for a minute
	$(BIN)/python -m pytest -s tests/ledger tests/db/concurrency/test_transfers.py \
		tests/api/test_opposite_transfers.py -k "model or finds or opposite"

chaos: TIMES ?= 20
chaos: install ## Kill PostgreSQL, the API and the worker with kill -9 under load, TIMES each; 4 minutes
	$(BIN)/python -m tests.chaos --times $(TIMES)

failover: TIMES ?= 10
failover: install ## Kill the primary of a synchronous standby under load and promote that, TIMES; a minute
	$(BIN)/python -m tests.chaos --failover --times $(TIMES)

bench: install ## Run the benchmarks, as ratios measured side by side; 15 minutes, 10 GB of disk
	$(BIN)/python -m bench

profile: install ## Profile where the time of posting goes; rewrites docs/performance/
	$(BIN)/python -m bench.profile

lint: install ## Run linters and type checks
	@scripts/lint.sh $(BIN)

clean: ## Remove the environment and caches (not the data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
