"""Fills a small disk while the program writes: what was acknowledged stays, the rest is refused in words.

A tmpfs of a few megabytes is mounted, for which one must be root; without that right the test says so and ends.

    full_disk.py --binary .build/release/passerine [--rounds 20]
"""
import argparse
import collections
import json
import os
import random
import subprocess
import tempfile

from program import Corpus, Program, acknowledged, after, contents

EVERY = 10


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    corpus = Corpus(arguments.seed)
    counts = collections.Counter()
    for number in range(arguments.rounds):
        folder = tempfile.mkdtemp(prefix="passerine-full-")
        size = generator.randint(300, 1500)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", folder], capture_output=True, text=True)
        if mounted.returncode != 0:
            print(json.dumps({"test": "full_disk", "skipped": mounted.stderr.strip()}))
            os.rmdir(folder)
            return
        try:
            with tempfile.TemporaryDirectory() as place:
                program = Program(os.path.abspath(arguments.binary), folder, number % 2 == 0)
                state, outcome = {}, "fits"
                for _ in range(20):
                    passages = corpus.passages(150, 4000)
                    path = os.path.join(place, "input.tsv")
                    Corpus.write(path, passages)
                    process = program.start(*program.adding("i", path, EVERY))
                    output, errors = process.communicate()
                    durable = acknowledged(output)
                    found = contents(program.index("i"))
                    allowed = [after(state, passages[:count]) for count in (durable, durable + EVERY)]
                    if found not in allowed:
                        raise AssertionError(f"round {number}: {len(found)} passages, {durable} acknowledged")
                    state = found
                    if process.returncode != 0:
                        if b"passerine: " not in errors:
                            raise AssertionError(f"ended with {process.returncode}: {errors.decode()}")
                        outcome = "full"
                        break
                counts[outcome] += 1
                # With room again everything goes on.
                subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)
                if outcome == "full":
                    again = program.run(*program.adding("i", path, EVERY))
                    if again.returncode != 0:
                        raise AssertionError(f"with room again: {again.stderr}")
                    state = after(state, passages)
                if contents(program.index("i")) != state or program.verify("i")["problems"]:
                    raise AssertionError(f"round {number}: with room again the index is not what it should be")
                compacted = program.run("compact", "--index", "i")
                if compacted.returncode != 0 or program.verify("i")["problems"]:
                    raise AssertionError(f"round {number}: compact: {compacted.stderr}")
        finally:
            subprocess.run(["umount", folder], check=True)
            os.rmdir(folder)
    print(json.dumps({"test": "full_disk", "rounds": arguments.rounds, "seed": arguments.seed, "lost": 0, **counts}))


if __name__ == "__main__":
    main()
