PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
INSTALLED_ALL := $(VENV)/installed-all
# A process of tests per core, so one thread each.
PYTEST = OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile
WITH_ARGUMENTS := $(addprefix benchmarks/,rank_agreement.py real.py word2vec.py)

# Byte code saves the processes that tests start from compiling the sources again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install run test test-all test-ray kernels check format bench docs picture schema clean

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

install: $(INSTALLED_ALL) ## Install everything into .venv: extras, and what the tests need

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable .
	touch $@

$(INSTALLED_ALL): $(INSTALLED)
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable .[all] --group dev
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable .[ray] || echo "no Ray here: its tests are skipped"
	touch $@

run: $(INSTALLED) ## Install, run two recommenders on the synthetic corpus, show the leaderboard
	$(BIN)/harness run --recommender popularity --recommender title

test: $(INSTALLED_ALL) ## Install, check and run the tests that take minutes
	$(MAKE) --no-print-directory --jobs=2 check kernels
	$(PYTEST) -m "not slow"

test-ray: $(INSTALLED_ALL) ## Run the slow tests of the engine ray
	if $(BIN)/python -c "import ray" 2>/dev/null; then $(BIN)/python -m pytest -m slow tests/engines/test_ray.py; \
	else echo "no Ray here: its tests are skipped"; fi

test-all: $(INSTALLED_ALL) ## Run every test, the slow ones too
	$(MAKE) --no-print-directory --jobs=2 check kernels
	$(PYTEST) --cov --cov-report=term:skip-covered

kernels: $(INSTALLED_ALL) ## Compile the kernels of all recommenders once, for all processes of the tests
	$(BIN)/python -m pytest tests/recommenders/test_contract.py -k "lists_of_any_length and 7"

check: $(INSTALLED_ALL) ## Lint and check the types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(INSTALLED_ALL) ## Format the code, and fix what the linter can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(INSTALLED_ALL) ## Time the parts beside their peers (many hours in all; each file in benchmarks/ says more)
	for file in $(filter-out $(WITH_ARGUMENTS) benchmarks/_%,$(wildcard benchmarks/*.py)); do $(BIN)/python $$file || exit 1; done
	@echo "Not run, because they need arguments: $(WITH_ARGUMENTS)"

docs: $(INSTALLED) ## Build the documentation site into build/site
	$(BIN)/python -m pip install --quiet --group docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

picture: $(INSTALLED_ALL) ## Draw docs/board.png again: the page of four recommenders on the synthetic corpus, in Chromium
	$(BIN)/harness run --recommender popularity --recommender title --recommender playlist-knn \
		--recommender co-occurrence --runs build/picture --format md --output build/board.md
	$(BIN)/python docs/picture.py --runs build/picture

schema: $(INSTALLED) ## Write docs/run.schema.json, the JSON Schema of run.json, again
	$(BIN)/python -c "import json; from harness.run.record import record_schema; print(json.dumps(record_schema(), indent=2))" > docs/run.schema.json

clean: ## Delete the environment and everything that was made, but no run
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
