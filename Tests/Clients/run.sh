#!/usr/bin/env bash
# Runs real clients and schemathesis against a server of its own on loopback: run.sh clients|api [BINARY]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
what=${1:?clients or api}
binary=${2:-.build/release/passerine}
venv=.venv-test-$what
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
if [ "$what" = clients ]; then
    "$venv/bin/pip" install -q -r Tests/Clients/requirements.txt
else
    "$venv/bin/pip" install -q schemathesis
fi
folder=$(mktemp -d)
printf '%s\n' '{"id": "dia", "text": "Dia draws diagrams of networks.", "metadata": {"section": "graphics", "size": 3}}' \
    '{"id": "nmap", "text": "Nmap explores a network.", "metadata": {"section": "net", "size": 1}}' >"$folder/corpus.jsonl"
"$binary" index --index demo --indexes "$folder/indexes" "$folder/corpus.jsonl" >/dev/null 2>&1
port=$((20000 + RANDOM % 20000))
"$binary" serve --indexes "$folder/indexes" --port "$port" >"$folder/log" 2>&1 &
server=$!
trap 'kill -TERM $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$folder"' EXIT
base=http://127.0.0.1:$port
for _ in $(seq 100); do
    curl -fs "$base/readyz" >/dev/null && break
    sleep 0.1
done
if [ "$what" = clients ]; then
    "$venv/bin/python" Tests/Clients/clients.py --base "$base"
else
    "$venv/bin/schemathesis" run "$base/openapi.json" --url "$base" --seed 1 --max-examples "${EXAMPLES:-50}" \
        --checks all --exclude-checks unsupported_method,positive_data_acceptance "${@:3}" ||
        {
            tail -5 "$folder/log"
            exit 1
        }
fi
curl -fs "$base/healthz" >/dev/null
