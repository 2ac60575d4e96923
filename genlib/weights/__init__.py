"""Weights trained longer than a notebook waits: small .safetensors files that tell how they were made.

`python -m genlib.recipes NAME` makes one. Inside, floats have half precision; nothing is unpickled. The list SHA256SUMS
says what each file must be, byte by byte; `sha256sum -c` reads it too.
"""

import copy
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as deserialize
from safetensors.torch import save as serialize
from torch import nn

from genlib import checks

FOLDER = Path(__file__).parent
SUMS = "SHA256SUMS"  # the list beside the files
LARGEST = 1_000_000  # bytes of one file
_MADE: dict[str, bytes] = {}  # by short trainings, in the place of files


def load(name: str, module: nn.Module) -> dict[str, str]:
    """Fill the module with the weights of that name, and return what the file tells about itself: text by text.

    FileNotFoundError for no such file, OSError for one that is cut off, not as listed or no .safetensors file,
    ValueError for the weights of another module, which is then left as it was.
    """
    checks.kind("name", name, str)
    checks.kind("module", module, nn.Module)
    files = {file.stem: file for file in sorted(FOLDER.glob("*.safetensors"))}
    if name not in files:
        raise FileNotFoundError(f"name must be one of {list(files)}, got {name!r}")
    data = files[name].read_bytes()  # once: what is checked is what is loaded
    digest = _digest(data)
    if _listed().get(files[name].name, digest) != digest:  # a trial of yours may be unlisted
        raise _damaged(name, f"it is not the one that {SUMS} lists")
    return _filled(name, data, module)


def load_or_train(name: str, module: nn.Module) -> dict[str, str]:
    """As `load`; but where that file is missing or damaged, a notebook says so and trains for a minute or two instead.

    A process of its own follows the recipe with fewer steps, a recipe of MNIST with the course's own digits. What it
    makes is worse than the file was, and is kept only until this process ends. Where that fails too, no recipe has
    that name, or this is no notebook, it raises FileNotFoundError or OSError as `load` does, and ValueError for
    another module: what is measured or kept must not rest on a short training.
    """
    try:
        return load(name, module)
    except OSError as error:
        known = f"{name}.safetensors" in _listed() or (FOLDER / f"{name}.safetensors").exists()
        if not (known and _may_train()):
            raise
        if name not in _MADE:
            missing = isinstance(error, FileNotFoundError)
            said = f"{name}.safetensors is missing; to train it: make weights NAME={name}"
            print(said if missing else error)
            print("For now a training of a minute or two takes its place ...", flush=True)
            start, (made, failed) = time.monotonic(), _trained(name)
            if failed:
                print(f"... but it failed: {failed}")
                raise
            _MADE[name] = made
            seconds = time.monotonic() - start
            print(f"... of {seconds:.0f} s: all of it is worse than the text says.")
        return _filled(name, _MADE[name], module)


def _may_train() -> bool:
    """Whether this is a notebook, or a short training itself; GENLIB_SHORT, 1 or 0, decides otherwise."""
    in_notebook = "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None
    return os.environ.get("GENLIB_SHORT", str(int(in_notebook))) == "1"


def _trained(name: str) -> tuple[bytes, str]:
    """What a short training of that name makes, in a process whose bars and words go nowhere; or why it failed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "genlib.recipes", name, "--short", folder]
        environment = os.environ | {"GENLIB_SHORT": "1"}
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if run.returncode:
            return b"", (run.stderr.strip().splitlines() or [f"exit status {run.returncode}"])[-1]
        return (Path(folder) / f"{name}.safetensors").read_bytes(), ""


def _filled(name: str, data: bytes, module: nn.Module) -> dict[str, str]:
    """Fill the module from the bytes of a file, and return what the file tells."""
    try:
        tensors = deserialize(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    except (
        SafetensorError,
        LookupError,
    ) as error:  # LookupError: numbers of a kind that torch has not
        raise _damaged(name, error) from None
    told = header.get("__metadata__", {})
    of = re.match(r"python -m genlib\.recipes (\w+)", told.get("recipe", ""))
    if of and of[1] != name.removesuffix("_trial"):  # a swap that no list tells
        raise _damaged(name, f"it holds {of[1]}")
    came, expected = _kinds(tensors), _kinds(module.state_dict())
    if came != expected:
        raise ValueError(f"module must hold {came} for the weights {name!r}, it holds {expected}")
    if broken := _not_finite(tensors):
        raise _damaged(name, f"{broken} hold NaN or infinity")
    if broken := [k for k, x in tensors.items() if x.is_floating_point() and x.dtype != torch.half]:
        raise _damaged(name, f"{broken} are not in half precision")
    module.load_state_dict(tensors)
    return told


def save(
    name: str,
    module: nn.Module,
    metadata: Mapping[str, str | float],
    folder: str | os.PathLike | None = None,
) -> Path:
    """Write the module's weights, floats in half precision, and the metadata as text, and return the file's path.

    The file is listed in SHA256SUMS unless its name ends in "_trial", or another `folder` than the course's is given.
    What breaks off, with an OSError, leaves the file that was there. A name is of letters, digits, "_" and "-".
    """
    checks.kind("name", name, str)
    if not re.fullmatch(r"[\w-]{1,100}", name, re.ASCII):
        raise ValueError(f"name must be of letters, digits, _ and - alone, got {name!r}")
    checks.kind("module", module, nn.Module)
    checks.kind("metadata", metadata, Mapping)
    checks.kind("folder", folder, str, os.PathLike, type(None), said="the path of a folder or None")
    for key, value in metadata.items():
        checks.kind("a key of metadata", key, str)
        checks.kind(f"metadata[{key!r}]", value, str, int, float, said="a text or a number")
    half = {
        key: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for key, tensor in module.state_dict().items()
    }
    if broken := _not_finite(half):
        raise ValueError(f"module must hold numbers below 65,504, got others in {broken}")
    path = Path(FOLDER if folder is None else folder, f"{name}.safetensors")
    data = serialize(half, {key: str(value) for key, value in metadata.items()})
    if len(data) > LARGEST:
        raise ValueError(f"module must fit {LARGEST:,} bytes in half precision, got {len(data):,}")
    _put(path, data)
    if folder is None and not name.endswith("_trial"):
        sums = _listed() | {path.name: _digest(data)}
        lines = "".join(f"{digest}  {file}\n" for file, digest in sorted(sums.items()))
        _put(FOLDER / SUMS, lines.encode())
    return path


def as_shipped(module: nn.Module) -> nn.Module:
    """A copy with the numbers that a weight file holds, those of half precision."""
    checks.kind("module", module, nn.Module)
    return copy.deepcopy(module).half().float()


class Record(nn.Module):
    """Named tensors that a weight file keeps beside no model: samples as training went, and their scores."""

    def __init__(self, **tensors: torch.Tensor):
        super().__init__()
        for name, tensor in tensors.items():
            self.register_buffer(name, checks.dense(name, tensor))

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={tuple(t.shape)}" for name, t in self.named_buffers())


def _put(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there, so that what breaks off leaves the old one."""
    half_written = path.with_suffix(f".{os.getpid()}")
    try:
        half_written.write_bytes(data)
        half_written.replace(path)
    except OSError as error:
        raise OSError(f"{path.name} was not written, nothing else is lost: {error}") from error
    finally:
        half_written.unlink(missing_ok=True)


def _listed() -> dict[str, str]:
    """The digest of each file that is listed."""
    path = FOLDER / SUMS
    lines = path.read_text("utf-8", errors="replace").splitlines() if path.exists() else []
    return {file: digest for digest, _, file in (line.partition("  ") for line in lines)}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _kinds(tensors: Mapping[str, torch.Tensor]) -> dict[str, tuple[int | str, ...]]:
    """The shape of each tensor, and the type of one that holds no floats."""
    return {
        key: (*tensor.shape, *([] if tensor.is_floating_point() else [str(tensor.dtype)[6:]]))
        for key, tensor in sorted(tensors.items())
    }


def _not_finite(tensors: Mapping[str, torch.Tensor]) -> list[str]:
    return [key for key, tensor in tensors.items() if not tensor.double().isfinite().all()]


def _damaged(name: str, error: object) -> OSError:
    return OSError(
        f"name must name a whole .safetensors file, {name}.safetensors is damaged: {error}; "
        f"to train it anew: make weights NAME={name}"
    )
