#!/usr/bin/env bash
# Runs training/smoke.py where a Python with torch is at hand, and says so where none is: training/smoke.sh [DATA]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
data=${1:-$([[ -d ../shared/data ]] && echo ../shared/data || true)}
for python in .venv-training/bin/python python3; do
    if "$python" -c 'import torch, tokenizers, safetensors, scipy, Stemmer, ir_measures' 2>/dev/null; then
        exec nice -n 19 "$python" training/smoke.py ${data:+"$data"}
    fi
done
python3 - <<'PYTHON'
import ast, pathlib
files = sorted(pathlib.Path("training").glob("*.py"))
for file in files:
    ast.parse(file.read_text(), str(file))
print(f"training: skipped, no Python with torch here (make train-venv makes one); {len(files)} scripts were only parsed")
PYTHON
