"""Compares passerine's tokenizer with Hugging Face's on every text of collections and query files.

    python3 Tests/Reference/tokenization_parity.py BINARY MODEL_DIR DATA_DIR...

`BINARY models tokenize --special-pieces MODEL_DIR` reads lines on standard input and prints for each the ids of its pieces, separated by
spaces, without [CLS] and [SEP]. Every .tsv, .jsonl and .txt file under the folders is taken, plain or .gz, line by line
as it stands. Exits with 1 where any line differs.
"""

import gzip
import pathlib
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer

SUFFIXES = (".tsv", ".jsonl", ".txt")
BATCH = 10_000


def lines(path):
    opened = gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb")
    with opened as file:
        text = file.read().decode("utf-8", errors="replace").removesuffix("\n")
    for line in text.split("\n"):
        yield line.removesuffix("\r")


def compare(binary, model, tokenizer, path):
    texts = list(lines(path))
    with tempfile.TemporaryFile() as given:
        given.write("".join(text + "\n" for text in texts).encode())
        given.seek(0)
        answer = subprocess.run([binary, "models", "tokenize", "--special-pieces", model], stdin=given, stdout=subprocess.PIPE, check=True)
    ours = answer.stdout.decode().split("\n")[:-1]
    if len(ours) != len(texts):
        print(f"{path}: {len(texts)} lines in, {len(ours)} lines out")
        return len(texts), 1
    differences = 0
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        encodings = tokenizer.encode_batch_fast(part, add_special_tokens=False)
        for at, encoding in enumerate(encodings, start):
            wanted = " ".join(map(str, encoding.ids))
            if ours[at] != wanted:
                differences += 1
                if differences <= 3:
                    print(f"{path}:{at + 1}: {texts[at][:200]!r}\n  tokenizers {wanted[:300]}\n  passerine  {ours[at][:300]}")
    return len(texts), differences


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    binary, model, folders = sys.argv[1], sys.argv[2], sys.argv[3:]
    tokenizer = Tokenizer.from_file(str(pathlib.Path(model) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    total = wrong = 0
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            plain = path.with_suffix("") if path.suffix == ".gz" else path
            if not path.is_file() or plain.suffix not in SUFFIXES:
                continue
            count, differences = compare(binary, model, tokenizer, path)
            print(f"{path}: {count} lines, {differences} differences")
            total, wrong = total + count, wrong + differences
    print(f"{total} lines, {wrong} differences")
    sys.exit(1 if wrong or not total else 0)


main()
