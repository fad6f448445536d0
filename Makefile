# Two commands for users: `make demo` and `make test`. Both set up .venv first.
PYTHON := .venv/bin/python
TFCOMPAT := .venv/bin/tfcompat
SHELL := /bin/bash

.PHONY: demo test bench setup check lock kubeflow clean

demo: setup
	@bash scripts/demo.sh

test: setup check
	@$(PYTHON) -m pytest -n auto --maxprocesses 4

# Beside peers and limits, into docs/; `make bench ONLY=retrieval` for one.
bench: setup
	@$(PYTHON) -m benchmarks $(ONLY)

setup:
	@bash scripts/setup.sh

check: setup
	@$(PYTHON) -m ruff format --check -q .
	@$(PYTHON) -m ruff check -q .
	@$(PYTHON) -m pytest tests/layering_test.py

lock: setup
	@uv=$$(command -v uv || echo .venv/uv/bin/uv); \
	{ echo "# Every package tfcompat runs on, pinned. Made by 'make lock' from setup.cfg; do not edit by hand."; \
	  "$$uv" pip compile -q --system-certs --python-version 3.10 --all-extras \
	    --no-header --no-annotate -c requirements.lock setup.cfg; } > .requirements.lock.new
	@mv .requirements.lock.new requirements.lock

# Compiles the pipeline for Kubeflow or Vertex, in an environment of its own.
kubeflow: setup
	@bash tfx_pipeline/kubeflow/compile.sh
	@$(PYTHON) -m pytest tests/tfx_pipeline/kubeflow_runner_test.py

clean:
	rm -rf .venv demo build dist *.egg-info .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
