"""Conditionals that share their numbers: logistic regressions, NADE and its real-valued sister RNADE."""

import abc

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.distributions import Bernoulli, Categorical, Distribution, MixtureSameFamily, Normal

from genlib import checks
from genlib.models.autoregressive import Autoregressive
from genlib.models.networks import bounded_log_std
from genlib.models.sampling import draw


class LogisticAutoregression(Autoregressive):
    """Binary pixels, each a logistic regression on those before it: D (D + 1) / 2 numbers.

        p(x_i = 1 | x_<i) = sigmoid(b_i + sum_j<i W_ij x_j)

    The fully visible sigmoid belief net (Neal, 1992; Frey, 1998). W holds the strictly lower triangle,
    row after row: (D (D - 1) / 2,); b is (D,). D is `num_pixels`.
    """

    def __init__(self, num_pixels: int):
        super().__init__(num_pixels)
        below = torch.tril_indices(num_pixels, num_pixels, offset=-1)  # the pairs j < i
        self.register_buffer("below", below, persistent=False)
        self.W = nn.Parameter(torch.zeros(below.shape[1]))
        self.b = nn.Parameter(torch.zeros(num_pixels))

    def extra_repr(self) -> str:
        return f"num_pixels={self.num_pixels}"

    def conditionals(self, x: Tensor) -> Bernoulli:
        """p(x_i = 1 | x_<i) for every i: (B, D) -> Bernoulli of batch shape (B, D)."""
        self.check_shape(x)
        W = self.W.new_zeros(self.num_pixels, self.num_pixels).index_put(tuple(self.below), self.W)
        return Bernoulli(logits=x @ W.T + self.b, validate_args=False)  # log_prob checks the values


class _SharedHidden(Autoregressive):
    """Conditionals that read one running sum, a_1 = c and a_i+1 = a_i + W_:,i x_i, and nothing else.

    W is (H, D), c is (H,). To carry the sum from pixel to pixel is what makes a sample cost O(HD).
    """

    def __init__(self, num_pixels: int, hidden: int):
        super().__init__(num_pixels)
        checks.at_least(1, hidden=hidden)
        self.W = nn.Parameter(0.05 * torch.randn(hidden, num_pixels))
        self.c = nn.Parameter(torch.zeros(hidden))

    def extra_repr(self) -> str:
        return f"num_pixels={self.num_pixels}, hidden={len(self.c)}"

    @abc.abstractmethod
    def _conditional(self, i: int, a: Tensor) -> Distribution:
        """The conditionals of pixel i alone, from its running sum: (B, H) -> batch shape (B,)."""

    @torch.no_grad()
    def sample(
        self, n: int, prefix: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw x_1, then x_2 given x_1, and so on, in O(HD) an image: -> (n, D).

        `prefix`, (k,) or (n, k), fixes the first k pixels; `generator` is the only source of noise.
        """
        x, known = self._start(n, prefix, self._conditional(0, self.c[None]))
        W = self.W.T.contiguous()  # a pixel a row
        a = x[:, :known] @ W[:known] + self.c  # (n, H)
        for i in range(known, self.num_pixels):
            x[:, i] = draw(self._conditional(i, a), generator)
            a.addcmul_(x[:, i, None], W[i])
        return x


class NADE(_SharedHidden):
    """Binary pixels whose conditionals share one hidden layer: 2HD + H + D numbers. First derivatives only.

        h_i = sigmoid(c + W_:,<i x_<i)
        p(x_i = 1 | x_<i) = sigmoid(b_i + V_i . h_i)

    W is (H, D), c is (H,), V is (D, H), b is (D,). (Larochelle and Murray, 2011.)

    Arguments:
        num_pixels: D, the pixels of an image, each 0 or 1
        hidden: H, the units of the hidden layer

    Example:
        >>> from genlib.data import every_image
        >>> model = NADE(num_pixels=4, hidden=3)
        >>> model.sample(2).shape
        torch.Size([2, 4])
        >>> round(model.log_prob(every_image(4)).exp().sum().item(), 2)
        1.0
    """

    def __init__(self, num_pixels: int, hidden: int):
        super().__init__(num_pixels, hidden)
        self.V = nn.Parameter(0.05 * torch.randn(num_pixels, hidden))
        self.b = nn.Parameter(torch.zeros(num_pixels))

    def conditionals(self, x: Tensor) -> Bernoulli:
        """p(x_i = 1 | x_<i) for every i, in O(HD) per image: (B, D) -> Bernoulli of batch shape (B, D)."""
        self.check_shape(x)
        logits = _Logits.apply(x, self.W, self.c, self.V, self.b)
        return Bernoulli(logits=logits, validate_args=False)

    def _conditional(self, i: int, a: Tensor) -> Bernoulli:
        logit = a.sigmoid() @ self.V[i] + self.b[i]
        return Bernoulli(logits=logit, validate_args=False)


class _Logits(torch.autograd.Function):
    """NADE's logits with a backward pass of their own: both keep a few (B, H) tensors, no (B, D, H) one.

    Autograd would remember every step of the sum. Here backward walks it back instead, subtracting what
    forward added, and the working set stays in the cache, as that of a cumsum would not: on 784 pixels
    3 to 4 times faster than autograd's loop and 9 to 23 times faster than cumsum (`benchmarks/nade.py`).
    """

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, W: Tensor, c: Tensor, V: Tensor, b: Tensor) -> Tensor:
        x, W = x.T.contiguous(), W.T.contiguous()  # a pixel a row
        a = c.repeat(x.shape[1], 1)  # (B, H)
        h, logits = torch.empty_like(a), torch.empty_like(x)
        for x_i, W_i, V_i, logit in zip(x[:, :, None], W, V, logits, strict=True):
            torch.sigmoid(a, out=h)
            torch.mv(h, V_i, out=logit)
            a.addcmul_(x_i, W_i)
        ctx.save_for_backward(x, W, V, a)
        return logits.T + b

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, W, V, a = ctx.saved_tensors
        a, grad = a.clone(), grad.T.contiguous()
        h, grad_a = torch.empty_like(a), torch.zeros_like(a)
        grad_x = torch.empty_like(x) if ctx.needs_input_grad[0] else None
        grad_W, grad_V = torch.empty_like(W), torch.empty_like(V)
        for i in reversed(range(len(x))):  # grad_a: by way of the pixels after i
            torch.mv(grad_a.T, x[i], out=grad_W[i])
            if grad_x is not None:
                torch.mv(grad_a, W[i], out=grad_x[i])
            a.addcmul_(x[i, :, None], W[i], value=-1)
            torch.sigmoid(a, out=h)
            torch.mv(h.T, grad[i], out=grad_V[i])
            h.addcmul_(h, h, value=-1).mul_(V[i])  # the logit's derivative by a
            grad_a.addcmul_(h, grad[i, :, None])
        grad_x = None if grad_x is None else grad_x.T
        return grad_x, grad_W.T, grad_a.sum(0), grad_V, grad.sum(1)


class RNADE(_SharedHidden):
    """Real pixels, each a mixture of K Gaussians whose numbers one shared hidden layer gives.

        h_i = relu(rho_i (c + W_:,<i x_<i))
        p(x_i | x_<i) = sum_k softmax_k(z) Normal(x_i; mean_k, std_k),  z, mean, std from b_i + V_i h_i

    W is (H, D), c is (H,), rho is (D,), V is (D, 3K, H), b is (D, 3K). The log of std stays between
    LOW and HIGH, so that a constant pixel has no infinite density. (Uria et al., 2013.)

    Arguments:
        num_pixels: D, the pixels of an image, each any real number
        hidden: H, the units of the hidden layer
        components: K, the Gaussians in the mixture of each pixel

    Example:
        >>> model = RNADE(num_pixels=4, hidden=3, components=2)
        >>> x = model.sample(5)
        >>> x.shape, model.log_prob(x).shape
        (torch.Size([5, 4]), torch.Size([5]))
    """

    LOW, HIGH = -5.0, 1.0  # of the log of std

    def __init__(self, num_pixels: int, hidden: int, components: int = 6):
        super().__init__(num_pixels, hidden)
        [components] = checks.at_least(1, components=components)
        self.rho = nn.Parameter(torch.ones(num_pixels))
        self.V = nn.Parameter(0.05 * torch.randn(num_pixels, 3 * components, hidden))
        means = (torch.arange(components) + 0.5) / components  # spread over [0, 1)
        start = torch.cat([torch.zeros(components), means, torch.zeros(components)])
        self.b = nn.Parameter(start.repeat(num_pixels, 1))

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, components={self.b.shape[1] // 3}"

    def conditionals(self, x: Tensor) -> MixtureSameFamily:
        """p(x_i | x_<i) for every i: (B, D) -> mixtures of batch shape (B, D)."""
        self.check_shape(x)
        added = x[:, :, None] * self.W.T  # what pixel j adds to later sums: (B, D, H)
        before = added.cumsum(dim=1) - added
        h = torch.relu(self.rho[:, None] * (self.c + before))
        return self._mixture(torch.einsum("bdh,dmh->bdm", h, self.V) + self.b)

    def _conditional(self, i: int, a: Tensor) -> MixtureSameFamily:
        return self._mixture(torch.relu(self.rho[i] * a) @ self.V[i].T + self.b[i])

    def _mixture(self, z: Tensor) -> MixtureSameFamily:
        """(..., 3K) -> mixtures of batch shape (...)."""
        logits, mean, log_std = z.chunk(3, dim=-1)
        std = bounded_log_std(log_std, self.LOW, self.HIGH).exp()
        parts = (
            Categorical(logits=logits, validate_args=False),
            Normal(mean, std, validate_args=False),
        )
        return MixtureSameFamily(*parts, validate_args=False)
