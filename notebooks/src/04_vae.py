# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4 · VAE: an encoder, a decoder and a bound
#
# > A VAE puts probability into an encoder and a decoder. The encoder learns the distribution of the latent variables, and so it gives a
# > mean and a variance. The decoder learns the mean and the variance of what is generated.
#
# **What is missing in an autoencoder, so that it cannot invent digits?**
#
# After this notebook you can derive the bound that a VAE climbs, measure how far it is below the truth, train a VAE in
# twenty seconds, and walk through its latent space.
#
# Key terms: latent variable (잠재 변수), encoder and decoder (인코더, 디코더), autoencoder (오토인코더), prior (사전 분포), posterior (사후 분포),
# evidence lower bound (ELBO, 증거 하한), Kullback-Leibler divergence (쿨백-라이블러 발산), reparameterisation
# (재매개변수화), posterior collapse (사후 분포 붕괴).
#
# Everything is imported in one place.

# %%
import inspect
import json
from functools import cache
from pathlib import Path

import torch
from torch import nn
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from genlib import metrics, pictures, weights
from genlib.data import binarize, digits
from genlib.exercises import vae as exercise
from genlib.models import NADE, VAE, Autoencoder, LatentVariableModel, LinearGaussianVAE
from genlib.models import OrderEnsemble, active_units, bernoulli, gaussian_kl, mlp, negative_elbo
from genlib.pretrain import bound_nats, elbo_nats, train_vae
from genlib.training import Player, fit, minibatches
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# ## The question
#
# All models so far draw pixel after pixel: 64 steps for a small digit. And none of them can say what an image is *about*. An
# **autoencoder** (오토인코더) can: an encoder turns the image into a few numbers, its **code**, and a decoder turns the code back into an image. The same
# digits, the same split:

# %%
images = {split: digits(split)[0] for split in ("train", "valid", "test")}
labels = {split: digits(split)[1] for split in images}
x = {split: binarize(images[split]).flatten(1) for split in images}  # (N, 64) each

# %% [markdown]
# Two numbers for each digit, so that you can see all codes at once. About four seconds:

# %%
torch.manual_seed(0)
autoencoder = Autoencoder(mlp(64, 256, 2), mlp(2, 256, 64), bernoulli, latent_dim=2)
batches = minibatches(x["train"], size=128, generator=torch.Generator().manual_seed(0))
fit({"autoencoder": Player(autoencoder, autoencoder.reconstruction_loss)}, batches, steps=1000)

codes = autoencoder.encode(x["train"]).detach()
pictures.show(pictures.plane(codes, labels["train"], reach=30)[None], pixels=360)

# %% [markdown]
# Each dot is a training digit, its colour is its class. Nobody told the network about classes, and still they lie apart. But where will you
# put a *new* code? The codes fill no region that you know: there are arms, and there are **holes**.
#
# Can you see the difference in what is drawn? Decode codes of training digits, then codes from a normal distribution with the same mean
# and covariance as the codes have:

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
guess = MultivariateNormal(codes.mean(0), codes.T.cov()).sample((12,))
both = {"of a digit": codes[:12], "of a normal": guess}
pictures.rows(
    {k: autoencoder.decode(z).mean.detach().view(-1, 1, 8, 8) for k, z in both.items()}, 12
)

# %% [markdown]
# Eyes are kind. Ask a judge: the four NADEs of notebook 2 know how surprising an image is, in nats.

# %%
judge = OrderEnsemble([NADE(64, 128) for _ in range(4)], torch.arange(64).expand(4, 64))
weights.load("nade_orders", judge)
surprise = lambda images: -judge.log_prob(images).mean().item()


def drawn(decode, z):
    """Binary images drawn from p(x | z): (N, 64)."""
    return decode(z).probs.bernoulli().detach()


# %% [markdown]
# How surprising are 500 digits that nobody drew before?

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
many = MultivariateNormal(codes.mean(0), codes.T.cov()).sample((500,))
print(f"test digits               {surprise(x['test']):.0f} nats")
print(f"drawn at training codes   {surprise(drawn(autoencoder.decode, codes[:500])):.0f}")
print(f"drawn at normal codes     {surprise(drawn(autoencoder.decode, many)):.0f}")

# %% [markdown]
# So an autoencoder is not a generative model. It has no distribution of codes to draw from, and it says nothing about $p(x)$.
#
# ## The equations
#
# Give it both. First choose where codes come from: the **prior** (사전 분포) $p(z) = N(0, I)$. A decoder gives $p(x \mid z)$. Then the image has a probability:
#
# $$p(x) = \int p(x \mid z)\, p(z)\, dz$$
#
# In words: the average over all codes of how well each explains the image. Nearly all codes explain it badly, so an average over random codes needs very
# many of them. The **posterior** (사후 분포) $p(z \mid x)$ says which codes matter, but it has the same integral in it. So a second network, the encoder,
# *guesses* it: $q(z \mid x)$, a Gaussian whose mean and standard deviation it gives. For every $q$, good or bad:
#
# $$\log p(x) = \underbrace{E_q[\log p(x \mid z)] - KL(q(z \mid x) \,\|\, p(z))}_{\text{ELBO}} + KL(q(z \mid x) \,\|\, p(z \mid x))$$
#
# The **Kullback-Leibler divergence** (쿨백-라이블러 발산) $KL(q \| p) = E_q[\log q - \log p]$ says how far $q$ is from $p$. It is never negative, and zero only where they
# agree. So the **ELBO** (evidence lower bound, 증거 하한) is never above $\log p(x)$, and the gap is exactly how wrong the guess $q$ is. Its two
# parts: the **reconstruction term** (how well do guessed codes explain the image?) and the **prior-fitting term** (how far is the guess from the prior?).
#
# ## The equations as code
#
# One image, loops, nothing clever. For a Gaussian guess the prior-fitting term has a closed form, $\frac12 \sum_z (m^2 + s^2 - 1 - \log s^2)$:


# %%
def naive_elbo(vae, image, noise):
    """One image (D,), one noise (Z,): the two terms of the ELBO in nats."""
    mean, log_std = vae.encoder(image[None])[0].chunk(2)
    std, fitting, z = log_std.exp(), 0.0, []
    for m, s, e in zip(mean, std, noise, strict=True):
        z.append(m + s * e)
        fitting += (m**2 + s**2 - 1 - torch.log(s**2)) / 2
    logits, reconstruction = vae.decoder(torch.stack(z)[None])[0], 0.0
    for pixel, logit in zip(image, logits, strict=True):
        p = torch.sigmoid(logit)
        reconstruction += torch.log(p if pixel == 1 else 1 - p)
    return reconstruction, fitting


# %% [markdown]
# Is the closed form right? Two other ways to the same number: an average of $\log q(z) - \log p(z)$ over many draws from $q$, and torch's own:

# %%
mean, log_std = torch.tensor([1.0, -0.5]), torch.tensor([-1.0, 0.3])
q, prior = Normal(mean, log_std.exp()), Normal(torch.zeros(2), torch.ones(2))
torch.manual_seed(0)
z = q.sample((100_000,))

by_draws = (q.log_prob(z) - prior.log_prob(z)).sum(1).mean()
closed = gaussian_kl(mean, log_std)
assert torch.allclose(closed, kl_divergence(q, prior).sum()) and abs(by_draws - closed) < 0.03
print(f"closed form {closed:.2f}, 100,000 draws {by_draws:.2f}")

# %% [markdown]
# ## Is it a bound?
#
# There is a world where the integral has an answer: let the decoder be a straight line, $p(x \mid z) = N(Wz + b, s^2)$. Then $p(x)$ is a Gaussian too, and the
# posterior as well (this is **probabilistic PCA**, 확률적 주성분 분석). So every quantity above is a number you can check:

# %%
torch.manual_seed(0)
world = LinearGaussianVAE(num_pixels=6, latent_dim=2).double()
nn.init.normal_(world.W)
point = world.sample(1, torch.Generator().manual_seed(3))
truth, posterior = world.exact_log_prob(point).detach(), world.posterior(point)
mean, cov = posterior.loc.detach(), posterior.covariance_matrix.detach()


def guess_of(width, shift):
    """A Gaussian q(z|x): the exact posterior, `width` times as wide and moved by `shift`."""
    return MultivariateNormal(mean + shift, cov * width**2)


# %% [markdown]
# The posterior itself, then guesses that are too wide, too narrow, or in the wrong place:

# %%
for width, shift in ((1, 0.0), (2, 0.0), (0.5, 0.0), (1, 0.3)):
    q = guess_of(width, shift)
    elbo, gap = world.exact_elbo(point, q), kl_divergence(q, posterior)
    assert torch.allclose(elbo + gap, truth)
    print(f"width {width:3}, shift {shift}: ELBO {elbo.item():7.2f} + KL {gap.item():.2f}", end="")
    print(f" = log p(x) {truth.item():.2f}")

# %% [markdown]
# The sum is the same each time: the gap *is* the KL. With the exact posterior the bound is tight.
#
# ### A better bound from more draws
#
# Draw $k$ codes from $q$ and average the *probabilities* before the logarithm is taken (importance weighting, 중요도 가중):
#
# $$L_k = E \log \frac1k \sum_{i=1}^k \frac{p(x, z_i)}{q(z_i \mid x)} \qquad \text{ELBO} = L_1 \le L_5 \le L_{50} \le \dots \to \log p(x)$$


# %%
def bound(k, q, repeats=4000):
    """L_k by `repeats` runs of k draws each."""
    points = point.expand(repeats, -1)
    w = world.log_weights(points, k, q.expand((repeats,)), torch.Generator().manual_seed(0))
    return (torch.logsumexp(w, 0) - torch.tensor(k).log()).mean().item()


q = guess_of(2, 0.3)
rising = [bound(k, q) for k in (1, 5, 50, 500)]
assert rising == sorted(rising) and rising[-1] < truth.item() + 0.02
print("L_1, L_5, L_50, L_500:", *[f"{b:.2f}" for b in rising], f"-> log p(x) = {truth.item():.2f}")
exact_weights = world.log_weights(point, 50, posterior, torch.Generator().manual_seed(0))
assert torch.allclose(exact_weights, truth.expand(50, 1))

# %% [markdown]
# The last line checks something stronger. With the exact posterior *every* single draw gives $\log p(x)$: no noise is left at all.
#
# ### Learning finds the exact answer
#
# Can gradient steps on the ELBO find the best linear model? For it there is a closed form too (the eigenvectors of the digits' covariance). Ten latent
# variables, grey digits, some seconds:

# %% tags=["nbval-ignore-output"]
grey = images["train"].flatten(1)
torch.manual_seed(0)
linear = LinearGaussianVAE(64, 10)
loss = lambda grey: -linear.exact_elbo(grey).mean()
adam = torch.optim.Adam(linear.parameters(), lr=0.02)
fit({"linear": Player(linear, loss, adam)}, iter(lambda: (grey,), None), steps=700)

best = LinearGaussianVAE.maximum_likelihood(grey, 10).exact_log_prob(grey).mean().item()
print(f"ELBO {linear.exact_elbo(grey).mean().item():.3f}, best possible log p {best:.3f}")
assert 0 < best - linear.exact_elbo(grey).mean().item() < 0.05

# %% [markdown]
# ## The same numbers, faster: a draw with a gradient
#
# The code $z$ is drawn, and a draw has no derivative. **Reparameterisation** (재매개변수화) writes it as $z = m + s\,\varepsilon$ with
# $\varepsilon$ from $N(0, 1)$: the noise is outside, and the gradient flows through $m$ and $s$. The older way, the score function, needs only the value
# $f(z)$: the gradient of $E_q f(z)$ with respect to $m$ is $E_q[f(z)\,(z - m)/s^2]$. Both are right on average. How noisy is one draw? Take
# $f(z) = -(z - 3)^2$ with $m = 0$, $s = 1$, where the true gradient is 6:

# %%
noise = torch.randn(10_000, generator=torch.Generator().manual_seed(0))
one_draw = {"reparameterised": -2 * (noise - 3), "score function": -((noise - 3) ** 2) * noise}
for name, estimates in one_draw.items():
    print(f"{name:15} mean {estimates.mean():.1f}, one draw is off by {estimates.std():.1f}")

# %% [markdown]
# The score function is several times noisier, and you would need the square of that ratio in draws to make up for it. So VAEs use the first. The
# library's code is four lines, and the naive loops agree with it:

# %%
print(inspect.getsource(LatentVariableModel.reconstruction))

torch.manual_seed(0)
small = VAE(mlp(64, 32, 6), mlp(3, 32, 64), bernoulli, latent_dim=3)
noise = torch.randn(1, 3, generator=torch.Generator().manual_seed(5))[0]
naive = naive_elbo(small, x["test"][0], noise)
library = small.elbo(x["test"][:1], generator=torch.Generator().manual_seed(5))
assert torch.allclose(naive[0] - naive[1], library[0], atol=1e-3)
