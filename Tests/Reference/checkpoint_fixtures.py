#!/usr/bin/env python3
"""Makes Tests/BERTTests/Fixtures/checkpoint/: small files of weights and what PyTorch reads from them.

Needs torch and safetensors.

    python Tests/Reference/checkpoint_fixtures.py
"""
import collections, json, pathlib

import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent.parent / "BERTTests/Fixtures/checkpoint"
TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
}


def bits(tensor):
    """The bit patterns of a tensor's elements as float32, row-major: exact, and JSON has no NaN."""
    return [pattern & 0xFFFFFFFF for pattern in tensor.to(torch.float32).contiguous().view(torch.int32).flatten().tolist()]


def values(dtype):
    """Numbers on both sides of every border of a type: zero, subnormals, one, the largest, infinity, NaN."""
    information = torch.finfo(dtype)
    plain = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, -2.75, 3.1415927, 1e-3, -1e-3, 0.1, 7.0, -13.0, 100.0]
    borders = [information.tiny, information.smallest_normal / 2, information.tiny * information.eps, information.max]
    borders += [-border for border in borders] + [information.max / 2]
    special = [float("nan")] + ([] if dtype == torch.float8_e4m3fn else [float("inf"), float("-inf")])
    return torch.tensor(plain + borders + special, dtype=torch.float64).to(dtype)


def pytorch_tensors():
    generator = torch.Generator().manual_seed(7)
    base = torch.randn(4, 6, generator=generator)
    tensors = collections.OrderedDict()
    tensors["plain"] = base
    tensors["transposed"] = base.t()
    tensors["column"] = base[:, 2]
    tensors["block"] = base[1:3, 2:5]
    tensors["rows"] = base[2:]
    tensors["scalar"] = torch.tensor(-1.25)
    tensors["empty"] = torch.zeros(0, 3)
    tensors["one"] = base[1:2, 1:2]
    tensors["half"] = base.to(torch.float16)
    tensors["brain"] = base.to(torch.bfloat16)
    tensors["double"] = base.to(torch.float64)
    tensors["parameter"] = torch.nn.Parameter(base[0].clone())
    tensors["tied"] = tensors["half"]
    tensors["deep"] = torch.randn(2, 3, 2, 2, generator=generator).permute(3, 1, 0, 2)
    return tensors


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    typed = {name: values(dtype) for name, dtype in TYPES.items()}
    save_file({**typed, "I64": torch.arange(3), "BOOL": torch.tensor([True, False])}, FOLDER / "dtypes.safetensors")
    expected = {"dtypes": {name: bits(tensor) for name, tensor in typed.items()}}

    tensors = pytorch_tensors()
    expected["pytorch"] = {name: {"shape": list(t.shape), "bits": bits(t.detach())} for name, t in tensors.items()}
    torch.save({**tensors, "positions": torch.arange(5)}, FOLDER / "tensors.bin")
    # A module's state: an OrderedDict with attributes, whose pickle has a BUILD.
    torch.manual_seed(3)
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
    torch.save(module.state_dict(), FOLDER / "module.bin")
    expected["module"] = {name: {"shape": list(t.shape), "bits": bits(t)} for name, t in module.state_dict().items()}
    torch.save(module.state_dict(), FOLDER / "old.bin", _use_new_zipfile_serialization=False)
    torch.save(module, FOLDER / "object.bin")
    (FOLDER / "dtypes.safetensors").chmod(0o644)
    (FOLDER / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


main()
