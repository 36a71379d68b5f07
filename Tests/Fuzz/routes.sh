#!/usr/bin/env bash
# Fuzzes parser, routes and request bodies with libFuzzer, without sockets: routes.sh [SECONDS [MORE libFuzzer OPTIONS]]
# What it has learnt stays in .build-fuzz/corpus; inputs that broke something are left in .build-fuzz.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
Tests/Fuzz/build.sh fuzz
mkdir -p .build-fuzz/corpus
# Swift's backtraces and the leak checker only slow a failure's report down.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-}
.build-fuzz/release/fuzz -max_total_time="${1:-60}" -max_len=2048 -timeout=20 -rss_limit_mb=2048 -handle_bus=0 -print_final_stats=1 \
    -artifact_prefix=.build-fuzz/ -dict=Tests/Fuzz/Routes/http.dict "${@:2}" .build-fuzz/corpus Tests/Fuzz/Routes/Seeds
