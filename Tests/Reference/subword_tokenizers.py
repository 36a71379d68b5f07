#!/usr/bin/env python3
"""Trains byte-pair and unigram tokenizers in the forms of RoBERTa, ModernBERT and XLM-R.

    python subword_tokenizers.py OUTPUT DATA_DIR

writes OUTPUT/NAME/tokenizer.json for each form, trained on DATA_DIR/*/collection.tsv.gz, for tokenization_parity.py.
subword_golden.py and families_golden.py train small ones. Needs tokenizers, sentencepiece and protobuf.
"""
import gzip
import pathlib
import sys
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

ROBERTA = ["<s>", "<pad>", "</s>", "<unk>"]
BERT = ["[UNK]", "[CLS]", "[SEP]", "[PAD]"]

# Written for this purpose.
TEXTS = """A router is a switch that routes packets in a network, and it doesn't matter which way they came from.
The river's water runs through the city; in 1912 the bridge was 345 metres long, and nobody'd seen a longer one.
Naïve cafés in Zürich serve crème brûlée — "très bien", they'll say — for 12,50 € on the 3rd of May.
What is the capital of France? How deep is the late interaction score of a neural language model?
Привет, мир! Как дела у вас сегодня? Москва — столица России. Київ — столиця України.
Η γλώσσα είναι όμορφη και ο ήλιος λάμπει. Ελληνικά γράμματα.
北京是中华人民共和国的首都，人口超过两千万。東京タワーは高さ三百三十三メートルです。ｶﾀｶﾅとひらがな。
한국어 문장입니다. 서울은 대한민국의 수도이다.
שלום עולם, זה משפט בעברית. السلام عليكم، هذه جملة عربية. नमस्ते दुनिया, यह हिंदी है।
สวัสดีชาวโลก ภาษาไทยไม่มีช่องว่าง Tiếng Việt có dấu thanh. Čeština má háčky a čárky.
def encode(text): return [ids[piece] for piece in split(text)]  # a    comment, with   spaces
😀 👍🏽 👩‍👩‍👧 🇩🇪 ﬁne ﬂow ½ ² № ™ Ｆｕｌｌ ｗｉｄｔｈ １２３""".split("\n")


def roberta(texts, size, prefix=False):
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    train(made, texts, size, ROBERTA + ["<mask>"])
    made.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False, special=True)])
    made.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=False, add_prefix_space=prefix)
    return made


def modernbert(texts, size):
    made = Tokenizer(models.BPE(ignore_merges=True))
    made.normalizer = normalizers.NFC()
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    train(made, texts, size, [])
    made.add_tokens([AddedToken(" " * count, normalized=True) for count in range(8, 1, -1)])
    made.add_tokens([AddedToken("e\u0301\u0323x", normalized=True), AddedToken("|||IP_ADDRESS|||", normalized=True)])
    made.add_special_tokens(BERT)
    made.add_special_tokens([AddedToken("[MASK]", lstrip=True, rstrip=True, normalized=False, special=True)])
    return framed(made, "[CLS]", "[SEP]", 1)


def train(made, texts, size, special):
    made.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=special,
        show_progress=False))


def framed(made, cls, sep, separators):
    between = " ".join([sep] * separators)
    made.post_processor = processors.TemplateProcessing(
        single=f"{cls} $A {sep}", pair=f"{cls} $A {between} $B {sep}",
        special_tokens=[(cls, made.token_to_id(cls)), (sep, made.token_to_id(sep))])
    return made


def unigram_pieces(texts, size, **rules):
    """Pieces with scores, the first being the unknown one, and the character table, by SentencePiece."""
    with tempfile.TemporaryDirectory() as scratch:
        source, model = pathlib.Path(scratch) / "texts", pathlib.Path(scratch) / "m"
        source.write_text("\n".join(texts), encoding="utf-8")
        sentencepiece.SentencePieceTrainer.train(
            input=str(source), model_prefix=str(model), vocab_size=size, hard_vocab_limit=False, minloglevel=2,
            num_threads=1, bos_id=-1, eos_id=-1, **rules)
        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString(model.with_suffix(".model").read_bytes())
    return [(piece.piece, piece.score) for piece in proto.pieces], proto.normalizer_spec.precompiled_charsmap


def xlm_roberta(pieces, table, form="roberta"):
    """`form`: "roberta" as transformers makes it now, "plain" without a table, "old" as it did, "bytes" with what else is
    supported."""
    vocabulary = [(name, 0.0) for name in ROBERTA] + pieces[1:]
    if form == "bytes":
        vocabulary += [(f"<0x{byte:02X}>", 0.0) for byte in range(256)]
    made = Tokenizer(models.Unigram(vocabulary + [("<mask>", 0.0)], unk_id=3, byte_fallback=form == "bytes"))
    metaspace = pre_tokenizers.Metaspace(prepend_scheme={"old": "first", "bytes": "never"}.get(form, "always"))
    spaces = Regex(" {2,}")
    if form in ("roberta", "plain"):
        if form == "roberta":
            made.normalizer = normalizers.Precompiled(table)
        made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])
    elif form == "old":
        made.normalizer = normalizers.Sequence([
            normalizers.Precompiled(table), normalizers.Strip(left=False, right=True),
            normalizers.Replace(spaces, "▁")])
        made.pre_tokenizer = metaspace
    else:
        made.normalizer = normalizers.Sequence([
            normalizers.NFC(), normalizers.Replace("``", '"'), normalizers.Replace(spaces, " ")])
        made.pre_tokenizer = metaspace
    made.add_special_tokens(ROBERTA)
    made.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False, special=True)])
    return framed(made, "<s>", "</s>", 2)


def save(made, folder):
    folder.mkdir(parents=True, exist_ok=True)
    made.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer.json").chmod(0o644)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    output = pathlib.Path(sys.argv[1])
    texts = []
    for path in sorted(pathlib.Path(sys.argv[2]).glob("*/collection.tsv.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts += [line.rstrip("\n").split("\t", 1)[-1] for line, _ in zip(lines, range(4000))]
    texts += TEXTS * 20
    save(roberta(texts, 30_000), output / "roberta")
    save(roberta(texts, 8_000, prefix=True), output / "roberta-prefix")
    save(modernbert(texts, 30_000), output / "modernbert")
    pieces, table = unigram_pieces(texts, 16_000, normalization_rule_name="nmt_nfkc")
    for form in ("roberta", "old", "bytes"):
        save(xlm_roberta(pieces, table, form), output / f"xlm-{form}")


if __name__ == "__main__":
    main()
