"""A small classifier of 16 x 16 digits: what it sees is what the Frechet distance compares."""

import torch
from torch import Tensor, nn


class DigitClassifier(nn.Module):
    """Three convolutions and a linear layer of F features: images (B, 1, 16, 16) -> logits (B, 10)."""

    def __init__(self, width: int = 24, features: int = 64, classes: int = 10):
        super().__init__()
        sizes = {"width": width, "features": features, "classes": classes}
        for name, size in sizes.items():
            if size < 1:
                raise ValueError(f"{name} must be at least 1, got {size}")
        layers = []
        for before, after in ((1, width), (width, 2 * width), (2 * width, 2 * width)):
            layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]  # 16 -> 8 -> 4 -> 2
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(8 * width, features), nn.ReLU())
        self.head = nn.Linear(features, classes)

    def features(self, x: Tensor) -> Tensor:
        """The last hidden layer: images (B, 1, 16, 16) in [0, 1] -> (B, F)."""
        if x.shape[1:] != torch.Size([1, 16, 16]):
            raise ValueError(f"x must be (B, 1, 16, 16), got {tuple(x.shape)}")
        return self.body(2 * x - 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))
