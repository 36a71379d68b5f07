#!/usr/bin/env bash
# Fuzzes a server that the address sanitizer watches, over real sockets: requests.sh [SECONDS [MORE OPTIONS of fuzz.py]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
Tests/Fuzz/build.sh passerine
python3 Tests/Fuzz/Requests/fuzz.py --binary .build-fuzz/release/passerine --seconds "${1:-60}" "${@:2}"
