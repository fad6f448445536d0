#!/usr/bin/env bash
# Compiles the pipeline for Kubeflow v2 or Vertex AI, in an environment with
# kfp that is made on first use. Options are those of
# tfx_pipeline/kubeflow_runner.py; without any, only the environment is made.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lock=$root/tfx_pipeline/kubeflow/requirements.lock
venv=$root/.venv/kubeflow
stamp=$venv/lock

if ! cmp -s "$lock" "$stamp"; then
  if [ ! -x "$root/.venv/bin/python" ]; then
    echo "There is no .venv yet: run 'make setup' first." >&2
    exit 2
  fi
  echo "Installing $(grep -c == "$lock") locked packages ..." >&2
  rm -rf "$venv"
  uv=$(command -v uv || echo "$root/.venv/uv/bin/uv")
  if [ -x "$uv" ]; then
    "$uv" venv -q --python "$root/.venv/bin/python" "$venv"
    "$uv" pip sync -q --system-certs --python "$venv/bin/python" "$lock"
  else
    "$root/.venv/bin/python" -m venv "$venv"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check \
      --no-deps -r "$lock"
  fi
  cp "$lock" "$stamp"
fi

if [ $# -gt 0 ]; then
  export TF_USE_LEGACY_KERAS=1 TF_CPP_MIN_LOG_LEVEL=3 PYTHONWARNINGS=ignore
  export PYTHONPATH=$root
  exec "$venv/bin/python" -m tfx_pipeline.kubeflow_runner "$@"
fi
