.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Modules are compiled when they are first imported; compiling all at once takes half of the installation.
PIP := $(BIN)/python -m pip install --no-compile --quiet --disable-pip-version-check --constraint .constraints.txt --editable

.PHONY: help setup constraints test test-slow test-cluster check reproduce report bench tensorboard wheel clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY)  ## Build .venv with everything in it (once; some minutes)

$(READY): pyproject.toml .constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Python 3.11 to 3.13 is needed, this is %d.%d; try make PYTHON=python3.12 ..." % v)'
	$(PYTHON) -m venv .venv
	$(PIP) '.[dev]'
	@touch $(READY)

constraints:  ## Build .venv from the newest releases that fit, and pin them in .constraints.txt
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --editable '.[dev,slurm,ray,mlflow,wandb]' setuptools
	@echo '# What `make setup` installs: the versions that the tests ran on, under Linux. `make constraints` remakes' > .constraints.txt
	@echo '# this file from the newest releases; run the tests on them before it is committed.' >> .constraints.txt
	$(BIN)/python -m pip freeze --all --exclude-editable --exclude pip | sed 's/+.*//' >> .constraints.txt
	@touch $(READY)

test: $(READY)  ## Run the quick tests (a few minutes)
	$(BIN)/python -m pytest -m 'not slow and not cluster'

test-slow: $(READY)  ## Run the slow tests
	$(BIN)/python -m pytest -m slow --dist loadfile

test-cluster: $(READY)  ## Test sweeps on a Slurm and a Ray of this machine (Slurm: see tests/cluster/slurm.sh)
	$(PIP) '.[dev,slurm,ray]' || \
		echo "The extras slurm and ray cannot be installed; their tests will be skipped"
	$(BIN)/python -m pytest tests/cluster -m cluster -n 2 --dist loadfile

check: $(READY)  ## Check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

REPRODUCE = $(BIN)/python -m dysarthria_lightning.reproduce \
	$(if $(PROFILE),profile=$(PROFILE)) $(if $(REPEATS),repeats=$(REPEATS)) $(ARGS)

reproduce: $(READY)  ## Run the paper's experiments and report; PROFILE=quick, REPEATS=3, ARGS='key=value'
	$(REPRODUCE)

report: $(READY)  ## Write the report from what is finished; takes the same variables
	$(REPRODUCE) train=false

bench: $(READY)  ## Measure speed beside the usual ways (four to five minutes); ARGS='--json FILE'
	PYTHONPATH=tests $(BIN)/python -m bench $(ARGS)

tensorboard: $(READY)  ## Look at the runs in a browser; RUNS='folder or glob below outputs/runs', ARGS='--port 6007'
	$(BIN)/python -m dysarthria_lightning.training.board '$(RUNS)' $(ARGS)

wheel: $(READY)  ## Build dist/*.whl
	$(BIN)/python -m build --wheel

clean:  ## Delete .venv, caches and builds; outputs/ stays
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
