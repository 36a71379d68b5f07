"""make bench-mixed: minutes of searches, additions, deletions, bad requests and clients that break off, at once.

Every answer is checked; what is acknowledged must be found and, at the end, `passerine verify` must be content. Prints the
server's memory while it runs, of its own and of mapped files apart. The last line is JSON.
"""

import argparse
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import machine  # noqa: E402
from bench import Server, free_port  # noqa: E402


class Load:
    def __init__(self, port, texts, end, ids):
        self.port, self.texts, self.end, self.ids = port, texts, end, ids
        self.lock = threading.Lock()
        self.counts, self.faults = {}, []
        self.stored = {}
        # Ids that a request is under way for: what comes of two at once nobody can say.
        self.busy = set()

    def note(self, kind, fault=None):
        with self.lock:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            if fault and len(self.faults) < 20:
                self.faults.append(f"{kind}: {fault}")

    def ask(self, connection, method, path, body=None, kind="application/json"):
        connection.request(method, path, body, {"Content-Type": kind} if body else {})
        response = connection.getresponse()
        return response.status, response.read()

    def worker(self, kind, step, seed):
        generator = random.Random(seed)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while time.time() < self.end:
            try:
                fault = step(connection, generator)
            except Exception as error:  # noqa: BLE001
                fault = repr(error)
                connection.close()
            self.note(kind, fault)

    def search(self, connection, generator):
        query = " ".join(generator.choice(self.texts).split()[:5])
        status, body = self.ask(connection, "POST", "/v1/indexes/demo/search", json.dumps({"query": query, "k": 10}))
        return None if status == 200 and "hits" in json.loads(body) else f"{status} {body[:200]}"

    def add(self, connection, generator):
        with self.lock:
            ids = {f"n{generator.randrange(self.ids)}-{threading.get_ident()}" for _ in range(8)} - self.busy
            self.busy |= ids
        try:
            batch = {i: generator.choice(self.texts) for i in sorted(ids)}
            lines = "\n".join(json.dumps({"id": i, "text": t}) for i, t in batch.items())
            status, body = self.ask(
                connection, "POST", "/v1/indexes/demo/passages", lines, "application/x-ndjson")
            summary = json.loads(body.splitlines()[-1])
            if status != 200 or summary["added"] + summary["replaced"] != len(batch):
                return f"{status} {body[-300:]}"
            identifier, text = next(iter(batch.items()))
            status, body = self.ask(connection, "GET", f"/v1/indexes/demo/passages/{identifier}")
            if status != 200 or json.loads(body)["text"] != text:
                return f"acknowledged and not there: {identifier} {status}"
            with self.lock:
                self.stored.update(batch)
        finally:
            with self.lock:
                self.busy -= ids

    def delete(self, connection, generator):
        with self.lock:
            free = sorted(self.stored.keys() - self.busy)
            identifier = generator.choice(free) if free else None
            if identifier:
                # From here on nobody counts on it.
                del self.stored[identifier]
                self.busy.add(identifier)
        if identifier is None:
            time.sleep(0.1)
            return None
        try:
            status, body = self.ask(connection, "DELETE", f"/v1/indexes/demo/passages/{identifier}")
            if status == 200:
                status = self.ask(connection, "GET", f"/v1/indexes/demo/passages/{identifier}")[0]
                return None if status == 404 else f"deleted and still there: {identifier} {status}"
            return f"{status} {body[:200]}"
        finally:
            with self.lock:
                self.busy.discard(identifier)
            time.sleep(0.2)

    def bad(self, connection, generator):
        path, body, expected = generator.choice([
            ("/v1/indexes/demo/search", "{", 400), ("/v1/indexes/none/search", '{"query": "x"}', 404),
            ("/v1/indexes/demo/search", '{"query": 1}', 400), ("/v1/indexes/..%2F/search", '{"query": "x"}', 400),
            ("/v1/indexes/demo/passages", "[1,", 400), ("/nowhere", "x", 404), ("/v1/rerank", "[]", 400)])
        status, answer = self.ask(connection, "POST", path, body)
        time.sleep(0.02)
        return None if status == expected else f"{path} {status} instead of {expected} {answer[:200]}"

    def leave(self, _, generator):
        with socket.create_connection(("127.0.0.1", self.port), 10) as s:
            body = json.dumps({"query": generator.choice(self.texts), "k": 100, "explain": True}).encode()
            request = b"POST /v1/indexes/demo/search HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            s.sendall(request[: generator.randrange(1, len(request) + 1)])
            time.sleep(generator.random() * 0.02)
        time.sleep(0.02)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--ids", type=int, default=5000, help="of passages that each adding client has; few: they are "
                        "replaced again and again, and the index does not grow for long")
    parser.add_argument("--corpus", default="scripts/demo-corpus.jsonl")
    arguments = parser.parse_args()
    texts = [json.loads(line)["text"] for line in open(arguments.corpus, encoding="utf-8")]
    with tempfile.TemporaryDirectory() as folder:
        indexes = os.path.join(folder, "indexes")
        subprocess.run([arguments.binary, "index", "--index", "demo", "--indexes", indexes, arguments.corpus],
                       check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        port = free_port()
        with Server([arguments.binary, "serve", "--indexes", indexes, "--port", str(port)], port) as server:
            start = time.time()
            load = Load(port, texts, start + arguments.minutes * 60, arguments.ids)
            kinds = [("search", load.search, 3), ("add", load.add, 2), ("delete", load.delete, 1), ("bad", load.bad, 1),
                     ("leave", load.leave, 1)]
            threads = [threading.Thread(target=load.worker, args=(name, step, f"{name}{number}"))
                       for name, step, count in kinds for number in range(count)]
            for t in threads:
                t.start()
            memory, mapped = [], []
            while time.time() < load.end:
                time.sleep(min(10, max(load.end - time.time(), 0.1)))
                memory.append(round(server.memory("RssAnon"), 1))
                mapped.append(round(server.memory("RssFile"), 1))
                left = max(load.end - time.time(), 0)
                print(f"{time.time() - start:5.0f} s, {left:4.0f} s left, {memory[-1]:.0f} MiB, {mapped[-1]:.0f} MiB of files, "
                      f"{load.counts}", file=sys.stderr)
            for t in threads:
                t.join()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            lost = [i for i, text in load.stored.items()
                    if json.loads(load.ask(connection, "GET", f"/v1/indexes/demo/passages/{i}")[1]).get("text") != text]
            server.process.terminate()
            code = server.process.wait(30)
        verified = subprocess.run([arguments.binary, "verify", "--index", "demo", "--indexes", indexes],
                                  capture_output=True, text=True).returncode
    # The first third warms caches and pools up.
    settled, last = memory[len(memory) // 3], memory[-1]
    short = [f"unexpected: {fault}" for fault in load.faults]
    if lost:
        short.append(f"{len(lost)} acknowledged passages are not there, or others are: {lost[:5]}")
    if code or verified:
        short.append(f"the server ended with {code}, verify with {verified}")
    if last > settled * 1.15 + 16:
        short.append(f"memory grew from {settled} to {last} MiB")
    print(json.dumps({
        "benchmark": "mixed", "machine": machine.processor(), "ratios": {"memory, end to a third": round(last / settled, 3)},
        "figures": {"minutes": arguments.minutes, "requests": load.counts, "faults": len(load.faults), "lost": len(lost),
                    "memory_mib": memory, "mapped_mib": mapped}, "short": short}))


if __name__ == "__main__":
    main()
