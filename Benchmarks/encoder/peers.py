#!/usr/bin/env python3
"""One peer of the encoder's benchmark, in a process of its own.

    peers.py NAME MODEL_DIR WORK_DIR PASSAGES_TSV --count N --length L --threads T

NAME is one of PEERS. The same weights for all: MODEL_DIR is a Hugging Face folder; what a peer needs of another form is
made in WORK_DIR once. Batches are sorted by length, and each peer takes the batch size that is fastest on a sample. It
says so in a line of JSON, and then times what standard input asks for, a line of JSON for each line of

    passages PART PARTS     every PARTS-th passage, sorted by length
    queries FIRST COUNT     queries of 32 pieces, one at a time
    pairs FIRST COUNT       batches of 100 pairs of a short query and a passage

which are the turns of `passerine bench encoder --turns` too.
"""
import argparse
import json
import pathlib
import resource
import sys
import time

import numpy as np

BATCHES = [1, 4, 8, 16, 32, 64]


def sequences(path, model_dir, count, length):
    """Piece ids of the passages, special pieces included."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    with open(path, encoding="utf-8") as lines:
        texts = [line.rstrip("\n").split("\t", 1)[1] for _, line in zip(range(count), lines)]
    return [ids for ids in tokenizer(texts, truncation=True, max_length=length)["input_ids"]]


def padded(batch):
    width = max(len(ids) for ids in batch)
    ids = np.zeros((len(batch), width), dtype=np.int64)
    mask = np.zeros((len(batch), width), dtype=np.int64)
    for row, pieces in enumerate(batch):
        ids[row, : len(pieces)] = pieces
        mask[row, : len(pieces)] = 1
    return ids, mask


def torch_model(model_dir, dtype):
    import torch
    from transformers import AutoModel

    return AutoModel.from_pretrained(model_dir, dtype=getattr(torch, dtype)).eval()


def pytorch(dtype):
    def make(model_dir, work, threads):
        import torch

        torch.set_num_threads(threads)
        model = torch_model(model_dir, dtype)

        def encode(batch):
            ids, mask = padded(batch)
            with torch.inference_mode():
                model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).last_hidden_state

        return encode

    return make


def exported(model_dir, work):
    """The model as ONNX, exported once."""
    path = work / "model.onnx"
    if not path.exists():
        import torch

        class Encoder(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.model = torch_model(model_dir, "float32")

            def forward(self, input_ids, attention_mask):
                return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

        ids, mask = (torch.from_numpy(a) for a in padded([[101, 2054, 102], [101, 2003, 2023, 102]]))
        names = {"input_ids": {0: "batch", 1: "length"}, "attention_mask": {0: "batch", 1: "length"}}
        torch.onnx.export(
            Encoder().eval(), (ids, mask), str(path), input_names=list(names), output_names=["states"],
            dynamic_axes={**names, "states": {0: "batch", 1: "length"}}, opset_version=17, dynamo=False)
    return path


def optimised(model_dir, work):
    """ONNX with attention, GELU and normalisation fused by onnxruntime's own optimiser."""
    path = work / "fused.onnx"
    if not path.exists():
        from onnxruntime.transformers import optimizer

        config = json.loads((pathlib.Path(model_dir) / "config.json").read_text())
        model = optimizer.optimize_model(
            str(exported(model_dir, work)), model_type="bert", num_heads=config["num_attention_heads"],
            hidden_size=config["hidden_size"])
        model.save_model_to_file(str(path))
    return path


def onnxruntime(form):
    """`form` is "fp32", or how weights are made int8: which graph, and by channel or by tensor."""

    def make(model_dir, work, threads):
        import onnxruntime

        path = exported(model_dir, work) if form.startswith("plain") else optimised(model_dir, work)
        if form != "fp32":
            import onnx
            from onnxruntime.quantization import QuantType, quantize_dynamic

            narrow = work / f"{form}-int8.onnx"
            if not narrow.exists():
                quantize_dynamic(
                    str(path), str(narrow), per_channel=form.endswith("channel"), weight_type=QuantType.QInt8,
                    extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})
            path = narrow
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

        def encode(batch):
            ids, mask = padded(batch)
            session.run(None, {"input_ids": ids, "attention_mask": mask})

        return encode

    return make


def openvino(model_dir, work, threads):
    import openvino

    core = openvino.Core()
    compiled = core.compile_model(
        core.read_model(str(exported(model_dir, work))), "CPU",
        {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"})
    request = compiled.create_infer_request()

    def encode(batch):
        ids, mask = padded(batch)
        request.infer({"input_ids": ids, "attention_mask": mask})

    return encode


def ctranslate2(kind):
    def make(model_dir, work, threads):
        import ctranslate2

        folder = work / "ctranslate2"
        if not folder.exists():
            ctranslate2.converters.TransformersConverter(model_dir).convert(str(folder))
        encoder = ctranslate2.Encoder(str(folder), device="cpu", compute_type=kind, intra_threads=threads)

        def encode(batch):
            np.asarray(encoder.forward_batch(batch).last_hidden_state)

        return encode

    return make


PEERS = {
    "pytorch-fp32": ("fp32", pytorch("float32")),
    "pytorch-bf16": ("bf16", pytorch("bfloat16")),
    "onnxruntime-fp32": ("fp32", onnxruntime("fp32")),
    # Which of these is fastest depends on the version and the processor.
    "onnxruntime-int8-tensor": ("int8", onnxruntime("fused-tensor")),
    "onnxruntime-int8-plain": ("int8", onnxruntime("plain-tensor")),
    "openvino-fp32": ("fp32", openvino),
    "ctranslate2-fp32": ("fp32", ctranslate2("float32")),
    "ctranslate2-int8": ("int8", ctranslate2("int8")),
}


def seconds(encode, rows, size):
    begin = time.perf_counter()
    for first in range(0, len(rows), size):
        encode(rows[first : first + size])
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("model")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("passages")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--length", type=int, default=180)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    precision, make = PEERS[options.name]
    rows = sequences(options.passages, options.model, options.count, options.length)
    encode = make(options.model, options.work, options.threads)
    encode(rows[:2])
    ordered = sorted(rows, key=len, reverse=True)
    sample = ordered[:: max(1, len(ordered) // 128)]
    size = min(BATCHES, key=lambda size: min(seconds(encode, sample, size) for _ in range(2)))
    long = [ids[:31] + [ids[-1]] for ids in rows if len(ids) >= 32]

    def passages(part, parts):
        mine = ordered[part::parts]
        return {"passages": len(mine), "seconds": seconds(encode, mine, size)}

    def queries(first, count):
        return {"milliseconds": [1e3 * seconds(encode, [ids], 1) for ids in long[first : first + count]]}

    def pairs(first, count):
        times = []
        for batch in range(first, first + count):
            query = rows[batch % len(rows)][1:9]
            some = [rows[(batch * 100 + n) % len(rows)] for n in range(100)]
            joined = [[101] + query + [102] + ids[1 : options.length - 11] + [102] for ids in some]
            times.append(1e3 * seconds(encode, sorted(joined, key=len, reverse=True), min(size, 32)))
        return {"milliseconds": times}

    def answer(fields):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({**fields, "peak_bytes": peak}), flush=True)

    turns = {"passages": passages, "queries": queries, "pairs": pairs}
    answer({"peer": options.name, "precision": precision, "batch": size})
    for line in sys.stdin:
        kind, first, second = line.split()
        answer(turns[kind](int(first), int(second)))


if __name__ == "__main__":
    main()
