"""Flips bytes of an index and asks a server: every answer is the sound index's, or an error in words.

In each round one byte of one file, chosen at random, is another. The server starts over it, or refuses to in words; it
answers what the sound index answers, or an error that is no 200; and it stays alive. `passerine verify` ends with 0 or 1.
`FlippedByteTests` does the same to every byte within a process.

    damage.py --binary .build/release/passerine [--rounds 200] [--seed 1]
"""
import argparse
import collections
import json
import os
import random
import re
import shutil
import tempfile
import urllib.error

from live import ask, serve
from program import Corpus, Program

QUERIES = ["word1 word2 word3", "word7 word150", "word60", "word20 word21 word22 word23"]


def answers(port):
    """What the server says to each query; an error's status where it is one."""
    for query in QUERIES:
        try:
            yield ask(port, query)
        except urllib.error.HTTPError as error:
            message = json.load(error)
            assert error.code >= 500 and json.dumps(message), message
            yield error.code


def files(folder):
    return [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    counts = collections.Counter()
    with tempfile.TemporaryDirectory(prefix="passerine-damage-") as place:
        program = Program(os.path.abspath(arguments.binary), os.path.join(place, "indexes"), True)
        path = os.path.join(place, "input.tsv")
        Corpus.write(path, Corpus(arguments.seed).passages(300, 400))
        assert program.run(*program.adding("i", path, 60)).returncode == 0
        assert program.run("compact", "--index", "i").returncode == 0
        sound = os.path.join(place, "sound")
        shutil.copytree(program.index("i"), sound)
        server, port = serve(program)
        expected = list(answers(port))
        server.kill()
        server.wait()
        assert all(len(hits) == 10 for hits in expected), expected
        for number in range(arguments.rounds):
            shutil.rmtree(program.index("i"))
            shutil.copytree(sound, program.index("i"))
            # Files in turn, so that small ones are damaged as often as large ones.
            chosen = sorted(files(program.index("i")))
            chosen = chosen[number % len(chosen)]
            offset = generator.randrange(max(1, os.path.getsize(chosen)))
            with open(chosen, "r+b") as file:
                file.seek(offset)
                byte = file.read(1)
                file.seek(offset)
                file.write(bytes([byte[0] ^ generator.randrange(1, 256)]))
            kind = re.sub(r"\d+", "N", os.path.relpath(chosen, program.index("i")))
            what = f"round {number}: {kind}, byte {offset}"
            try:
                server, port = serve(program)
            except AssertionError:
                counts[f"{kind}: the server does not start"] += 1
            else:
                found = list(answers(port))
                assert server.poll() is None, f"{what}: the server ended with {server.returncode}"
                server.kill()
                server.wait()
                for answer, right in zip(found, expected):
                    assert answer == right or isinstance(answer, int), f"{what}: {answer} instead of {right}"
                errors = sum(isinstance(answer, int) for answer in found)
                counts[f"{kind}: {'answers as before' if errors == 0 else 'an error in words'}"] += 1
            verified = program.run("verify", "--index", "i")
            assert verified.returncode in (0, 1) and verified.stdout + verified.stderr, f"{what}: {verified}"
            counts["verify finds it" if verified.returncode else "verify finds nothing"] += 1
    print(json.dumps({"test": "damage", "rounds": arguments.rounds, "wrong": 0, "counts": dict(sorted(counts.items()))}))


if __name__ == "__main__":
    main()
