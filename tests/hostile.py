"""Arguments that no function was written for, and the law for them: a ValueError by name, or a right answer."""

import numpy as np
import torch

NAN = float("nan")


class Strange:
    """An object that answers nothing."""

    def __repr__(self):
        raise RuntimeError("no repr")


def in_place_of(value):
    """{what: value} of hostile arguments where `value` would be right; like it in all but one respect where it is a tensor."""
    odd = {
        "None": None,
        "text": "abc",
        "bytes": b"abc",
        "list": [1.0, 2.0],
        "ragged list": [[1.0], [2.0, 3.0]],
        "dict": {},
        "object": Strange(),
        "function": lambda *_: None,
        "array": np.zeros((2, 3)),
        "objects": np.array([None, "x"], dtype=object),
        "nan": NAN,
        "infinite": float("inf"),
        "negative": -1,
        "huge": 10**400,
        "complex number": 1j,
        "scalar": torch.tensor(2.5),
        "empty": torch.empty(0),
        "many axes": torch.zeros(1, 2, 1, 2, 1, 2),
    }
    if isinstance(value, torch.Tensor):
        odd |= like(value)
    return odd


def like(value):
    """Tensors of the value's shape or nearly so, with other numbers, types and layouts."""
    numbers = value.detach().float()
    odd = {
        "meta": torch.empty_like(value, device="meta"),
        "complex": numbers.to(torch.complex64),
        "sparse": numbers.to_sparse(),
        "quantised": torch.quantize_per_tensor(numbers, 0.1, 0, torch.qint8),
        "numpy": value.detach().numpy(),
        "nested list": value.tolist(),
        "no rows": value[:0] if value.dim() else torch.empty(0),
        "one axis more": value[None],
        "a column": value[..., None],
        "bool": numbers > 0,
        "double": numbers.double(),
        "half": numbers.half(),
        **{str(t)[6:]: numbers.to(t) for t in (torch.uint8, torch.int8, torch.int16, torch.int32)},
    }
    if value.is_floating_point():
        for name, number in (("a nan", NAN), ("an infinity", float("inf"))):
            odd[name] = value.detach().clone()
            odd[name].view(-1)[:1] = number
        odd |= {"0..255": numbers * 255, "-1..1": numbers * 2 - 1}
    if value.dim() and len(value) > 1:
        odd["a row less"] = value[:-1]
    return odd
