"""Watches a running server while other processes change its index.

How long is it from the end of `passerine index` in another process to the first answer that has the passage? And do
searches go on, right in every answer, while another process merges and restores?

    live.py --binary .build/release/passerine [--rounds 20]
"""
import argparse
import json
import os
import re
import tempfile
import threading
import time
import urllib.error
import urllib.request

from program import Corpus, Program

QUERY = "word1 word2 word3"


def ask(port, query, k=10):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/indexes/i/search", json.dumps({"query": query, "k": k}).encode(),
        {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return [(hit["id"], hit["text"]) for hit in json.load(answer)["hits"]]


def phase(port):
    """What the server says that it is doing; an index that cannot be used is not what this asks."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as answer:
            return json.load(answer).get("phase")
    except urllib.error.HTTPError as error:
        return json.load(error).get("phase")


def serve(program):
    """Starts a server and waits until it answers searches; returns it and its port."""
    server = program.start("serve", "--port", "0")
    for line in server.stderr:
        found = re.search(rb"listening on http://[^:]*:(\d+)", line)
        if found:
            threading.Thread(target=server.stderr.read, daemon=True).start()
            port = int(found.group(1))
            while phase(port) != "serving":
                assert server.poll() is None, f"the server ended with {server.returncode}"
                time.sleep(0.02)
            return server, port
    raise AssertionError("the server did not start")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="passerine-live-") as place:
        program = Program(os.path.abspath(arguments.binary), os.path.join(place, "indexes"), True)
        corpus = Corpus(3)
        path = os.path.join(place, "input.tsv")

        def add(count):
            passages = corpus.passages(count, 4000)
            Corpus.write(path, passages)
            done = program.run(*program.adding("i", path, 10))
            assert done.returncode == 0, done.stderr
            return passages

        add(200)
        server, port = serve(program)
        try:
            delays = []
            for _ in range(arguments.rounds):
                key, text = add(1)[0]
                began = time.monotonic()
                while ask(port, text.split()[0]) != [(key, text)]:
                    assert time.monotonic() - began < 5, "not seen after five seconds"
                delays.append(time.monotonic() - began)
            # The answers of one state, again and again, while segments are merged and the whole index is replaced.
            expected = ask(port, QUERY)
            answers, failures, stop = [0], [], threading.Event()

            def search():
                while not stop.is_set():
                    try:
                        if ask(port, QUERY) != expected:
                            failures.append("another answer")
                        answers[0] += 1
                    except Exception as error:
                        failures.append(repr(error))

            threads = [threading.Thread(target=search) for _ in range(4)]
            for thread in threads:
                thread.start()
            backup = os.path.join(place, "backup")
            for command in (
                ["backup", "--index", "i", "--to", backup], ["compact", "--index", "i"],
                ["restore", "--index", "i", "--from", backup, "--replace"], ["compact", "--index", "i"],
            ):
                done = program.run(*command)
                assert done.returncode == 0, done.stderr
            stop.set()
            for thread in threads:
                thread.join()
            assert not failures, failures[:3]
        finally:
            server.terminate()
            server.wait()
        print(json.dumps({
            "test": "live", "rounds": arguments.rounds, "longest_ms_until_seen": round(max(delays) * 1000, 1),
            "answers_during_backup_merge_and_restore": answers[0], "wrong_answers": 0}))


if __name__ == "__main__":
    main()
