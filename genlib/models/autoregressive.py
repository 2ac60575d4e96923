"""The chain rule, written once."""

import abc
import math

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from genlib import checks
from genlib.models.sampling import check_values, draw, pick


class Autoregressive(nn.Module, abc.ABC):
    """p(x) = p(x_1) p(x_2 | x_1) ... p(x_D | x_<D), over D = `num_pixels` in the order of the columns.

    A subclass says what its conditionals are; the log-likelihood and the sampler follow. With a `vocabulary` the
    "pixels" are tokens, whole numbers 0, ..., vocabulary - 1. A model of p(x | c) takes the condition c, a row for
    each image, behind x, and says in `check_condition` what it may be.
    """

    def __init__(self, num_pixels: int, vocabulary: int | None = None):
        super().__init__()
        [self.num_pixels] = checks.at_least(1, num_pixels=num_pixels)
        if vocabulary is not None:
            [vocabulary] = checks.at_least(2, vocabulary=vocabulary)
        self.vocabulary = vocabulary

    @abc.abstractmethod
    def conditionals(self, x: Tensor, condition: Tensor | None = None) -> Distribution:
        """All D conditionals at once: (B, D) -> a distribution of batch shape (B, D).

        Entry i may read x[:, :i] and the image's own condition only. It asks for the shape and the type of x, and
        takes any values. A model without conditions leaves the second argument out.
        """

    def check_shape(self, x: Tensor) -> None:
        """Raise a ValueError unless x is (B, D) with at least one image, of the model's dtype or tokens it knows."""
        if self.vocabulary is None:
            checks.into(self, "x", x, "B D", D=self.num_pixels)
            return
        if checks.dense("x", x, "B D", D=self.num_pixels).dtype != torch.int64:
            raise ValueError(f"x must be tokens, torch.int64, got {x.dtype}")
        checks.whole("x", x, "B D", below=self.vocabulary)

    def check_condition(self, condition: Tensor, n: int) -> None:
        """Raise a ValueError unless the condition has a row for each of n images; a model that takes one says how."""
        raise ValueError(f"condition must be None, {type(self).__name__} takes none")

    def log_prob(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """log p(x), or log p(x | c), in nats: (B, D) -> (B,). ValueError for values that no pixel can take."""
        conditionals = self._conditionals(x, condition)
        check_values("x", x, conditionals)
        return conditionals.log_prob(x).sum(dim=1)

    @torch.no_grad()
    def sample(
        self,
        n: int,
        prefix: Tensor | None = None,
        generator: torch.Generator | None = None,
        condition: Tensor | None = None,
    ) -> Tensor:
        """Draw x_1, then x_2 given x_1, and so on: -> (n, D).

        `prefix`, (k,) or (n, k), fixes the first k pixels; `generator` is the only source of noise;
        `condition` has a row for each of the n images.
        """
        first = None if condition is None else condition[:1]
        x, known = self._start(n, prefix, self._conditionals(self._blank(1), first))
        for i in range(known, self.num_pixels):
            x[:, i] = draw(pick(self._conditionals(x, condition), i), generator)
        return x

    def _conditionals(self, x: Tensor, condition: Tensor | None) -> Distribution:
        """Of p(x), or of p(x | c) where there is a condition."""
        if condition is None:
            return self.conditionals(x)
        self.check_condition(condition, len(x))
        return self.conditionals(x, condition)

    def _blank(self, n: int) -> Tensor:
        """Images that nothing was drawn into: -> (n, D) zeros."""
        like = checks.first_of(self)
        dtype = like.dtype if self.vocabulary is None else torch.int64
        return like.new_zeros(n, self.num_pixels, dtype=dtype)

    def _start(self, n: int, prefix: Tensor | None, pixels: Distribution) -> tuple[Tensor, int]:
        """Images (n, D), the prefix and zeros behind it, and its length.

        ValueError where the prefix does not fit, or `pixels`, any of the conditionals, cannot take its values.
        """
        checks.at_least(1, n=n)
        x = self._blank(n)
        if prefix is None:
            return x, 0
        checks.dense("prefix", prefix)
        known = prefix.shape[-1] if prefix.dim() else 0
        if prefix.shape not in ((known,), (n, known)) or known > self.num_pixels:
            raise ValueError(
                f"prefix must be (k,) or ({n}, k) with k at most {self.num_pixels}, "
                f"got {tuple(prefix.shape)}"
            )
        if known and self.vocabulary is not None:
            prefix = checks.whole("prefix", prefix, "... K", K=known)
        if known:
            x[:, :known] = checks.alike("prefix", prefix.expand(n, -1), x[:, :known])
            check_values("prefix", x, pixels)
        return x, known


class OrderEnsemble(nn.Module):
    """The mixture of K models that read the pixels in different orders: p(x) = mean_k p_k(x[order_k]).

    Joint probabilities are averaged, never conditionals or logits: only the first sums to one. `models` are K,
    of D pixels each, and `orders` is (K, D).
    """

    def __init__(self, models: list[Autoregressive], orders: Tensor):
        super().__init__()
        checks.kind("models", models, list, tuple, nn.ModuleList)
        for model in models:
            checks.kind("models", model, Autoregressive)
        orders = checks.whole("orders", orders, "K D")
        pixels = torch.arange(orders.shape[1])
        if not torch.equal(orders.sort(1).values, pixels.expand_as(orders)):
            raise ValueError(
                f"orders must be (K, D), each row a permutation of 0, ..., {len(pixels) - 1}, not all are"
            )
        if len(models) != len(orders) or {m.num_pixels for m in models} != {len(pixels)}:
            raise ValueError(
                f"orders and models must be of one number and size, got orders {tuple(orders.shape)} "
                f"and models of {[m.num_pixels for m in models]} pixels"
            )
        self.models = nn.ModuleList(models)
        self.register_buffer("orders", orders.clone())

    def extra_repr(self) -> str:
        models, num_pixels = self.orders.shape
        return f"models={models}, num_pixels={num_pixels}"

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x) in nats, x in raster order: (B, D) -> (B,)."""
        self.models[0].check_shape(x)
        joint = [
            model.log_prob(x[:, order])
            for model, order in zip(self.models, self.orders, strict=True)
        ]
        return torch.stack(joint).logsumexp(0) - math.log(len(joint))

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw a model for every image, then the image from it: -> (n, D) in raster order."""
        checks.at_least(1, n=n)
        checks.noise(generator)
        which = torch.randint(len(self.models), (n,), generator=generator)
        images = []
        for k, (model, order) in enumerate(zip(self.models, self.orders, strict=True)):
            if count := int((which == k).sum()):
                images.append(model.sample(count, generator=generator)[:, order.argsort()])
        x = torch.empty_like(torch.cat(images))
        x[which.argsort()] = torch.cat(images)
        return x
