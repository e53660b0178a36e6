# Works on a fresh clone with python3 (3.11 or later) and make; after the first call no network is needed.
PYTHON ?= python3
# Not taken from the environment, where some shells keep the name of the machine or of the processor.
HOST = 127.0.0.1
PORT ?= 7860
KB_HOME ?= .kb
BIN := .venv/bin
INSTALLED := .venv/.installed
# Compiled modules are kept, also where the machine says otherwise: compiling 2,700 of them takes a command seconds.
export PYTHONDONTWRITEBYTECODE =
PYTHON_FOLDERS := kb ingest evals app tests

.PHONY: install run test check bench retrieval load speed screenshots eval format clean

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@echo "Installing into .venv; the first time this takes some minutes"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[dev,browser]'
	@touch $@

run: $(INSTALLED)
	@$(BIN)/kb ingest corpus --home $(KB_HOME)
	@$(BIN)/kb serve --home $(KB_HOME) --host $(HOST) --port $(PORT)

# A file's tests stay in one process, which builds what they share once.
test: $(INSTALLED)
	@$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile

check: $(INSTALLED)
	$(BIN)/ruff format --check $(PYTHON_FOLDERS)
	$(BIN)/ruff check $(PYTHON_FOLDERS)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pylint kb ingest evals app
	$(BIN)/python -m pytest --quiet --no-header tests/test_links.py

bench: $(INSTALLED)
	@$(BIN)/kb ingest corpus --home $(KB_HOME)
	@$(BIN)/python -m evals.bench --home $(KB_HOME)

# Retrieval sets are data that somebody else supplies: RETRIEVAL_SETS names their folders.
RETRIEVAL_SETS ?= $(wildcard ../shared/benchmarks/*/)
retrieval: $(INSTALLED)
	@$(BIN)/python -m evals.retrieval_bench $(RETRIEVAL_SETS)

load: $(INSTALLED)
	@$(BIN)/kb ingest corpus --home $(KB_HOME)
	@$(BIN)/python -m evals.load --home $(KB_HOME)

speed: $(INSTALLED)
	@$(BIN)/kb ingest corpus --home $(KB_HOME)
	@$(BIN)/python -m tests.browser.speed --home $(KB_HOME)

screenshots: $(INSTALLED)
	@$(BIN)/kb ingest corpus --home $(KB_HOME)
	@$(BIN)/python -m tests.browser.screenshots --home $(KB_HOME) --to docs

eval: $(INSTALLED)
	@$(BIN)/kb ingest corpus --home $(KB_HOME)
	@for set in facts plain nearmiss colloquial followups premises; do \
	  $(BIN)/kb eval run evals/sets/$$set.jsonl --home $(KB_HOME) --json build/$$set.json --html build/$$set.html || exit; \
	done
	@$(BIN)/kb eval run evals/sets/staff.jsonl --home $(KB_HOME) --gate evals/gate.yaml \
	  --json build/eval.json --html build/eval.html

format: $(INSTALLED)
	@$(BIN)/ruff format $(PYTHON_FOLDERS)
	@$(BIN)/ruff check --fix $(PYTHON_FOLDERS)

clean:
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
