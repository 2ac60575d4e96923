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
# After this notebook you can derive the bound that a VAE climbs, and measure how far it is below the truth. You train a VAE in ten
# seconds, and walk through its latent space.
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
from itertools import product
from pathlib import Path

import torch
from torch import nn
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from genlib import metrics, pictures, weights
from genlib.data import binarize, digits
from genlib.exercises import vae as exercise
from genlib.judges import bound_nats, elbo_nats, shipped_nade
from genlib.models import Autoencoder, LinearGaussianVAE, mlp
from genlib.models.sampling import draw
from genlib.models.vae import VAE, active_units, bernoulli, gaussian_kl
from genlib.recipes.vae import mnist_vae, train_vae
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
# Two autoencoders: with two numbers a code you can see all codes at once, with sixteen the images are sharper. They are trained so that the decoder's pixel probabilities give the image few nats. Some seconds:

# %%
autoencoders, codes = {}, {}
for Z in (2, 16):
    torch.manual_seed(0)
    model = Autoencoder(mlp(64, 256, Z), mlp(Z, 256, 64), bernoulli, latent_dim=Z)
    batches = minibatches(x["train"], size=128, generator=torch.Generator().manual_seed(0))
    fit({"autoencoder": Player(model, model.reconstruction_loss)}, batches, steps=800)
    autoencoders[Z], codes[Z] = model, model.encode(x["train"]).detach()

pictures.show(pictures.plane(codes[2], labels["train"], reach=20)[None], pixels=360)

# %% [markdown]
# Each dot is a training digit, its colour is its class: 0 blue, 1 orange, 2 green, 3 red, 4 purple, 5 brown, 6 pink, 7 grey, 8 olive, 9 cyan. Nobody told the network about classes, and still many lie apart. But where will you put a
# *new* code? The codes fill no region that you know: there are arms, and there are **holes**. With sixteen numbers you cannot see the holes, so fall
# into them. Decode codes of training digits, codes from a normal distribution with the same mean and covariance, and codes from $N(0, I)$. Eyes are kind, so
# ask a judge too: the four NADEs of notebook 2 know how surprising an image is, in nats. How surprising are 500 images of each kind?

# %% tags=["nbval-ignore-output"]
judge = shipped_nade()
surprise = lambda images: -judge.log_prob(images).mean().item()

torch.manual_seed(0)
fitted = MultivariateNormal(codes[16].mean(0), codes[16].T.cov()).sample((500,))
places = {"of digits": codes[16], "fitted normal": fitted, "N(0, I)": torch.randn(500, 16)}
decoded = {name: autoencoders[16].decode(z[:500]).probs.detach() for name, z in places.items()}
print(f"test digits                  {surprise(x['test']):.0f} nats")
print(f"coin flips                  {surprise(torch.rand(500, 64).round()):.0f} nats")
for name, p in decoded.items():
    print(f"drawn at codes {name:13} {surprise(p.bernoulli()):.0f} nats")
pictures.rows({name: p[:12].view(-1, 1, 8, 8) for name, p in decoded.items()}, 12)

# %% [markdown]
# At its own codes it gives back what it has learnt. At codes of the fitted normal it is clearly worse, and at codes from $N(0, I)$ it draws what no digit looks like.
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
# *guesses* it: $q(z \mid x)$, a Gaussian with independent parts, a mean and a standard deviation for each. Bayes says $p(x) = p(x, z) / p(z \mid x)$ for every $z$. Take logarithms, add and subtract $\log q(z \mid x)$, and average over $q$. So for every $q$, good or bad:
#
# $$\log p(x) = \underbrace{E_q[\log p(x \mid z)] - KL(q(z \mid x) \,\|\, p(z))}_{\text{ELBO}} + KL(q(z \mid x) \,\|\, p(z \mid x))$$
#
# The **Kullback-Leibler divergence** (쿨백-라이블러 발산) $KL(q \| p) = E_q[\log q - \log p]$ says how far $q$ is from $p$. It is never negative, and zero only where they
# agree. So the **ELBO** (evidence lower bound, 증거 하한) is never above $\log p(x)$, and the gap is exactly how wrong the guess $q$ is. Its two
# parts: the **reconstruction term** (how well do guessed codes explain the image?) and the **prior-fitting term** (how far is the guess from the prior?).
#
# ## The equations as code
#
# One image, loops, nothing clever. For a Gaussian guess the prior-fitting term has a closed form, $\frac12 \sum_j (m_j^2 + s_j^2 - 1 - \log s_j^2)$:


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
mean, log_std = torch.tensor([2.0, -0.5]), torch.tensor([-1.0, 0.3])
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
# There is a world where the integral has an answer: let the decoder be a straight line, $p(x \mid z) = N(Wz + b, \sigma^2)$. Then $p(x)$ is a Gaussian too, and the
# posterior as well (this is **probabilistic PCA**, 확률적 주성분 분석). So every quantity above is a number you can check:

# %%
torch.manual_seed(0)
world = LinearGaussianVAE(num_pixels=6, latent_dim=2).double()
nn.init.normal_(world.W)
point = world.sample(1, torch.Generator().manual_seed(3))
truth, posterior = world.log_prob(point).detach(), world.posterior(point)
mean, cov = posterior.loc.detach(), posterior.covariance_matrix.detach()


def guess_of(width, shift):
    """A Gaussian q(z|x): the exact posterior, `width` times as wide and moved by `shift`."""
    return MultivariateNormal(mean + shift, cov * width**2)


# %% [markdown]
# The posterior itself, then guesses that are too wide, too narrow, or in the wrong place. ELBO + KL = $\log p(x)$:

# %%
for width, shift in ((1, 0.0), (2, 0.0), (0.5, 0.0), (1, 0.3)):
    q = guess_of(width, shift)
    elbo, gap = world.exact_elbo(point, q), kl_divergence(q, posterior)
    assert torch.allclose(elbo + gap, truth)
    print(f"width {width:3}, shift {shift}: {elbo[0]:6.2f} + {gap[0].abs():.2f} = {truth[0]:.2f}")

# %% [markdown]
# The sum is the same each time: the gap *is* the KL. With the exact posterior the bound is tight. A guess with independent parts cannot be tilted as the posterior is. The best one stays below by
# $\frac12 (\sum_i \log P_{ii} - \log |P|)$, where $P$ is the inverse of the posterior's covariance:

# %%
P = torch.linalg.inv(cov[0])
print(f"independent parts: {(P.diagonal().log().sum() - P.logdet()) / 2:.2f} nats below at best")

# %% [markdown]
# ### A better bound from more draws
#
# Draw $k$ codes from $q$ and average the *probabilities* before the logarithm is taken (importance weighting, 중요도 가중):
#
# $$L_k = E \log \frac1k \sum_{i=1}^k \frac{p(x, z_i)}{q(z_i \mid x)} \qquad \text{ELBO} = L_1 \le L_5 \le L_{50} \le \dots \to \log p(x)$$


# %%
@torch.no_grad()
def bound(k, q, repeats=4000):
    """L_k by `repeats` runs of k draws each, 200 runs at a time to spare memory."""
    noise, points, guess = torch.Generator().manual_seed(0), point.expand(200, -1), q.expand((200,))
    parts = [world.log_weights(points, k, guess, noise) for _ in range(repeats // 200)]
    w = torch.cat(parts, dim=1)
    return (torch.logsumexp(w, 0) - torch.tensor(k).log()).mean().item()


q = guess_of(2, 0.3)
rising = [bound(k, q) for k in (1, 5, 50, 500)]
assert rising == sorted(rising) and rising[-1] < truth.item() + 0.02
print("L_1, L_5, L_50, L_500:", *[f"{b:.2f}" for b in rising], f"-> log p(x) = {truth.item():.2f}")
exact_weights = world.log_weights(point, 50, posterior, torch.Generator().manual_seed(0))
assert torch.allclose(exact_weights, truth.expand(50, 1))

# %% [markdown]
# The last line checks something stronger. With the exact posterior *every* single draw gives $\log p(x)$: no noise is left at all. So a VAE is **explicit** (notebook 1): $p(x)$ is written down, and you can come as
# close to it as you pay for. Only its integral cannot be done: it is **intractable** (계산 불가).
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

best = LinearGaussianVAE.maximum_likelihood(grey, 10).log_prob(grey).mean().item()
print(f"ELBO {linear.exact_elbo(grey).mean().item():.3f}, best possible log p {best:.3f}")
assert 0 < best - linear.exact_elbo(grey).mean().item() < 0.05

# %% [markdown]
# Why positive? Grey pixels have a *density*, and that can exceed 1 (notebook 2). Do not compare it with the nats of black and white digits.
#
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
# The score function is seven times noisier, so you would need some fifty times as many draws. So VAEs use the first. The
# library's draw is one line, and the naive loops agree with its ELBO:

# %%
print(inspect.getsource(draw.dispatch(Normal)))

torch.manual_seed(0)
small = VAE(mlp(64, 32, 6), mlp(3, 32, 64), bernoulli, latent_dim=3)
noise = torch.randn(1, 3, generator=torch.Generator().manual_seed(5))[0]
naive = naive_elbo(small, x["test"][0], noise)
library = small.elbo(x["test"][:1], generator=torch.Generator().manual_seed(5))
assert torch.allclose(naive[0] - naive[1], library[0], atol=1e-3)

# %% [markdown]
# ## Train it
#
# The loss is the negative ELBO, averaged over a batch: `negative_elbo`. `train_vae` adds the recipe of the last notebooks: weight decay, a learning rate that falls, an average of the
# weights, the best on the validation digits. Eight latent variables. It takes about ten seconds:

# %%
torch.manual_seed(0)
vae = VAE(mlp(64, 256, 16), mlp(8, 256, 64, dropout=0.1), bernoulli, latent_dim=8)
vae = train_vae(vae, x, steps=1600, lr=0.004, weight_decay=0.1)

# %% [markdown]
# The ELBO is only a bound. How good is the model *really*? Importance weighting comes closer and closer, on the test digits. The last lines compare with NADE digit
# by digit, as notebook 2 did, over ten seeds of each (`python benchmarks/paired.py`):

# %% tags=["nbval-ignore-output"]
found = {"-ELBO": elbo_nats(vae, x["test"])}
found |= {f"-L_{k}": bound_nats(vae, x["test"], k) for k in (10, 100, 500)}
for name, nats in found.items():
    print("{:7} {:.2f} ± {:.2f} nats".format(name, *metrics.mean_and_error(nats)))
assert found["-L_500"].mean() < 18.0  # logistic regressions have 18.19
RESULTS = Path("../benchmarks/results")
for pair in json.loads((RESULTS / "paired.json").read_text())["vae"]:
    print("{model} less {less}: {difference:+.2f} ± {error:.2f} nats".format(**pair))

# %% [markdown]
# The ladder goes on: independent pixels 25.18, logistic regressions 18.19, NADE 16.57, Row LSTM 16.58 nats. The VAE's bound lies 0.2 nats above NADE,
# twice the error of that difference: NADE is most likely a little ahead of the bound. But the VAE draws all 64 pixels in one step. That $-L_{500}$ lies below $-ELBO$ says: part of what the bound costs is the
# *guess*, not the model.
#
# ## What does it see?
#
# How many of the eight latent variables does it use? A variable is **active** where the encoder's mean moves from image to image: its variance is above 0.01.

# %% tags=["nbval-ignore-output"]
activity = active_units(vae, x["test"])
print("variances:", *[f"{a:.2f}" for a in activity.sort(descending=True).values])
print(f"{(activity > 0.01).sum()} of 8 are active")

# %% [markdown]
# An inactive variable costs nothing in the prior-fitting term: its guess *is* the prior. The decoder has learnt to ignore it. This is **posterior collapse**
# (사후 분포 붕괴), here of single variables. You will see all of them collapse below.
#
# ## Look
#
# Samples: first $z$ from the prior, then $x$ from $p(x \mid z)$. Many pictures of VAEs show the *means* of $p(x \mid z)$ instead, and they look smoother than anything that the
# model draws. Below them the training digits nearest to the samples. And what does the judge say?

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
z = torch.randn(500, 8)
means = vae.decode(z).mean.detach()
samples = means.bernoulli()
nearest = x["train"][metrics.nearest_neighbours(samples[:12], x["train"])]
shown = {"means": means[:12], "samples": samples[:12], "nearest digit": nearest}
print(f"VAE samples {surprise(samples):.1f} nats, test digits {surprise(x['test']):.1f}")
print(f"means as if black or white {surprise(means.round()):.1f}")
pictures.rows({name: y.view(-1, 1, 8, 8) for name, y in shown.items()}, columns=12)

# %% [markdown]
# Samples of the VAE are some nats odder than real digits. Rounded means are *less* surprising than real digits: they leave out all that is particular. So means are not samples, and
# they are a kinder picture. The autoencoder with a fitted normal had 20 nats: on looks alone the VAE wins little. What it adds is a bound on $p(x)$, and a prior that was chosen beforehand.
#
# Larger digits need no chain either. A VAE with convolutions, trained on the static binarized MNIST (`python -m genlib.recipes vae_mnist --data PATH`, a file of 0.7 MB), draws 784 pixels in one step. Its means:

# %%
large = mnist_vae().eval()
print(weights.load("vae_mnist", large)["nats"])
z = torch.randn(10, 32, generator=torch.Generator().manual_seed(0))
pictures.show(large.decode(z).mean.detach().view(-1, 1, 28, 28), columns=5)

# %% [markdown]
# Its *bound* does not reach NADE (87.0) or PixelCNN (85.6). More draws would lower it; how far was not measured. Its means are soft at the edges. Six or so of the ten can be read. Still, all strokes are decided at once, by $z$.
#

# %% [markdown]
# ## The two terms pull against each other
#
# The reconstruction term wants codes that say everything; the prior-fitting term wants codes that say nothing. Weigh the second by $\beta$ (beta-VAE). These come from
# a benchmark (`python benchmarks/vae.py sizes`), each with eight latent variables and one seed:

# %%
trade = json.loads((RESULTS / "vae_sizes.json").read_text())
line = "reconstruction {reconstruction:5.1f} + prior fitting {prior_fitting:5.1f} = -ELBO {elbo:5.1f}, -L_500 {bound:5.1f}, {active} active"
for row in trade["beta"]:
    print("beta {name:<5}".format(**row), line.format(**row))

# %% [markdown]
# With $\beta = 0$, the prior-fitting term **switched off**, the reconstruction is best and the bound is worthless: the codes cost 247 nats. At $\beta = 4$ four variables still count as active, but
# together they say 0.1 nats. From 16 on all have collapsed: 25.2 is what independent pixels reach without any code. A $\beta$ above 1 still gives a bound, only a looser one; below 1 it need not be one. $\beta = 1$
# has the best $-ELBO$. But with importance weights $\beta = 0.5$ is the better model: 17.5 nats against 18.0. The best bound need not mean the best $p(x)$.
#
# And how many latent variables should there be, with $\beta = 1$?

# %%
for row in trade["latent_dim"]:
    print("Z = {name:<3}".format(**row), line.format(**row))

# %% [markdown]
# Four are enough for this smaller network (the one above used six). With 16 or 32 a dozen move a little, but they share the same 4.5 to 4.7 nats.
#
# ## A game in place of a formula: the adversarial autoencoder
#
# A closed form has no noise and a gradient at once. Draws would do, but noisier: hence the Gaussians. The **adversarial autoencoder** (적대적 오토인코더) of the lecture does without: a
# third network, the discriminator, learns to tell codes from draws of the prior, and the encoder learns to fool it. Such games begin in the next
# notebook. Here is what it buys: samples of three models under the judge, from a benchmark (`python benchmarks/vae.py adversarial`):

# %%
for row in json.loads((RESULTS / "vae_adversarial.json").read_text())["samples"]:
    if "Z = 8" in row["name"] or "," not in row["name"]:
        print("{name:20} {nats:5.1f} nats, {odd:4.0%} odd".format(**row))

# %% [markdown]
# "Odd" is what the judge finds stranger than 99 of 100 digits. All draw their codes from $N(0, I)$. The autoencoder's codes lie elsewhere, so nine of ten samples are odd. With eight latent variables the VAE is far better, and the game
# better still: the adversarial autoencoder's samples surprise this judge by 17.3 to 17.6 nats, NADE's own by 16.7. But the judge is NADE, which likes what it would draw itself, and few nats do not show variety: rounded means had the
# fewest of all. With two the VAE is the worst (see the file). The game has a price: it gives no bound, and cannot say how probable a digit is.
#
# ## Play 1: walk through latent space
#
# **What lies between the classes?** This VAE has two latent variables, so you can see its whole latent space. It comes from a file (`python -m genlib.recipes vae_digits`):

# %%
pair = nn.ModuleList([VAE(mlp(64, 128, 2 * Z), mlp(Z, 128, 64), bernoulli, Z) for Z in (2, 8)])
print(weights.load("vae_digits", pair.eval())["nats"])
flat = pair[0]
where = pictures.plane(flat.encode(x["train"]).mean.detach(), labels["train"], side=112)


def enlarged(image, times):
    """A grey image (8, 8) as ink on paper in colour: (3, 8 times, 8 times)."""
    return 1 - image.view(1, 8, 8).repeat_interleave(times, 1).repeat_interleave(times, 2).expand(
        3, -1, -1
    )


def show_pad(z1=0.0, z2=0.0):
    """Where you are among the codes of the training digits, and the decoded image.

    z1: the first latent variable, to the right
    z2: the second latent variable, up
    """
    pad, column, row = where.clone(), round((1 + z1 / 3) * 55.5), round((1 - z2 / 3) * 55.5)
    pad[:, row, :] = pad[:, :, column] = 0
    p = flat.decode(torch.tensor([[z1, z2]])).probs[0]
    line = f"prior density {Normal(0, 1).log_prob(torch.tensor([z1, z2])).sum().exp():.3f}"
    return pictures.sheet(torch.stack([pad, enlarged(p, 14)])), line


# %% [markdown]
# The lines cross where you are. Cross a border between two colours slowly:

# %%
Panel(show_pad, z1=(-3.0, 3.0, 0.1), z2=(-3.0, 3.0, 0.1))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# 4s (purple) at the left, 2s (green) at the right, 0s (blue) below, 1s (orange) above, and in the crowded middle several classes on top of each other. There are no holes: wherever the prior has
# density the decoder draws something like a digit. On the border between two classes it draws what neither is. Two numbers are too few for ten classes.
# </details>
#
# ## Play 2: how much may a code say?
#
# **At which $\beta$ do the latent variables die?** Fifteen small VAEs, trained with five values of $\beta$ and three numbers of latent variables:

# %%
SIZES, BETAS = (2, 8, 32), (0.0, 0.25, 1.0, 2.0, 4.0)
make = lambda Z: VAE(mlp(64, 64, 2 * Z), mlp(Z, 64, 64), bernoulli, Z)
family = nn.ModuleList([make(Z) for Z, _ in product(SIZES, BETAS)]).eval()
weights.load("vae_sizes", family)["model"]

# %% [markdown]
# The first row shows test digits, the second their reconstructions, the third samples (means, so that you see the idea and not the noise):


# %%
def show_beta(beta=1.0, latent_dim=8, generator=None):
    """Digits, reconstructions and samples of one of the small VAEs.

    beta: how much the prior-fitting term weighs
    latent_dim: how many latent variables
    """
    model, some = family[SIZES.index(latent_dim) * 5 + BETAS.index(beta)], x["test"][:10]
    q, z = model.encode(some), torch.randn(10, latent_dim, generator=generator)
    rows = [some, model.decode(q.mean).mean, model.decode(z).mean]
    line = f"prior fitting {model.prior_fitting(x['test']).mean():.1f} nats, "
    line += f"{(active_units(model, x['test']) > 0.01).sum()} active"
    return pictures.sheet(torch.cat(rows).view(-1, 1, 8, 8), columns=10), line


# %% [markdown]
# Start at 0 and go up:

# %%
Panel(show_beta, beta=list(BETAS), latent_dim=list(SIZES), seed=(0, 20))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# At 0 the reconstructions are nearly perfect and the samples are fog: the codes live where the prior never goes (the prior fitting is 285 nats). At 0.25 and 1 both
# are digits. At 2 they melt, with 1.4 nats left. At 4 every variable has collapsed with 8 or 32 of them, and each reconstruction is the same mean digit. With 32 latent variables, $\beta = 1$ uses only 7.
# </details>
#
# ## Play 3: how tight is the bound?
#
# **Does a bad guess cost more than a few draws can repair?** The linear world, where the truth is known. The bars are $-L_1$ and $-L_k$; the dashed line is $-\log p(x)$:


# %%
@cache
def minus_bound(k, width, shift):
    return -bound(k, guess_of(width, shift), repeats=2000 if k < 100 else 400)


def show_bound(k=5, width=1.6, shift=0.0):
    """-L_1 and -L_k of one image of the linear world, against the exact value.

    k: how many draws are averaged before the logarithm
    width: how many times too wide the guess q is
    shift: how far its mean is off
    """
    named = {name: minus_bound(n, width, shift) for name, n in (("-ELBO", 1), (f"-L_{k}", k))}
    gap = named[f"-L_{k}"] + truth.item()
    line = f"with k = {k} the bound is about {max(gap, 0):.1f} nats below the truth"
    return pictures.bars(named, "nats", 20, {"-log p(x)": -truth.item()}), line


# %% [markdown]
# Make the guess bad, then buy it back with draws:

# %%
Panel(show_bound, k=[1, 2, 5, 20, 100, 500], width=(0.4, 3.0, 0.2), shift=(0.0, 1.0, 0.1))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# A guess three times too wide costs 5.8 nats, and 20 draws buy back nearly all of it. One that is too narrow (0.4) costs only 1.0, but 500 draws leave a quarter of it: they
# never visit the places that it leaves out. A guess that is off by 1 costs 7.7, and 500 draws leave 1.1. So with many draws guess wide; the ELBO alone prefers narrow.
# </details>
#
# ## Play 4: from one digit to another
#
# **Is the middle of two digits a digit?** In pixels it is two digits on top of each other. In latent space?


# %%
def show_way(first=0, second=2):
    """Nine steps between two test digits, in pixels above and in latent space below.

    first: which test digit the way begins at
    second: which test digit it ends at
    """
    t = torch.linspace(0, 1, 9)[:, None]
    mix = lambda pair: (1 - t) * pair[0] + t * pair[1]
    ends = x["test"][[first, second]]
    ways = [mix(ends), vae.decode(mix(vae.encode(ends).mean)).mean]
    nats = [surprise((way[[4]] >= 0.5).float()) for way in ways]
    line = f"ends {surprise(ends):.0f} nats; the middle: {nats[0]:.0f} in pixels, {nats[1]:.0f} in latent space"
    return pictures.sheet(torch.cat(ways).view(-1, 1, 8, 8), columns=9), line


# %% [markdown]
# The judge says how odd the two middles are:

# %% tags=["nbval-ignore-output"]
Panel(show_way, first=(0, 299), second=(0, 299))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# In pixels the middle of digits 0 and 2 (a 4 and a 7) is both at once, and the judge finds it odd: 24 nats, where the two ends have 15 on average. In latent space it is one pattern of strokes, 13 nats. Digits 8 and 9, a 1 and
# a 5: 30 against 13. Not every middle is a digit, but its strokes hang together. (It is a mean made black or white, so it may be less surprising than its ends.)
# </details>
#
# ## Break it
#
# **Mistake 1: a mean where a sum belongs.** Many public VAEs average the reconstruction over the 64 pixels, and add the prior-fitting term as a sum. That is a hidden
# $\beta$ of 64. Three seconds each:


# %% tags=["nbval-ignore-output"]
def trained_with(share):
    """A VAE whose reconstruction is divided by `share`, and its loss."""
    torch.manual_seed(0)
    model = VAE(mlp(64, 64, 16), mlp(8, 64, 64), bernoulli, 8)
    loss = lambda x: (model.prior_fitting(x) - model.reconstruction(x) / share).mean()
    fit({"vae": Player(model, loss)}, minibatches(x["train"], size=128), steps=500)
    return model, loss


for name, share in (("sum over pixels", 1), ("mean over pixels", 64)):
    model, loss = trained_with(share)
    print(f"{name:16} loss {loss(x['test']):4.1f}", end="")
    print(f", -ELBO {elbo_nats(model, x['test']).mean():.1f}", end="")
    print(f", {(active_units(model, x['test']) > 0.01).sum()} active")

# %% [markdown]
# The broken loss is *smaller*, a number that looks like success. The honest ELBO and the active units tell: nothing goes through the code.
#
# **Mistake 2: the log standard deviation taken for the log-variance.** **Mistake 3: the mean of logarithms for the logarithm of the mean.** Both in the linear world: mistake 2 with a guess
# half as wide as the posterior, mistake 3 with the wide and shifted one of above, whose $L_1$ was $-11.02$:

# %%
narrow = Normal(mean, cov.diagonal(dim1=1, dim2=2).sqrt() / 2)
log_std = narrow.scale.log()
honest = world.exact_elbo(point, Independent(narrow, 1)).item()
w = world.log_weights(point, 500, guess_of(2, 0.3), torch.Generator().manual_seed(0))
mistaken = honest + (gaussian_kl(narrow.loc, log_std) - gaussian_kl(narrow.loc, log_std / 2)).item()
print(
    f"log p(x) {truth.item():.2f}, ELBO {honest:.2f}, with log std for log-variance {mistaken:.2f}"
)
print(
    f"L_500: log of the mean {(w.logsumexp(0) - torch.tensor(500).log()).item():.2f}, mean of logs {w.mean():.2f}"
)

# %% [markdown]
# Mistake 2 gives a "bound" that lies *above* the truth, which no bound can. Only a world where you know the truth shows it: on real digits it would look like a better model. Mistake 3 never
# leaves the ELBO, however many draws you pay for.
#
# ## Exercises
#
# **1. Predict, then run** (5 minutes). One latent variable, and a guess $q$ with mean 1 and standard deviation 2. How many nats is its prior-fitting term? Use
# $\ln 4 = 1.3863$, and give four digits after the point.

# %%
my_nats = None  # your number
exercise.wide_and_shifted.check(my_nats)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $\frac12 (m^2 + s^2 - 1 - \ln s^2)$.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_nats = (1 + 4 - 1 - 1.3863) / 2
# ```
# </details>
#
# **2. Write it** (10 minutes). The prior-fitting term of a batch, from `mean` and `log_std`, both $(B, Z)$: one number an image.


# %%
def my_prior_fitting(mean, log_std):
    """KL(q || N(0, I)) in nats: (B, Z), (B, Z) -> (B,)."""
    return None  # your code


exercise.prior_fitting.check(my_prior_fitting)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The variance is `(2 * log_std).exp()`, and the parts add up over the last axis.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# return (mean**2 + (2 * log_std).exp() - 1 - 2 * log_std).sum(-1) / 2
# ```
# </details>
#
# **3. Write it** (10 minutes). $L_k$ of each image from log-weights $(K, B)$. They may be as low as $-2000$, and far apart. Do it without `torch.logsumexp`.


# %%
def my_bound(log_weights):
    """log of the mean weight: (K, B) -> (B,)."""
    return None  # your code


exercise.importance_bound.check(my_bound)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Take the largest weight out of the sum, and add it again after the logarithm.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# top = log_weights.max(0).values
# return top + (log_weights - top).exp().mean(0).log()
# ```
# </details>
#
# **4. Write it** (5 minutes). A draw from $q$ that lets gradients through to `mean` and `log_std`, given noise from $N(0, 1)$.


# %%
def my_draw(mean, log_std, noise):
    """z from N(mean, std^2): three (B, Z) -> (B, Z)."""
    return None  # your code


exercise.reparameterised.check(my_draw)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The noise is scaled, then moved.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# return mean + log_std.exp() * noise
# ```
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | An autoencoder is not a generative model. | holds: its codes have no distribution to draw from | The question |
# | A VAE puts probability into an encoder and a decoder. | holds | The equations |
# | The encoder learns the distribution of the latent variables: a mean and a variance. | holds, for each image: it is a *guess* of the posterior | Is it a bound? |
# | The decoder learns mean and variance of what is generated. | holds for real-valued pixels; on grey digits a table of 17 levels does better (94 nats against 121, `vae_decoders.json`) | Is it a bound? |
# | $\log p(x) = ELBO + KL$, and maximising the ELBO sandwiches the posterior. | holds exactly; but the gap stays where $q$ cannot be the posterior | Is it a bound? |
# | (often noted by students) A VAE is implicit. | is wrong: $p(x)$ is written down, only its integral cannot be done; call it explicit but intractable | A better bound |
# | The prior-fitting term must be differentiable, hence the Gaussian. | holds; but a closed form is not needed: draws and a gradient suffice | A game |
# | An adversarial autoencoder replaces the KL by a GAN on the codes. | holds; it gives up the bound | A game |
#
# ## Summary
#
# | model | $p(x)$? | draws how | numbers (64 pixels) | test nats on the binary digits | code? |
# |---|---|---|---|---|---|
# | NADE, 128 hidden | exact | in 64 steps | 16,576 | 16.57 ± 0.25 | no |
# | Diagonal BiLSTM | exact | in 64 steps | 26,497 | 16.47 ± 0.24 | no |
# | autoencoder, Z = 16 | none | only from a distribution fitted afterwards | 173,136 | none | yes |
# | **VAE, Z = 8** | a bound, as tight as you pay for | in one step | 171,088 | at most 16.75 ± 0.22 ($-L_{1000}$, ten seeds; $-ELBO$ 17.55) | yes |
#
# Where it breaks: every pixel is drawn by itself once $z$ is known, so samples keep a grain that no digit has, and training never looks at a sample. Notebook 5 looks at nothing
# else.
#
# D. Kingma and M. Welling (2014), *Auto-Encoding Variational Bayes*. Y. Burda, R. Grosse and R. Salakhutdinov (2016), *Importance Weighted
# Autoencoders*. A. Makhzani et al. (2015), *Adversarial Autoencoders*.
