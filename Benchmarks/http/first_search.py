"""Times the first searches after /readyz answers 200 next to those that follow, with files cold and warm.

The server starts anew in each round, with the index's, the models' and its own file out of the page cache (cold) or in it
(warm); it says ready only when it has made a search itself. Queries are asked one after the other over one connection, and
none twice in a round. The last line is JSON.

    first_search.py BINARY --indexes FOLDER --index NAME --queries FILE [--models FOLDER] [--rounds 7] [--later 30]
"""

import argparse
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import machine  # noqa: E402
from bench import free_port  # noqa: E402


def evict(*places):
    """Lets the system forget what it holds of the files; what another process has mapped stays."""
    for place in places:
        names = [place] if os.path.isfile(place) else [
            os.path.join(folder, name) for folder, _, files in os.walk(place) for name in files]
        for name in names:
            with open(name, "rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def timed(connection, method, path, body=None):
    start = time.perf_counter()
    connection.request(method, path, body)
    response = connection.getresponse()
    response.read()
    return response.status, (time.perf_counter() - start) * 1000


def start(binary, indexes, port):
    """The process, and the seconds until it was ready."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [binary, "serve", "--indexes", indexes, "--port", str(port)],
        env={**os.environ, "PASSERINE_SERVER_LOG_LEVEL": "warning"}, stdout=subprocess.DEVNULL)
    while process.poll() is None and time.perf_counter() - began < 60:
        try:
            if timed(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "GET", "/readyz")[0] == 200:
                return process, time.perf_counter() - began
        except OSError:
            pass
        time.sleep(0.002)
    process.kill()
    raise SystemExit("the server ended, or was not ready after a minute")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--indexes", required=True)
    parser.add_argument("--index", required=True)
    parser.add_argument("--queries", required=True, help="lines of id<TAB>text")
    parser.add_argument("--models", default="models")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--later", type=int, default=30)
    arguments = parser.parse_args()
    with open(arguments.queries, encoding="utf-8") as file:
        queries = [line.rstrip("\n").split("\t")[1] for line in file]
    generator = random.Random(1)
    figures = {}
    for state in ("cold", "warm"):
        ready, first, second, later = [], [], [], []
        for _ in range(arguments.rounds):
            if state == "cold":
                evict(os.path.join(arguments.indexes, arguments.index), arguments.models, arguments.binary)
            process, seconds = start(arguments.binary, arguments.indexes, port := free_port())
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                times = []
                for query in generator.sample(queries, min(len(queries), arguments.later + 2)):
                    status, took = timed(
                        connection, "POST", f"/v1/indexes/{arguments.index}/search", json.dumps({"query": query}))
                    assert status == 200, status
                    times.append(took)
            finally:
                process.terminate()
                process.wait(20)
            ready.append(seconds)
            first.append(times[0])
            second.append(times[1])
            later += times[2:]
        later.sort()
        figures[state] = {
            "ready_s": round(statistics.median(ready), 2), "first_ms": round(statistics.median(first), 1),
            "first_worst_ms": round(max(first), 1), "second_ms": round(statistics.median(second), 1),
            "later_p50_ms": round(statistics.median(later), 1), "later_p95_ms": round(later[int(len(later) * 0.95)], 1)}
    print(json.dumps({
        "benchmark": "first search", "machine": machine.processor(), "rounds": arguments.rounds,
        "ratios": {state: round(value["first_ms"] / value["later_p50_ms"], 2) for state, value in figures.items()},
        "figures": figures}))


if __name__ == "__main__":
    main()
