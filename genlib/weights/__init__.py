"""Weights trained longer than a notebook waits: small .safetensors files that tell how they were made.

`python -m genlib.pretrain NAME` makes one. Inside, floats have half precision; nothing is unpickled.
"""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import nn

FOLDER = Path(__file__).parent
LARGEST = 1_000_000  # bytes of one file


def load(name: str, module: nn.Module) -> dict[str, str]:
    """Fill the module with the weights of that name; what the file tells about itself: text by text.

    FileNotFoundError for no such file, OSError for one that is cut off or no .safetensors file,
    ValueError for the weights of another module, which is then left as it was.
    """
    path = FOLDER / f"{name}.safetensors"
    if not path.is_file():
        there = sorted(file.stem for file in FOLDER.glob("*.safetensors"))
        raise FileNotFoundError(f"name must be one of {there}, got {name!r}")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except SafetensorError as error:
        raise OSError(
            f"name must name a whole .safetensors file, {path.name} is damaged: {error}"
        ) from None
    came, expected = _shapes(tensors), _shapes(module.state_dict())
    if came != expected:
        raise ValueError(f"module must hold {came} for the weights {name!r}, it holds {expected}")
    module.load_state_dict(tensors)
    return metadata


def save(name: str, module: nn.Module, metadata: dict[str, object]) -> Path:
    """Write the module's weights, floats in half precision, and the metadata as text; -> the file."""
    half = {
        key: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for key, tensor in module.state_dict().items()
    }
    if broken := [key for key, tensor in half.items() if not tensor.isfinite().all()]:
        raise ValueError(f"module must hold numbers below 65,504, got others in {broken}")
    path = FOLDER / f"{name}.safetensors"
    data = serialize(half, {key: str(value) for key, value in metadata.items()})
    if len(data) > LARGEST:
        raise ValueError(f"module must fit {LARGEST:,} bytes in half precision, got {len(data):,}")
    path.write_bytes(data)
    return path


def _shapes(tensors: dict[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(tensor.shape) for key, tensor in sorted(tensors.items())}
