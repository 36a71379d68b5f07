#!/usr/bin/env python3
"""What a change costs: two binaries in turn, on this machine, in one run.

    compare.py OLD NEW COLLECTION [--work DIR] [--searches 500] [--rounds 5]

COLLECTION is a folder with collection.tsv[.gz] and queries.tsv. Each binary indexes it for itself. Then both servers run,
and only one of them is asked at a time: requests a second of a trivial route (wrk, at 1, 16 and 64 connections), and
searches through the default pipeline, one after the other, the same queries in the same order, by what a client waits and
by stage. A ratio is the median over all turns (25 queries, or a second of wrk) of new to old, turned so that over 1 is
better. Answers that differ in
anything but their times are counted, and the first is shown. The last line is JSON.
"""
import argparse
import http.client
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parent / "http"))
import machine  # noqa: E402
from bench import Server, free_port, wrk  # noqa: E402

# A ratio under this is said to be short.
LEAST = 0.97


def build(binary, folder, collection):
    """An index made by this binary, with the time that took."""
    if (folder / "compared").exists():
        return None
    start = time.perf_counter()
    subprocess.run([binary, "index", "--indexes", folder, "--index", "compared",
                    *sorted(collection.glob("collection.tsv*"))], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def timeless(answer):
    """An answer without what differs from call to call."""
    if isinstance(answer, dict):
        return {name: timeless(value) for name, value in answer.items() if name not in ("milliseconds", "took", "time")}
    return [timeless(value) for value in answer] if isinstance(answer, list) else answer


class Client:
    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.connection.connect()

    def search(self, query, **more):
        """The answer, and milliseconds until it was there."""
        body = json.dumps({"query": query, "k": 10, **more}).encode()
        start = time.perf_counter()
        self.connection.request("POST", "/v1/indexes/compared/search", body, {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        answer = response.read()
        taken = (time.perf_counter() - start) * 1e3
        return json.loads(answer), taken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("collection", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".build/compare"))
    parser.add_argument("--searches", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=1, help="of wrk in a turn")
    parser.add_argument("--turns", type=int, default=3, help="of wrk at each number of connections, a round")
    options = parser.parse_args()
    lines = (options.collection / "queries.tsv").read_text(encoding="utf-8").splitlines()
    queries = [line.split("\t")[1] for line in lines]
    queries = (queries * (options.searches // len(queries) + 1))[:options.searches]

    figures, ratios, servers, clients = {}, {}, {}, {}
    for name in ("old", "new"):
        taken = build(getattr(options, name), options.work / name, options.collection)
        if taken:
            figures[f"{name}: seconds to index"] = round(taken, 2)
        port = free_port()
        # No query is remembered: encoding is part of what is compared.
        os.environ["PASSERINE_SERVER_QUERY_CACHE_MB"] = "0"
        servers[name] = Server([getattr(options, name), "serve", "--indexes", options.work / name, "--port", str(port)],
                               port).__enter__()
    different, first, times = 0, None, {}
    try:
        clients = {name: Client(server) for name, server in servers.items()}
        for query in dict.fromkeys(queries):
            answers = {name: timeless(client.search(query, explain=True)[0]) for name, client in clients.items()}
            if answers["old"] != answers["new"]:
                different += 1
                first = first or query
        for number in range(options.rounds):
            # Whoever comes second finds the machine as the first has left it; so they change places.
            order = ("old", "new") if number % 2 == 0 else ("new", "old")
            for connections in (1, 16, 64):
                for _ in range(options.turns):
                    for name in order:
                        times.setdefault((f"requests/s, {connections} connections", name), []).append(
                            wrk(servers[name], connections, options.seconds)["rate"])
            for start in range(0, len(queries), 25):
                for name in order:
                    found = {}
                    for query in queries[start:start + 25]:
                        answer, taken = clients[name].search(query)
                        found.setdefault("search", []).append(taken)
                        for stage, took in answer["milliseconds"].items():
                            found.setdefault(f"stage {stage}", []).append(took)
                    for what, taken in found.items():
                        times.setdefault((f"{what}, ms", name), []).append(statistics.mean(taken))
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    finally:
        for server in servers.values():
            server.__exit__()
    for what in dict.fromkeys(what for what, _ in times):
        old, new = times[what, "old"], times.get((what, "new"))
        if not new:
            continue
        pairs = [n / o if what.startswith("requests") else o / n for o, n in zip(old, new) if o and n]
        if not pairs:
            continue
        figures[f"{what}: old, new"] = [round(statistics.median(old), 3), round(statistics.median(new), 3)]
        ratios[what] = round(statistics.median(pairs), 3)
        print(f"{what:34} {statistics.median(old):12.3f} {statistics.median(new):12.3f} {ratios[what]:8.3f}")
    print(f"{different} of {len(set(queries))} answers differ" + (f", the first for {first!r}" if first else ""))
    short = [f"{what}: {ratio}" for what, ratio in ratios.items() if ratio < LEAST and not what.startswith("stage")]
    print(json.dumps({"benchmark": "compare", "machine": machine.processor(), "ratios": ratios,
                      "figures": {**figures, "different answers": different}, "short": short}))


if __name__ == "__main__":
    main()
