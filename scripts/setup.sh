#!/usr/bin/env bash
# Builds .venv on CPython 3.10 with the locked packages. Called by make; safe to
# run again: it does nothing when nothing changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
venv=.venv
stamp=$venv/.installed

# TensorFlow Extended 1.16 has no wheels for a newer Python.
is_310() {
  "$1" -c 'import sys, ssl, sqlite3, lzma, bz2, ctypes
sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1
}

find_310() {
  local candidate home
  # The account's own folder, whatever HOME says.
  home=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6) || home=
  for candidate in \
    "${PYTHON310:-}" \
    "$(command -v python3.10 || true)" \
    "$(command -v python3 || true)" \
    "${PYENV_ROOT:-/nonexistent}"/versions/3.10.*/bin/python \
    "${HOME:-/nonexistent}"/.pyenv/versions/3.10.*/bin/python \
    "${home:-/nonexistent}"/.pyenv/versions/3.10.*/bin/python \
    "${HOME:-/nonexistent}"/.local/share/uv/python/cpython-3.10*/bin/python3.10 \
    "${home:-/nonexistent}"/.local/share/uv/python/cpython-3.10*/bin/python3.10 \
    /opt/pyenv/versions/3.10.*/bin/python /usr/local/bin/python3.10; do
    if [ -x "$candidate" ] && is_310 "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  if command -v uv >/dev/null && uv python install 3.10 >&2; then
    uv python find 3.10
    return
  fi
  return 1
}

wanted=$(cat requirements.lock setup.cfg pyproject.toml | sha256sum)
if [ -x $venv/bin/python ] && is_310 $venv/bin/python &&
  [ "$(cat $stamp 2>/dev/null)" = "$wanted" ]; then
  exit 0
fi

if ! { [ -x $venv/bin/python ] && is_310 $venv/bin/python; }; then
  if ! python=$(find_310); then
    echo "No Python 3.10 found: get one with 'uv python install 3.10', 'pyenv install 3.10' or your package manager, or set PYTHON310 to its path." >&2
    exit 2
  fi
  echo "Python 3.10: $python" >&2
  rm -rf $venv
  "$python" -m venv $venv
fi

# uv installs the lock in seconds where pip takes minutes.
uv=$(command -v uv || echo $venv/uv/bin/uv)
if [ ! -x "$uv" ]; then
  $venv/bin/python -m pip install -q --disable-pip-version-check \
    --root-user-action=ignore --target $venv/uv 'uv==0.13.8' || true
fi
echo "Installing $(grep -c == requirements.lock) locked packages ..." >&2
if [ -x "$uv" ] &&
  "$uv" pip sync -q --system-certs --python $venv/bin/python requirements.lock &&
  "$uv" pip install -q --system-certs --python $venv/bin/python --no-deps -e .; then
  :
else
  echo "uv is absent or failed: installing with pip, which is slower." >&2
  $venv/bin/python -m pip install -q --disable-pip-version-check \
    --root-user-action=ignore --no-deps -r requirements.lock
  $venv/bin/python -m pip install -q --disable-pip-version-check \
    --root-user-action=ignore --no-deps --no-build-isolation -e .
fi
echo "$wanted" >$stamp
