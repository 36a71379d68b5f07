"""Puts an index on read-only media and uses it there.

A tmpfs is mounted and then made read-only, for which one must be root; without that right the test says so and ends.

    read_only.py --binary .build/release/passerine
"""
import argparse
import json
import os
import subprocess
import tempfile

from program import Corpus, Program, contents


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="passerine-media-")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        print(json.dumps({"test": "read_only", "skipped": mounted.stderr.strip()}))
        return
    with tempfile.TemporaryDirectory() as place:
        try:
            home = Program(os.path.abspath(arguments.binary), place, True)
            media = Program(home.binary, folder, True)
            passages = Corpus(1).passages(50, 100)
            path = os.path.join(place, "input.tsv")
            Corpus.write(path, passages)
            assert home.run(*home.adding("i", path, 20)).returncode == 0
            # A backup, and an index as a plain copy of its folder.
            for name, command in (("backup", ["backup", "--index", "i", "--to", media.index("backup")]),):
                assert home.run(*command).returncode == 0, name
            subprocess.run(["cp", "-r", home.index("i"), media.index("copied")], check=True)
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
            for name in ("backup", "copied"):
                key, text = passages[0]
                assert media.found(name, text.split()[0]) == [(key, text)], name
                report = media.verify(name)
                assert report["problems"] == [] and report["passages"] == 50, report
                assert media.run("inspect", "--index", name).returncode == 0
                refused = media.run(*media.adding(name, path, 20), "--again")
                assert refused.returncode == 1 and "Read-only" in refused.stderr, refused.stderr
            # And back: from the media, verified, in the place of what is there.
            assert home.run("delete", "--index", "i", passages[0][0]).returncode == 0
            restored = home.run("restore", "--index", "i", "--from", media.index("backup"), "--replace")
            assert restored.returncode == 0, restored.stderr
            assert contents(home.index("i")) == dict(passages)
        finally:
            subprocess.run(["umount", folder], check=True)
            os.rmdir(folder)
    print(json.dumps({"test": "read_only", "passed": True}))


if __name__ == "__main__":
    main()
