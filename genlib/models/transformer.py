"""A causal transformer over tokens of several kinds, such as the words of a text and then the codes of an image."""

import itertools

import torch
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn.functional import gelu, pad, scaled_dot_product_attention

from genlib import checks
from genlib.models.autoregressive import Autoregressive
from genlib.models.sampling import draw

COLDEST = 1e-6  # a temperature by which a float32 can still be divided


class TokenTransformer(Autoregressive):
    """p(tokens), each given those before it, by torch's own attention: (B, D) -> (B,).

    `parts` says how many tokens follow one another and of how large a vocabulary: [(4, 17), (16, 64)] is a text of
    four out of 17 words and an image of sixteen out of 64 codes, D = 20. The codes are numbered on after the words,
    17, ..., 80, and at its place each part can only be of its own kind. A token is `width` numbers on its way through
    as many `layers`, each with so many `heads`.

    Example:
        >>> model = TokenTransformer([(4, 17), (16, 64)])
        >>> text = torch.tensor([[0, 3, 9, 14]])
        >>> model.sample(1, prefix=text).shape, model.split(model.sample(1, prefix=text))[1].max() < 64
        (torch.Size([1, 20]), tensor(True))
    """

    def __init__(
        self, parts: list[tuple[int, int]], width: int = 64, layers: int = 3, heads: int = 4
    ):
        checks.kind("parts", parts, list, tuple)
        if not parts:
            raise ValueError("parts must hold at least one (length, vocabulary), got none")
        for part in parts:
            checks.kind("parts", part, list, tuple, said="pairs (length, vocabulary)")
            if len(part) != 2:
                raise ValueError(
                    f"parts must be pairs (length, vocabulary), got {len(part)} numbers"
                )
        lengths = [checks.at_least(1, **{"parts: length": length})[0] for length, _ in parts]
        sizes = [checks.at_least(2, **{"parts: vocabulary": size})[0] for _, size in parts]
        width, layers, heads = checks.at_least(1, width=width, layers=layers, heads=heads)
        if width % heads:
            raise ValueError(f"width must be a multiple of heads, got {width} and {heads}")
        super().__init__(sum(lengths), sum(sizes))
        self.parts = list(zip(lengths, sizes, strict=True))
        ends = list(itertools.accumulate(lengths))
        self._rows = [slice(end - n, end) for end, n in zip(ends, lengths, strict=True)]
        self._firsts = [0, *itertools.accumulate(sizes)][:-1]  # the first number of each kind
        self.token = nn.Embedding(self.vocabulary, width)
        self.place = nn.Parameter(0.02 * torch.randn(self.num_pixels, width))
        self.blocks = nn.ModuleList([_Block(width, heads) for _ in range(layers)])
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, self.vocabulary)
        possible = torch.zeros(self.num_pixels, self.vocabulary, dtype=torch.bool)
        for row, first, size in zip(self._rows, self._firsts, sizes, strict=True):
            possible[row, first : first + size] = True
        self.register_buffer("possible", possible, persistent=False)

    def extra_repr(self) -> str:
        return f"parts={self.parts}, width={self.token.embedding_dim}, layers={len(self.blocks)}, heads={self.blocks[0].heads}"

    def join(self, *parts: Tensor) -> Tensor:
        """Tokens of each kind, numbered from 0, as rows of the model: (B, n) for each part -> (B, D)."""
        if len(parts) != len(self.parts):
            raise ValueError(f"parts must be {len(self.parts)}, got {len(parts)}")
        rows = []
        for k, (part, first, (n, size)) in enumerate(
            zip(parts, self._firsts, self.parts, strict=True)
        ):
            rows.append(checks.whole(f"parts[{k}]", part, "B N", N=n, below=size) + first)
        checks.same_size(0, **{f"parts[{k}]": row for k, row in enumerate(rows)})
        return torch.cat(rows, dim=1)

    def split(self, x: Tensor) -> list[Tensor]:
        """The inverse of `join`: (B, D) -> tokens of each kind, numbered from 0."""
        self.check_shape(x)
        self._check_places("x", x)
        return [x[:, row] - first for row, first in zip(self._rows, self._firsts, strict=True)]

    def conditionals(self, x: Tensor) -> Categorical:
        """p(x_i | x_<i) of every token at once: (B, D) -> batch shape (B, D), -inf for what cannot stand there."""
        self.check_shape(x)
        return self._distribution(self.read(self.token(x)), self.possible)

    def read(self, vectors: Tensor) -> Tensor:
        """What the layers make of the tokens before each place, from the tokens' vectors: (B, D, width) -> (B, D, width)."""
        width = self.place.shape[1]
        checks.into(self, "vectors", vectors, "B D W", D=self.num_pixels, W=width)
        h = self._inputs(vectors)
        for block in self.blocks:
            h, _ = block(h)
        return h

    def _inputs(self, vectors: Tensor) -> Tensor:
        """The tokens' vectors one place late, nothing at the start, and each place's own: (B, D, width) -> the same."""
        return pad(vectors[:, :-1], (0, 0, 1, 0)) + self.place

    def _distribution(self, h: Tensor, possible: Tensor) -> Categorical:
        logits = self.out(self.norm(h)).masked_fill(~possible, -torch.inf)
        return Categorical(logits=logits, validate_args=False)

    @torch.no_grad()
    def attention(self, x: Tensor) -> Tensor:
        """How much of each place's attention goes to each token, and to the start: (B, D) -> (B, layers, heads, D, D).

        Column 0 is the start, and column j + 1 token j. A row sums to one.
        """
        self.check_shape(x)
        h, found = self._inputs(self.token(x)), []
        for block in self.blocks:
            found.append(block.weights(h))
            h, _ = block(h)
        return torch.stack(found, dim=1)

    def nats(self, x: Tensor) -> list[Tensor]:
        """-log p of each part given those before it; their sum is -log_prob: (B, D) -> a (B,) for each part."""
        each = self.conditionals(x).log_prob(x)
        return [-each[:, row].sum(1) for row in self._rows]

    @torch.no_grad()
    def sample(
        self,
        n: int,
        prefix: Tensor | None = None,
        generator: torch.Generator | None = None,
        condition: Tensor | None = None,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
    ) -> Tensor:
        """Draw token after token, keys and values of the earlier ones kept: -> (n, D), as the plain sampler does.

        At a `temperature` below 1 likely tokens become likelier; with `top_k` only so many are left at each place.
        """
        checks.number("temperature", temperature, low=COLDEST)
        if top_k is not None:
            [top_k] = checks.at_least(1, top_k=top_k)
        if condition is not None:
            self.check_condition(condition, n)
        x, known = self._start(n, prefix, self.conditionals(self._blank(1)))
        self._check_places("prefix", x[:, :known])
        kept = [None] * len(self.blocks)
        h = self.place[:1].expand(n, 1, -1)
        for i in range(self.num_pixels):
            for k, block in enumerate(self.blocks):
                h, kept[k] = block(h, kept[k])
            if i >= known:
                at = self._distribution(h, self.possible[i])
                x[:, i] = draw(_sharpened(at, temperature, top_k), generator)[:, 0]
            if i + 1 < self.num_pixels:
                h = self.token(x[:, i : i + 1]) + self.place[i + 1]
        return x

    def _check_places(self, name: str, x: Tensor) -> None:
        if not self.possible[torch.arange(x.shape[1]), x].all():
            raise ValueError(f"{name} must hold tokens that can stand at their places, got others")


class _Block(nn.Module):
    """Attention to the tokens before, then two layers for each token alone, both added to what came: (B, D, width)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.queries_keys_values, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(
        self, h: Tensor, kept: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """With the keys and values `kept` of earlier tokens, h is the next token alone; gives all of them back."""
        q, k, v = self._queries_keys_values(h)
        if kept is not None:
            k, v = torch.cat([kept[0], k], dim=2), torch.cat([kept[1], v], dim=2)
        seen = scaled_dot_product_attention(q, k, v, is_causal=kept is None)
        h = h + self.mix(seen.transpose(1, 2).flatten(2))
        return h + self.down(gelu(self.up(self.norm_2(h)))), (k, v)

    def weights(self, h: Tensor) -> Tensor:
        """How much each place attends to each up to itself, softmax(q k / sqrt(size)): (B, D, width) -> (B, heads, D, D)."""
        q, k, _ = self._queries_keys_values(h)
        alike = q @ k.mT / k.shape[-1] ** 0.5
        later = torch.ones_like(alike, dtype=torch.bool).triu(1)
        return alike.masked_fill(later, -torch.inf).softmax(3)

    def _queries_keys_values(self, h: Tensor) -> Tensor:
        """Of each head: -> (3, B, heads, D, width / heads)."""
        together = self.queries_keys_values(self.norm_1(h))
        return together.unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)


def _sharpened(tokens: Categorical, temperature: float, top_k: int | None) -> Categorical:
    """Logits divided by the temperature, and all but the `top_k` largest left out."""
    logits = tokens.logits / temperature
    if top_k is not None and top_k < logits.shape[-1]:
        least = logits.topk(top_k, dim=-1).values[..., -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    return Categorical(logits=logits, validate_args=False)
