#!/usr/bin/env bash
# Makes the virtual environment of one benchmark's peers: Benchmarks/venv.sh NAME -> .venv-bench-NAME
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
venv=.venv-bench-${1:?usage: $0 NAME}
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "Benchmarks/$1/requirements.txt"
