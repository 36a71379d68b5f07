#!/usr/bin/env bash
# make test-slow: slowhttptest's slow headers, slow bodies and slow reading, each by many clients at once; meanwhile others
# must be answered. Needs slowhttptest (Debian's package). SECONDS_EACH and CLIENTS may be set.
set -euo pipefail
binary=${1:-.build/release/passerine}
seconds=${SECONDS_EACH:-30}
clients=${CLIENTS:-1000}
command -v slowhttptest >/dev/null || { echo "slowhttptest lacks: apt-get install slowhttptest" >&2; exit 1; }
folder=$(mktemp -d)
"$binary" index --index demo --indexes "$folder/indexes" scripts/demo-corpus.jsonl >/dev/null 2>&1
port=$((20000 + RANDOM % 20000))
PASSERINE_SERVER_LOG_LEVEL=warning "$binary" serve --indexes "$folder/indexes" --port "$port" >"$folder/log" 2>&1 &
server=$!
trap 'kill -TERM $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$folder"' EXIT
base=http://127.0.0.1:$port
until curl -fs "$base/readyz" >/dev/null; do sleep 0.1; done
failed=0
attack() {
    local name=$1
    shift
    slowhttptest "$@" -c "$clients" -r 500 -l "$seconds" -x 64 -p 3 >"$folder/$name" 2>&1 &
    local attacker=$! asked=0 missed=0 slowest=0 time
    sleep 2
    while kill -0 $attacker 2>/dev/null; do
        asked=$((asked + 1))
        time=$(curl -fs -m 5 -o /dev/null -w '%{time_total}' "$base/v1/indexes/demo/search" \
            -d '{"query": "draw diagrams"}') || missed=$((missed + 1))
        slowest=$(printf '%s\n%s\n' "$slowest" "$time" | sort -g | tail -1)
        sleep 0.2
    done
    echo "$name: $clients clients for $seconds s; $asked searches meanwhile, $missed without an answer, slowest $slowest s"
    [ "$missed" = 0 ] || failed=1
}
attack headers -H -i 10 -u "$base/"
attack bodies -B -i 10 -s 8192 -u "$base/v1/indexes/demo/search"
attack streams -B -i 10 -s 8192 -u "$base/v1/indexes/demo/passages"
attack reading -X -w 1 -y 8 -n 5 -z 4 -k 3 -u "$base/openapi.json"
kill -0 $server
exit $failed
