# Everything is set up in .venv/ of this checkout, with uv where it is installed and without where not.
SHELL := /bin/bash
VENV := .venv
PYTHON ?= python3
RUN := $(VENV)/bin
# uv is the system's, or the one that setup put into the environment.
UV := PATH="$(CURDIR)/$(RUN):$$PATH" uv
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
export PYTHONHASHSEED := 0
# What strangers write to must not have hashes that they can work out.
serve score: export PYTHONHASHSEED := random
# Small matrices: more threads would only wait for each other.
export OMP_NUM_THREADS := 1

.PHONY: setup score serve test check format proto bench train image audit sbom clean

setup: $(VENV)/.setup-stamp

# What is compiled is compiled anew when its sources change; [tool.uv] tells uv the same.
C_SOURCES := $(shell find service -name "*.[ch]")

$(VENV)/.setup-stamp: pyproject.toml uv.lock hatch_build.py $(C_SOURCES)
	@command -v uv >/dev/null || { $(PYTHON) -m venv $(VENV) && $(RUN)/python -m pip install --quiet uv; }
	@$(UV) sync --locked --all-extras --quiet
	@$(RUN)/relhealth --version
	@touch $@

test: setup
	$(RUN)/pytest -q -ra

check: setup
	$(RUN)/ruff check service tests scripts
	$(RUN)/ruff format --check service tests scripts
	$(RUN)/mypy
	$(RUN)/lint-imports
	scripts/check_proto.sh
	@$(MAKE) --no-print-directory audit

# Known vulnerabilities of the locked packages; AUDIT=--required fails where one cannot be asked for.
audit: setup
	@$(UV) export --locked --no-default-groups --all-extras --no-emit-project --quiet | $(RUN)/python scripts/audit.py $(AUDIT)

# What is in a release, as CycloneDX.
sbom: setup
	@mkdir -p out
	$(UV) export --locked --no-default-groups --all-extras --format cyclonedx1.5 --quiet --output-file out/relhealth.cdx.json

# With Docker, or with Buildah where there is none.
image:
	if command -v buildah >/dev/null; then buildah build --format docker --tag relhealth:$(VERSION) .; else docker build --tag relhealth:$(VERSION) .; fi

format: setup
	$(RUN)/ruff format service tests scripts
	$(RUN)/ruff check --fix service tests scripts

# The models anew: the act detector, how it reads the rated histories unseen, and the rubric from
# that. The shipped version of the detector needs DATA, the folder of the other sources' texts;
# without it what is trained goes to out/, and the rubric comes from the readings that are shipped.
DETECTOR ?= $(if $(DATA),models/act_detector/8,out/act_detector)
RUBRIC ?= $(if $(DATA),models/rubric/rubric.toml,out/rubric.toml)
train: setup
	$(RUN)/relhealth model train --output $(DETECTOR) --version $(notdir $(DETECTOR)) $(if $(DATA),--sources $(DATA))
	$(if $(DATA),$(RUN)/relhealth model cross-read --sources $(DATA) --model $(DETECTOR) --output models/training/rated/readings.jsonl)
	$(RUN)/relhealth model fit --model $(DETECTOR) --output $(RUBRIC)

proto: setup
	scripts/generate_proto.sh

# Starts the service, scores examples/ through gRPC, prints a table, and stops the service.
score: setup
	$(RUN)/python scripts/score_examples.py

# Measures speed, interleaved, beside a bare echo and what others do; writes docs/performance.md.
bench: setup
	@PATH="$(CURDIR)/$(RUN):$$PATH" uv sync --locked --all-extras --group bench --quiet
	$(RUN)/python scripts/bench/run.py

serve: setup
	$(RUN)/relhealth serve

clean:
	rm -rf $(VENV) build dist out .mypy_cache .ruff_cache .pytest_cache
