"""StarGAN: one generator that translates a picture to any of several domains, which its labels name (Choi et al., 2018).

    of_D = critic(fake) - critic(real) + gp |slope|  + lambda_cls (what D reads of real pictures against their labels)
    of_G = -critic(fake) + lambda_cls (what D reads of fakes against the target) + lambda_rec |G(G(x, c), c') - x|

Labels are numbers from 0 to 1, one plane each beside the picture. Pictures are in [0, 1].
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from genlib import checks
from genlib.models.networks import LEAK, SHADES, ResidualBlock


class StarGenerator(nn.Module):
    """A picture and the labels it is to have: (B, C, H, W), (B, L) -> (B, C, H, W) in [0, 1].

    The labels are constant planes beside the picture. Borders are zeros on purpose: a convolution with reflected borders
    makes a constant of a constant, and the instance norm behind it takes that away. With `masked` it paints a picture
    and a mask, m painting + (1 - m) x, so that what is not to change can stay bit by bit (as in GANimation, Pumarola et
    al., 2018); without, it paints all of it, as in the paper.

    Arguments:
        labels: L
        features: channels at full size; each halving doubles them
        halvings: how often the size is halved, and doubled again
        blocks: residual blocks at the smallest size
        channels: C
        masked: whether there is a mask

    Example:
        >>> G = StarGenerator(labels=2)
        >>> G(torch.rand(5, 3, 32, 32), torch.tensor([[0.0, 1.0]]).expand(5, 2)).shape
        torch.Size([5, 3, 32, 32])
    """

    def __init__(
        self,
        labels: int,
        features: int = 16,
        halvings: int = 2,
        blocks: int = 2,
        channels: int = 3,
        masked: bool = True,
    ):
        super().__init__()
        labels, features, channels = checks.at_least(
            1, labels=labels, features=features, channels=channels
        )
        halvings, blocks = checks.at_least(0, halvings=halvings, blocks=blocks)
        checks.kind("masked", masked, bool)
        self.labels, self.channels, self.halvings, self.blocks = labels, channels, halvings, blocks
        self.masked = masked
        norm = lambda wide: (nn.InstanceNorm2d(wide, affine=True), nn.ReLU())
        widths = [features * 2**k for k in range(halvings + 1)]
        layers = [nn.Conv2d(channels + labels, features, 5, padding=2, bias=False), *norm(features)]
        for wide in widths[:-1]:
            layers += [nn.Conv2d(wide, 2 * wide, 4, stride=2, padding=1, bias=False)]
            layers += norm(2 * wide)
        layers += [ResidualBlock(widths[-1], affine=True, border="zeros") for _ in range(blocks)]
        for wide in widths[-2::-1]:
            layers += [nn.ConvTranspose2d(2 * wide, wide, 4, stride=2, padding=1, bias=False)]
            layers += norm(wide)
        self.layers = nn.Sequential(*layers, nn.Conv2d(features, channels + masked, 5, padding=2))

    def extra_repr(self) -> str:
        return (
            f"labels={self.labels}, features={self.layers[0].out_channels}, "
            f"halvings={self.halvings}, blocks={self.blocks}, channels={self.channels}, "
            f"masked={self.masked}"
        )

    def paint(self, x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """What is painted, (B, C, H, W), and where it counts, (B, 1, H, W) of 1 where nothing is masked: in [0, 1]."""
        checks.into(self, "x", x, "B C H W", C=self.channels, **SHADES)
        checks.into(self, "target", target, "B L", B=len(x), L=self.labels)
        if min(x.shape[2:]) < 2 ** (self.halvings + 1) or any(
            side % 2**self.halvings for side in x.shape[2:]
        ):
            wish = f"sides that {2**self.halvings} divides, at least {2 ** (self.halvings + 1)}"
            raise ValueError(f"x must have {wish}, got {tuple(x.shape)}")
        said = self.layers(torch.cat([2 * x - 1, label_planes(target, x)], 1))
        painting, mask = said[:, : self.channels], said[:, self.channels :]
        where = mask.sigmoid() if self.masked else torch.ones_like(x[:, :1])
        return (painting.tanh() + 1) / 2, where

    def forward(self, x: Tensor, target: Tensor) -> Tensor:
        painting, mask = self.paint(x, target)
        return mask * painting + (1 - mask) * x


class StarDiscriminator(nn.Module):
    """A critic and a reader of labels on one trunk: called, (B, C, size, size) -> scores (B,).

    Convolutions halve the size down to 4 x 4; the score is the mean over patches there. No norm: the gradient penalty is
    each picture's own. Noise may have put numbers outside of [0, 1].

    Arguments:
        labels: L
        size: a power of two from 8
        features: channels of the first convolution; each next one has twice as many
        channels: C

    Example:
        >>> D = StarDiscriminator(labels=2)
        >>> scores, logits = D.both(torch.rand(5, 3, 32, 32))
        >>> scores.shape, logits.shape
        (torch.Size([5]), torch.Size([5, 2]))
    """

    def __init__(self, labels: int, size: int = 32, features: int = 32, channels: int = 3):
        super().__init__()
        labels, size, features, channels = checks.at_least(
            1, labels=labels, size=size, features=features, channels=channels
        )
        if size < 8 or size & (size - 1):
            raise ValueError(f"size must be 8, 16, 32, ..., got {size}")
        self.shape, self.labels = (channels, size, size), labels
        layers, before, after = [], channels, features
        for _ in range(size.bit_length() - 3):
            layers += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.LeakyReLU(LEAK)]
            before, after = after, 2 * after
        self.layers = nn.Sequential(*layers)
        self.score = nn.Conv2d(before, 1, 3, padding=1)
        self.label = nn.Conv2d(before, labels, 4)

    def extra_repr(self) -> str:
        channels, size, _ = self.shape
        features = self.label.in_channels // 2 ** (size.bit_length() - 4)
        return f"labels={self.labels}, size={size}, features={features}, channels={channels}"

    def both(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores (B,), and the logits of each label, (B, L)."""
        channels, size, _ = self.shape
        checks.into(self, "x", x, "B C H W", C=channels, H=size, W=size)
        h = self.layers(2 * x - 1)
        return self.score(h).mean((1, 2, 3)), self.label(h).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        return self.both(x)[0]


def label_planes(labels: Tensor, x: Tensor) -> Tensor:
    """Each label as a constant plane of the picture's size: (B, L), (B, C, H, W) -> (B, L, H, W)."""
    checks.real("x", x, "B C H W", finite=False)
    checks.real("labels", labels, "B L", B=len(x), finite=False)
    return labels[:, :, None, None].expand(-1, -1, *x.shape[2:])


def label_loss(logits: Tensor, labels: Tensor, known: Tensor | None = None) -> Tensor:
    """Binary cross entropy in nats, summed over the labels that are known: (B, L) twice -> mean over pictures, scalar.

    `known` is 1 for a label that counts and 0 for one that nobody told, (B, L); all count without it.
    """
    labels = checks.alike("labels", labels, checks.real("logits", logits, "B L", finite=False))
    checks.real("labels", labels, "B L", low=0, high=1)
    each = binary_cross_entropy_with_logits(logits, labels, reduction="none")
    if known is not None:
        each = each * checks.alike("known", known, logits)
    return each.sum(1).mean()


def known_labels(labels: Tensor, source: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Labels of several data sets side by side, each picture's own alone, and which set it is from: (B, L), (B,) -> (B, L + S).

    c~ = [c_1, ..., c_S, m]: the labels of set s are the next sizes[s] of L; those of other sets are put to 0, and the mask
    vector m is one-hot. To say that 0 means "not told", and not "no", is what m is for.
    """
    checks.kind("sizes", sizes, tuple, list)
    sizes = [checks.at_least(1, sizes=size)[0] for size in sizes]
    checks.real("labels", labels, "B L", L=sum(sizes), finite=False)
    source = checks.whole("source", source, "B", B=len(labels), below=len(sizes))
    mask = one_hot(source, len(sizes)).to(labels)
    known = mask.repeat_interleave(torch.tensor(sizes, device=mask.device), 1)
    return torch.cat([labels.where(known.bool(), 0), mask], 1)
