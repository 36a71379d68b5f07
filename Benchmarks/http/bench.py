"""make bench-http: requests a second and latency of a trivial route next to Hummingbird, with and without 10,000 idle
connections, and of searches at fixed rates (open loop) up to where they saturate.

The servers run alone, in turn, on all cores beside the load generator (wrk, two threads), several rounds; ratios are
medians over the rounds. Hummingbird does not log its requests, nor does `passerine` (level `warning`); `passerine logging`
writes its line a request (level `info`, the default) to a file. Searches ask an index of the collection that `--data` names
(a folder with collection.tsv.gz; made once, under .build/bench-http), without it one of the demo's passages; no query is
asked twice. The last line is JSON.
"""

import argparse
import gzip
import json
import os
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import machine  # noqa: E402


class Server:
    """A server process on a port of its own, ended with the block; `ready` is a path that answers 200 when it is."""

    def __init__(self, command, port, ready="/readyz", log="warning"):
        self.command, self.port, self.ready = command, port, ready
        self.environment = {**os.environ, "PASSERINE_SERVER_LOG_LEVEL": log}

    def __enter__(self):
        with tempfile.TemporaryFile() as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdout=subprocess.DEVNULL, stderr=log)
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{self.ready}", timeout=5):
                    return self
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"{self.command[0]} does not listen")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def processor_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, kind="VmRSS"):
        """MiB in memory: all (VmRSS), of its own (RssAnon), or of mapped files, which the system can take back (RssFile)."""
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith(kind + ":"):
                return int(line.split()[1]) / 1024


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def milliseconds(text):
    number, unit = re.match(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}[unit]


def wrk(server, connections, seconds):
    before = server.processor_seconds()
    output = subprocess.run(
        ["wrk", "-t", "1" if connections == 1 else "2", "-c", str(connections), "-d", f"{seconds}s", "--latency",
         f"http://127.0.0.1:{server.port}/healthz"], capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    errors = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", output)))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    return {
        "rate": rate, "p50": milliseconds(re.search(r"(?m)^\s+50%\s+(\S+)", output).group(1)),
        "p99": milliseconds(re.search(r"(?m)^\s+99%\s+(\S+)", output).group(1)),
        "cpu_us": (server.processor_seconds() - before) / max(rate * seconds, 1) * 1e6,
        "errors": errors + (int(bad.group(1)) if bad else 0),
    }


class Idle:
    """Keep-alive connections that have asked once and then rest."""

    def __init__(self, server, count):
        self.sockets = []
        before = server.memory()
        for number in range(count):
            s = socket.socket()
            # One address has 28,000 ports; several keep clear of that.
            s.bind((f"127.0.0.{2 + number % 4}", 0))
            s.connect(("127.0.0.1", server.port))
            s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            s.recv(4096)
            self.sockets.append(s)
        self.bytes = (server.memory() - before) * 1024 * 1024 / max(count, 1)

    def close(self):
        for s in self.sockets:
            s.close()


def open_loop(server, index, queries, rate, seconds, senders=400):
    """Requests at fixed times whatever the answers do; latency counts from when each was due (no coordinated omission)."""
    total = min(int(rate * seconds), len(queries))
    latencies, refused, errors, lock, place = [], [0], [0], threading.Lock(), [0]
    processor = server.processor_seconds()
    start = time.perf_counter() + 0.5

    def run():
        connection = None
        while True:
            with lock:
                number = place[0]
                place[0] += 1
            if number >= total:
                return
            due = start + number / rate
            pause = due - time.perf_counter()
            if pause > 0:
                time.sleep(pause)
            body = json.dumps({"query": queries[number], "k": 10}).encode()
            try:
                if connection is None:
                    connection = socket.create_connection(("127.0.0.1", server.port), 60)
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(
                    b"POST /v1/indexes/%s/search HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
                    % (index.encode(), len(body)) + body)
                answer = b""
                while b"\r\n\r\n" not in answer:
                    piece = connection.recv(65536)
                    if not piece:
                        raise OSError("closed")
                    answer += piece
                head, _, rest = answer.partition(b"\r\n\r\n")
                length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
                while len(rest) < length:
                    rest += connection.recv(65536)
                with lock:
                    if b" 200 " in head.split(b"\r\n", 1)[0]:
                        latencies.append((time.perf_counter() - due) * 1e3)
                    elif b" 503 " in head.split(b"\r\n", 1)[0]:
                        refused[0] += 1
                    else:
                        errors[0] += 1
            except OSError:
                connection = None
                with lock:
                    errors[0] += 1

    threads = [threading.Thread(target=run) for _ in range(min(senders, total))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    latencies.sort()
    at = lambda part: round(latencies[min(len(latencies) - 1, int(part * len(latencies)))], 1) if latencies else None
    taken = time.perf_counter() - start
    return {"rate": rate, "answered_per_second": round(len(latencies) / taken, 1), "p50_ms": at(0.5),
            "p99_ms": at(0.99), "p99.9_ms": at(0.999), "refused": refused[0], "errors": errors[0],
            "cores": round((server.processor_seconds() - processor) / taken, 2)}


def search_index(arguments, folder):
    """The folder of indexes with one named `bench`, and queries for it."""
    if not arguments.data:
        indexes = os.path.join(folder, "searched")
        subprocess.run([arguments.binary, "index", "--index", "bench", "--indexes", indexes, arguments.corpus],
                       check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        texts = [json.loads(line)["text"].split() for line in open(arguments.corpus, encoding="utf-8")]
        queries = [" ".join(words[start:start + 6]) for start in range(0, 60, 2) for words in texts
                   if len(words) > start + 3]
        return indexes, queries
    indexes = os.path.join(".build/bench-http", os.path.basename(os.path.normpath(arguments.data)))
    if not os.path.exists(os.path.join(indexes, "done")):
        # The command goes on where it was interrupted.
        subprocess.run([arguments.binary, "index", "--index", "bench", "--indexes", indexes,
                        os.path.join(arguments.data, "collection.tsv.gz")], check=True, stdout=subprocess.DEVNULL)
        open(os.path.join(indexes, "done"), "w").close()
    path = arguments.queries or os.path.join(arguments.data, "queries.tsv")
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as lines:
        return indexes, [line.rstrip("\n").split("\t")[1] for line in lines]


def search_under_load(arguments, folder):
    """Rates that rise until answers do not keep up."""
    indexes, queries = search_index(arguments, folder)
    port = free_port()
    results = []
    with Server([arguments.binary, "serve", "--indexes", indexes, "--port", str(port)], port) as server:
        open_loop(server, "bench", queries[-50:], 10, 5)
        first = 0
        print(f"{'searches/s':>12} {'answered/s':>11} {'p50 ms':>8} {'p99 ms':>8} {'p99.9':>8} {'cores':>6} 503 errors")
        for rate in arguments.rates:
            rest = queries[first:-50]
            first += int(rate * arguments.search_seconds)
            if len(rest) < rate * 2:
                break
            result = open_loop(server, "bench", rest, rate, arguments.search_seconds)
            results.append(result)
            print(f"{rate:12g} {result['answered_per_second']:11.1f} {result['p50_ms']:8.1f} {result['p99_ms']:8.1f} "
                  f"{result['p99.9_ms']:8.1f} {result['cores']:6.2f} {result['refused']} {result['errors']}", flush=True)
            if result["refused"] or result["errors"] or result["p99_ms"] > 5000:
                break
            time.sleep(1)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("peer")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, nargs="*", default=[1, 16, 64, 256])
    parser.add_argument("--idle", type=int, default=10000)
    parser.add_argument("--corpus", default="scripts/demo-corpus.jsonl")
    parser.add_argument("--data", help="folder with collection.tsv.gz and queries.tsv")
    parser.add_argument("--queries", help="id<TAB>text lines, may be .gz; by default the collection's own")
    parser.add_argument("--rates", type=float, nargs="*",
                        default=[5, 10, 20, 40, 60, 80, 100, 120, 160, 200, 250, 300, 400, 500])
    parser.add_argument("--search-seconds", type=float, default=15)
    arguments = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    idle = min(arguments.idle, hard - 500)

    figures, ratios, short = {}, {}, []
    with tempfile.TemporaryDirectory() as folder:
        indexes = os.path.join(folder, "indexes")
        os.mkdir(indexes)

        def commands():
            ports = [free_port() for _ in range(3)]
            serve = lambda port: [arguments.binary, "serve", "--indexes", indexes, "--port", str(port)]
            return {"passerine": Server(serve(ports[0]), ports[0]),
                    "passerine logging": Server(serve(ports[1]), ports[1], log="info"),
                    "hummingbird": Server([arguments.peer, str(ports[2])], ports[2], "/healthz")}

        runs = {}
        for round_number in range(arguments.rounds):
            for name, server in commands().items():
                with server:
                    wrk(server, 16, 1)
                    for connections in arguments.connections:
                        runs.setdefault((name, str(connections)), []).append(wrk(server, connections, arguments.seconds))
                    if idle:
                        resting = Idle(server, idle)
                        result = wrk(server, 64, arguments.seconds)
                        result["bytes_per_idle"] = resting.bytes
                        resting.close()
                        runs.setdefault((name, f"64 and {idle} idle"), []).append(result)
            print(f"round {round_number + 1} of {arguments.rounds}", file=sys.stderr)
        levels = [level for name, level in runs if name == "passerine"]
        print(f"{'connections':>20} {'server':>18} {'requests/s':>11} {'p50 ms':>8} {'p99 ms':>8} {'CPU µs':>7} errors")
        for level in levels:
            for name in commands():
                results = runs[name, level]
                median = {key: statistics.median(r[key] for r in results) for key in results[0]}
                figures[f"{name} {level}"] = {key: round(value, 3) for key, value in median.items()}
                print(f"{level:>20} {name:>18} {median['rate']:11.0f} {median['p50']:8.2f} {median['p99']:8.2f} "
                      f"{median['cpu_us']:7.1f} {sum(r['errors'] for r in results):6.0f}")
            for name in ("passerine", "passerine logging"):
                pairs = list(zip(runs[name, level], runs["hummingbird", level]))
                rate = statistics.median(a["rate"] / b["rate"] for a, b in pairs)
                tail = statistics.median(a["p99"] / b["p99"] for a, b in pairs)
                ratios[f"{name}: requests/s, {level}"] = round(rate, 2)
                ratios[f"{name}: p99, {level}"] = round(tail, 2)
                if name == "passerine" and rate < 1.5:
                    short.append(f"{rate:.2f} x Hummingbird's requests/s at {level} connections, 1.5 is asked")
                if name == "passerine" and tail > 1:
                    short.append(f"p99 is {tail:.2f} x Hummingbird's at {level} connections")
        print(json.dumps(ratios, indent=1))
        if arguments.rates:
            figures["searches"] = search_under_load(arguments, folder)

    print(json.dumps({"benchmark": "http", "machine": machine.processor(), "ratios": ratios, "figures": figures,
                      "short": short}))


if __name__ == "__main__":
    main()
