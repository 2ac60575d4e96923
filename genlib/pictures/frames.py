"""Images with frames around their boxes."""

import torch
from torch import Tensor

from genlib import checks
from genlib.pictures.figure import PALETTE


def framed(images: Tensor, boxes: Tensor, scale: int = 4) -> Tensor:
    """Images, `scale` times as large, with a frame around each box (left, top, width, height), the first blue, the second red.

    (N, C, H, W) in [0, 1] and whole pixels (N, K, 4) -> (N, 3, scale H, scale W). A frame of two pixels lies inside its box.
    """
    checks.real("images", images, "N C H W", low=0, high=1)
    if images.shape[1] not in (1, 3):
        raise ValueError(f"images must be (N, C, H, W) with C = 1 or 3, got {tuple(images.shape)}")
    boxes = checks.whole("boxes", boxes, "N K E", E=4)
    checks.same_size(0, images=images, boxes=boxes)
    [scale] = checks.at_least(1, scale=scale)
    large = images.detach().repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    large = large.expand(-1, 3, -1, -1).clone()
    for image, places in zip(large, (scale * boxes).tolist(), strict=True):
        for place, (left, top, width, height) in enumerate(places):
            colour = PALETTE[place % len(PALETTE)].lstrip("#")
            rgb = torch.tensor([int(colour[k : k + 2], 16) / 255 for k in (0, 2, 4)])
            box = image[:, top : top + height, left : left + width]
            inside = box[:, 2:-2, 2:-2].clone()
            box[:] = rgb[:, None, None]
            box[:, 2:-2, 2:-2] = inside
    return large
