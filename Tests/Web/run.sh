#!/usr/bin/env bash
# Tests the search page in headless Chromium against a server of its own on loopback: run.sh [BINARY [UNITTEST ARGUMENTS]]
#
# Chromium and its driver are Debian's; where they cannot be had, nothing is tested and it says so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
binary=${1:-.build/release/passerine}
shift || true

install_chromium() {
    local root=()
    if [[ $(id -u) -ne 0 ]]; then
        command -v sudo >/dev/null || return 1
        root=(sudo -n)
    fi
    echo "Installing chromium and chromium-driver with apt-get."
    for attempt in lists "fresh lists"; do
        if [[ $attempt == "fresh lists" ]]; then "${root[@]}" apt-get update -q >/dev/null 2>&1 || return 1; fi
        if "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
            chromium chromium-driver >/dev/null 2>&1; then return 0; fi
    done
    return 1
}

if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then
    if ! command -v apt-get >/dev/null || ! install_chromium; then
        echo "SKIPPED: the web page was not tested, for want of chromium and chromium-driver (Debian's packages)."
        exit 0
    fi
fi
venv=.venv-test-web
if ! { [[ -x $venv/bin/python ]] || python3 -m venv "$venv"; } ||
    ! "$venv/bin/pip" install -q --disable-pip-version-check -r Tests/Web/requirements.txt; then
    echo "SKIPPED: the web page was not tested, for want of selenium (PyPI)."
    exit 0
fi
exec "$venv/bin/python" Tests/Web/run.py "$binary" "$@"
