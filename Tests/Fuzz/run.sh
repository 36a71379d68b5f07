#!/usr/bin/env bash
# Fuzzes the server with libFuzzer and the address sanitizer: run.sh [SECONDS [MORE libFuzzer OPTIONS]]
# What it has learnt stays in .build-fuzz/corpus; inputs that broke something are left in .build-fuzz.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# gold, the default, fails on what the fuzzer brings.
PASSERINE_FUZZ=1 swift build -c release --scratch-path .build-fuzz --product fuzz \
    -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld
mkdir -p .build-fuzz/corpus
# Swift's backtraces and the leak checker only slow a failure's report down.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-}
.build-fuzz/release/fuzz -max_total_time="${1:-60}" -max_len=2048 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix=.build-fuzz/ -dict=Tests/Fuzz/http.dict "${@:2}" .build-fuzz/corpus Tests/Fuzz/Seeds
