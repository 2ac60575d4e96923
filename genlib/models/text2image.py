"""GAN-CLS: both players read the caption, and D also sees real images under wrong ones (Reed et al., 2016).

wrong = text[derangement(text)]
of_D = matching_loss(D(real, text), D(real, wrong), D(G.sample(len(real), text), text))
of_G = nonsaturating_loss(D(G(G.noise(len(text)), text), text))
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from genlib import checks
from genlib.models.dcgan import DCGANDiscriminator, DCGANGenerator
from genlib.models.gan import Generator
from genlib.models.networks import LEAK, check_data


class TextEncoder(nn.Module):
    """A caption of T tokens as F numbers: (B, T) -> (B, F).

    Each word is a vector of `width` numbers that is learnt; the T of a caption stand side by side before one linear
    layer. `words` counts the vocabulary, `length` is T, `features` is F.
    """

    def __init__(self, words: int, length: int, features: int = 64, width: int = 16):
        super().__init__()
        words, self.length, features, width = checks.at_least(
            1, words=words, length=length, features=features, width=width
        )
        self.embedding = nn.Embedding(words, width)
        self.linear = nn.Linear(length * width, features)

    def extra_repr(self) -> str:
        words, width = self.embedding.weight.shape
        return f"words={words}, length={self.length}, features={self.linear.out_features}, width={width}"

    def forward(self, text: Tensor) -> Tensor:
        words = len(self.embedding.weight)
        text = checks.whole("text", text, "B T", T=self.length, below=words)
        h = self.linear(self.embedding(text).flatten(1))
        return nn.functional.leaky_relu(h, LEAK)


class TextGenerator(Generator):
    """A DCGAN's generator of noise and an encoded caption side by side: (B, Z), (B, T) -> (B, 3, size, size).

    The encoder is its own. `latent_dim` is Z, and `features` are those of `DCGANGenerator`.
    """

    def __init__(
        self, encoder: TextEncoder, size: int = 16, *, latent_dim: int = 16, features: int = 32
    ):
        super().__init__(latent_dim)
        checks.kind("encoder", encoder, TextEncoder)
        self.encoder = encoder
        inputs = self.latent_dim + encoder.linear.out_features
        self.body = DCGANGenerator(size, 3, inputs, features)

    def extra_repr(self) -> str:
        return f"latent_dim={self.latent_dim}"

    def forward(self, z: Tensor, text: Tensor) -> Tensor:
        self.check_noise(z)
        encoded = self.encoder(text)
        checks.same_size(0, z=z, text=encoded)
        return self.paint(z, encoded)

    def paint(self, z: Tensor, encoded: Tensor) -> Tensor:
        """Images of captions that are encoded already, or mixed: (B, Z), (B, F) -> (B, 3, size, size)."""
        self.check_noise(z)
        sizes = z.new_empty(len(z), self.encoder.linear.out_features)
        return self.body(torch.cat([z, checks.alike("encoded", encoded, sizes)], dim=1))


class TextDiscriminator(nn.Module):
    """Does this image belong to this caption? Images (B, 3, size, size), text (B, T) -> logits (B,).

    Convolutions down to 4 x 4, where the encoded caption stands beside the maps at every pixel; a 1 x 1 convolution
    reads both. The `encoder` is its own. `batch_norm` and `features` are those of `DCGANDiscriminator`.
    """

    def __init__(
        self, encoder: TextEncoder, size: int = 16, *, features: int = 32, batch_norm: bool = True
    ):
        super().__init__()
        checks.kind("encoder", encoder, TextEncoder)
        self.encoder, self.shape = encoder, (3, size, size)
        image = DCGANDiscriminator(size, 3, features, batch_norm=batch_norm)
        self.trunk, maps = image.trunk, image.head[0].in_channels
        side = image.head[0].kernel_size
        self.head = nn.Sequential(
            nn.Conv2d(maps + encoder.linear.out_features, maps, 1),
            nn.LeakyReLU(LEAK),
            nn.Conv2d(maps, 1, side),
            nn.Flatten(0),
        )

    def extra_repr(self) -> str:
        norm = any(isinstance(layer, nn.BatchNorm2d) for layer in self.trunk)
        return f"shape={self.shape}, features={self.trunk[0].out_channels}, batch_norm={norm}"

    def forward(self, x: Tensor, text: Tensor) -> Tensor:
        check_data(self, x)
        encoded = self.encoder(text)
        checks.same_size(0, x=x, text=encoded)
        return self.judge(x, encoded)

    def judge(self, x: Tensor, encoded: Tensor) -> Tensor:
        """Logits of captions that are encoded already, or mixed: images, (B, F) -> (B,)."""
        check_data(self, x)
        like = x.new_empty(len(x), self.encoder.linear.out_features)
        maps, encoded = self.trunk(2 * x - 1), checks.alike("encoded", encoded, like)
        encoded = encoded[:, :, None, None].expand(-1, -1, *maps.shape[2:])
        return self.head(torch.cat([maps, encoded], dim=1))


def derangement(captions: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Rows of which none has its own caption: (B, T) -> indices (B,), a permutation where one is found.

    ValueError where a caption fills more than half of the batch, for then no permutation can do it.
    """
    captions = checks.whole("captions", captions, "B T")
    checks.noise(generator)
    _, number, count = captions.unique(dim=0, return_inverse=True, return_counts=True)
    n, most = len(captions), int(count.max())
    if 2 * most > n:
        raise ValueError(f"captions must not be one caption in more than half, got {most} of {n}")
    # rows sorted by caption, captions in any order, turned by the largest group: none meets its own
    number = torch.randperm(len(count), generator=generator)[number]
    order = torch.randperm(n, generator=generator)
    order = order[number[order].argsort(stable=True)]
    shift = int(torch.randint(most, n - most + 1, (), generator=generator))
    wrong = torch.empty_like(order)
    wrong[order] = order.roll(-shift)
    return wrong


def matching_loss(right: Tensor, wrong: Tensor, fake: Tensor) -> Tensor:
    """-(log s_r + (log(1 - s_w) + log(1 - s_f)) / 2), each a mean of s = sigmoid(logit): three (B,) -> scalar.

    Of a real image under its own caption, a real image under a wrong one, and a fake under its own.
    """
    for name, logits in {"right": right, "wrong": wrong, "fake": fake}.items():
        checks.real(name, logits, "B", finite=False)
    return softplus(-right).mean() + (softplus(wrong).mean() + softplus(fake).mean()) / 2


def optimal_match(real: Tensor, fake: Tensor) -> Tensor:
    """The best D of GAN-CLS, in a world that can be listed: p(x, t), g(x, t), each (X, N) -> D* (X, N).

    D* = p(x, t) / (p(x, t) + p(x) p(t) / 2 + g(x, t) / 2); 0 where nothing falls.
    """
    real = checks.real("real", real, "X N", low=0, high=1)
    fake = checks.real("fake", checks.alike("fake", fake, real), "X N", low=0, high=1)
    apart = real.sum(1, keepdim=True) * real.sum(0, keepdim=True)
    below = real + (apart + fake) / 2
    return torch.where(below > 0, real / below.clamp_min(torch.finfo(real.dtype).tiny), 0.0)


def mode_seeking(one: Tensor, other: Tensor, z: Tensor, w: Tensor) -> Tensor:
    """How far two images of a caption lie apart per distance of their noises: mean |x - y| / mean |z - w|, a scalar.

    G adds minus a multiple of it to its loss (Mao et al., 2019). Images (B, ...) twice, noise (B, Z) twice.
    """
    checks.real("one", one, "B D ...")
    other = checks.alike("other", other, one)
    checks.real("z", z, "B Z", B=len(one))
    w = checks.alike("w", w, z)
    between = lambda a, b: (a - b).abs().flatten(1).mean(1)
    return (between(one, other) / between(z, w).clamp_min(1e-5)).mean()
