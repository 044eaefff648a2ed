PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.DEFAULT_GOAL := help
.PHONY: help install run test test-all check format bench picture clean

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

install: $(INSTALLED) ## Install into .venv, for those who will not only run

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

run: $(INSTALLED) ## Install, run two recommenders on the synthetic corpus, show the leaderboard
	$(BIN)/harness run --recommender popularity --recommender title

test: check ## Install, check and run the tests that take minutes
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m "not slow" --cov --cov-report=term:skip-covered

test-all: check ## Run every test, the slow ones too
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --cov --cov-report=term:skip-covered

check: $(INSTALLED) ## Lint and check the types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(INSTALLED) ## Format the code, and mend what the linter can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(INSTALLED) ## Time the parts beside their peers (many hours in all; each file in benchmarks/ says more)
	for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

picture: $(INSTALLED) ## Draw docs/board.png again: the page of four recommenders on the synthetic corpus, in Chromium
	$(BIN)/harness run --recommender popularity --recommender title --recommender playlist-knn \
		--recommender co-occurrence --runs build/picture --format md --output build/board.md
	$(BIN)/python docs/picture.py --runs build/picture

clean: ## Delete the environment and everything that was made, but no run
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
