# Everything is set up in .venv/ of this checkout, with uv where it is installed and without where not.
SHELL := /bin/bash
VENV := .venv
PYTHON ?= python3
RUN := $(VENV)/bin
export PYTHONHASHSEED := 0
# Small matrices: more threads would only wait for each other.
export OMP_NUM_THREADS := 1

.PHONY: setup score serve test check format proto bench train image clean

setup: $(VENV)/.setup-stamp

$(VENV)/.setup-stamp: pyproject.toml uv.lock
	@command -v uv >/dev/null || { $(PYTHON) -m venv $(VENV) && $(RUN)/python -m pip install --quiet uv; }
	@PATH="$(CURDIR)/$(RUN):$$PATH" uv sync --locked --all-extras --quiet
	@touch $@

test: setup
	$(RUN)/pytest -q -ra

check: setup
	$(RUN)/ruff check service tests scripts
	$(RUN)/ruff format --check service tests scripts
	$(RUN)/mypy
	$(RUN)/lint-imports
	scripts/check_proto.sh

format: setup
	$(RUN)/ruff format service tests scripts
	$(RUN)/ruff check --fix service tests scripts

proto: setup
	scripts/generate_proto.sh

# Starts the service, scores examples/ through gRPC, prints a table, and stops the service.
score: setup
	$(RUN)/python scripts/score_examples.py

serve: setup
	$(RUN)/relhealth serve

clean:
	rm -rf $(VENV) build dist out .mypy_cache .ruff_cache .pytest_cache
