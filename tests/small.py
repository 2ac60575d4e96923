"""What several tests start from: seeded noise, networks away from zero, and convolutions by hand."""

import itertools

import torch
from torch import nn


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def randomised(module, std=1.0, generator=None):
    """The module away from zero, where mistakes cancel."""
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=std, generator=generator)
    return module


def random(model, std=0.4, seed=0):
    """The model in double precision and eval mode, away from zero."""
    return randomised(model.double().eval(), std, seeded(seed))


def weights_of(module):
    """All weights, copied: -> (P,)."""
    return torch.cat([weight.detach().flatten() for weight in module.parameters()])


def by_hand(conv, x, top, left, taps=None):
    """A convolution, tap by tap, its first tap at (r + top, c + left): (C, H, W) -> (C', H, W)."""
    _, height, width = x.shape
    out = conv.bias[:, None, None].repeat(1, height, width)
    if taps is None:
        taps = list(itertools.product(*map(range, conv.weight.shape[2:])))
    for r, c in itertools.product(range(height), range(width)):
        for i, j in taps:
            if 0 <= r + top + i < height and 0 <= c + left + j < width:
                out[:, r, c] += conv.weight[:, :, i, j] @ x[:, r + top + i, c + left + j]
    return out
