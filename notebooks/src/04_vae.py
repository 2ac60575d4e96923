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
# > A VAE brings probability into the encoder and decoder of an autoencoder. The encoder learns the distribution of the latent variables, so it gives a
# > mean and a variance. The decoder learns, from a latent variable, the mean and the variance of what is generated.
#
# **What is missing in an autoencoder, so that it cannot invent digits?**
#
# After this notebook you can derive the bound that a VAE climbs, line by line and in two ways, and say what exactly is lost between the bound and the truth. You can train a VAE in a quarter of a
# minute, walk through its latent space, and measure whether its codes are any good.
#
# Key terms: latent variable (잠재 변수), encoder and decoder (인코더, 디코더), autoencoder (오토인코더), representation (표현), prior (사전 분포), posterior (사후 분포),
# likelihood (가능도), evidence lower bound (ELBO, 증거 하한), Kullback-Leibler divergence (쿨백-라이블러 발산), Jensen's inequality (옌센 부등식), reparameterisation
# (재매개변수화), posterior collapse (사후 분포 붕괴).
#
# Everything that this notebook needs is imported here, in one place.

# %%
import json
from itertools import product
from pathlib import Path

import torch
from torch import nn
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from genlib import metrics, pictures, weights
from genlib.data import binarize, digits
from genlib.exercises import vae as exercise
from genlib.judges import bound_nats, elbo_nats, shipped_nade
from genlib.models import Autoencoder, mlp
from genlib.models.vae import VAE, active_units, bernoulli, gaussian_kl
from genlib.recipes.vae import mnist_vae, train_vae
from genlib.training import Player, fit, minibatches
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# ## The question
#
# All models so far draw an image pixel after pixel, which takes 64 steps for a small digit. And none of them can say what an image is *about*. An
# **autoencoder** (오토인코더) can. Its **encoder** (인코더) squeezes the image into a few numbers, the **code**, and its **decoder** (디코더) has to rebuild the image from this code alone:

# %%
shapes = {"image": "64 pixels", "code": "2 or 16 numbers", "rebuilt": "64 probabilities"}
pictures.diagram("image -> encoder -> code -> decoder -> rebuilt", shapes, ["encoder", "decoder"])

# %% [markdown]
# The code is a bottleneck. Whatever the decoder is to know about the image has to pass through it, so the encoder must find out what matters. Nobody gives it labels, and this is why the lecture
# calls such codes an *unsupervised representation* (비지도 표현). The images are the black and white digits of the last notebooks, split as before:

# %%
splits, labels = ("train", "valid", "test"), digits("train")[1]
x = {split: binarize(digits(split)[0]).flatten(1) for split in splits}  # (N, 64) each

# %% [markdown]
# Train two autoencoders for some seconds. One has codes of two numbers, so that you can see every code as a point of the plane, and the other has sixteen. The decoder gives a probability of black for each pixel, and the
# loss is $-\log p$ of the true image under these probabilities, in nats per image:

# %%
autoencoders, codes = {}, {}
for Z in (2, 16):
    torch.manual_seed(0)
    model = Autoencoder(mlp(64, 256, Z), mlp(Z, 256, 64), bernoulli, latent_dim=Z)
    batches = minibatches(x["train"], size=128, generator=torch.Generator().manual_seed(0))
    fit({"autoencoder": Player(model, model.reconstruction_loss)}, batches, steps=800)
    autoencoders[Z], codes[Z] = model, model.encode(x["train"]).detach()
pictures.show(pictures.plane(codes[2], labels, reach=20, names=[*"0123456789"])[None])

# %% [markdown]
# Each dot is the code of a training digit, and each large figure stands near the middle of its class. Nobody told the network about classes, and yet many of them lie apart. Now suppose
# that you want a *new* digit. You need a new code, but where will you put it? The codes fill no region that you know: there are arms, and between them there are **holes**.
#
# With sixteen numbers you cannot see the holes, but you can fall into them. The next cell decodes three kinds of codes: those of real digits, draws from a normal distribution fitted to these codes, and draws from
# $N(0, I)$. This is the normal distribution with mean zero whose covariance is the identity matrix $I$, so all its numbers are independent and have variance one:

# %%
torch.manual_seed(0)
fitted = MultivariateNormal(codes[16].mean(0), codes[16].T.cov()).sample((500,))
as_images = lambda rows: rows.detach().view(-1, 1, 8, 8)
places = {"of digits": codes[16][:500], "fitted normal": fitted, "N(0, I)": torch.randn(500, 16)}
decoded = {name: autoencoders[16].decode(z).probs.detach() for name, z in places.items()}
pictures.rows({name: as_images(p[:10]) for name, p in decoded.items()}, columns=10)

# %% [markdown]
# From the codes of real digits you get digits. From the fitted normal you get some digits and some blots, and from $N(0, I)$ nothing that anyone would read. Eyes are kind, so ask a judge as well. The NADE of
# notebook 2 knows how surprising an image is, in nats. Here is the mean surprise of 500 images of each kind, drawn from the probabilities above:

# %%
judge = shipped_nade()
surprise = lambda images: -judge.log_prob(images).mean().item()
torch.manual_seed(0)
marks = {"test digits": surprise(x["test"]), "coin flips": surprise(torch.rand(500, 64).round())}
pictures.dots({n: [surprise(p.bernoulli())] for n, p in decoded.items()}, "judge's nats", marks)

# %% [markdown]
# The pictures were right. Images from the codes of real digits surprise the judge little, even less than test digits do: the judge was trained on the same training digits, of which these are copies. At codes of the fitted normal they are clearly odder, and at codes from $N(0, I)$ they are on the way to coin flips.
#
# So **an autoencoder is not a generative model**: it has no distribution of codes to draw from, and it says nothing about $p(x)$. Can you give it both?
#
# ## The equations
#
# Begin with the distribution of codes, and simply *decide* it. The **prior** (사전 분포) is $p(z) = N(0, I)$: before you see an image, every code $z$ is a draw from the standard normal distribution. The decoder then says how
# probable an image is for a given code. This is the **likelihood** (가능도) $p(x \mid z)$. The encoder no longer gives one code but a whole cloud of codes, a Gaussian with a mean and a standard deviation per latent variable. It is called $q(z \mid x)$, and the code is drawn from it:

# %%
text = "image -> encoder -> q(z|x) -> z -> decoder -> p(x|z)\nprior -> KL\nq(z|x) -> KL"
shapes = {"q(z|x)": "mean, std", "z": "a draw", "prior": "N(0, I)", "KL": "how far apart?"}
pictures.diagram(text, shapes, learns=["encoder", "decoder"], title="A variational autoencoder")

# %% [markdown]
# Compare this with the first drawing. Two things are new: a cloud where there was a point, and a prior that the cloud is compared with, by a measure called $KL$ of how far apart two distributions are, that you will meet in a moment. How well the decoder rebuilds the image and how small this $KL$ is will both go into the loss. To generate, you throw the encoder away, draw $z$ from the prior and decode it.
#
# With a prior and a likelihood every image has a probability. You draw a code, ask how well it explains the image, and average over all codes:
#
# $$p(x) = \int p(x \mid z)\, p(z)\, dz$$
#
# That integral is the whole difficulty. To see what is in it, take the smallest world that has such an integral. The code $z$ is a single number, and so is the "image" $x$, which is the square of $z$ plus noise of
# standard deviation 0.5. So $x$ tells how far $z$ is from zero, but not on which side. The picture shows the joint density $p(x, z) = p(x \mid z)\, p(z)$ in blue, 300 draws as dots, and a dashed line at $x = 2$:

# %%
prior, NOISE = Normal(0.0, 1.0), 0.5
log_joint = lambda x, z: prior.log_prob(z) + Normal(x, NOISE).log_prob(z**2)
side = torch.linspace(-3, 3, 121)
z, noise = torch.randn(2, 300, generator=torch.Generator().manual_seed(0))
axis = pictures.Figure(5.4, 4.2).add_subplot(xlabel="z", ylabel="x", xlim=(-3, 3), ylim=(-2, 3))
axis.contourf(side, side, log_joint(side[:, None], side).exp(), 12, cmap="Blues")
axis.plot(z, z**2 + NOISE * noise, ".k", ms=3)
axis.axhline(2.0, ls="--", color=pictures.COLOURS["fake"]).figure

# %% [markdown]
# The world is a blurred parabola. Now you observe one $x$, say 2. That is the cut along the dashed line, and it crosses the parabola twice. All that you ever want to know is in this cut:
#
# - its area is $p(x)$, because the integral above adds up $p(x, z)$ along it;
# - divided by this area it is a density, the **posterior** (사후 분포) $p(z \mid x) = p(x, z) / p(x)$. It says which codes may have made this image.
#
# In one dimension you can add up the cut on a fine grid. With eight latent variables and a neural network as decoder nobody can. Random codes do not help either, because nearly all of them explain a given
# image badly. The posterior would say where to look, but it has $p(x)$ in it. So a second network, the encoder, *guesses* the posterior, and the guess is $q(z \mid x)$.
#
# ### The bound, first way: Jensen
#
# Here is an idea that needs no posterior: put *any* $q$ into the integral, and see what can be computed. Recall **Jensen's inequality** (옌센 부등식), which notebook 2 drew: the curve of the logarithm bends downwards, so the logarithm of a mean is never below the mean of the logarithms. Line by line:
#
# $$
# \begin{aligned}
# \log p(x) &= \log \int p(x, z)\, dz && \text{the definition} \\
# &= \log \int q(z \mid x)\, \frac{p(x, z)}{q(z \mid x)}\, dz && \text{times and divided by } q \\
# &= \log E_q\!\left[\frac{p(x, z)}{q(z \mid x)}\right] && \text{an integral against } q \text{ is a mean} \\
# &\ge E_q\!\left[\log \frac{p(x, z)}{q(z \mid x)}\right] && \text{Jensen}
# \end{aligned}
# $$
#
# $E_q$ is the mean over codes $z$ drawn from $q(z \mid x)$. The last line is the **evidence lower bound** (증거 하한), short **ELBO**. It is never above $\log p(x)$, whatever $q$ is. That is good news: it can be computed, and wherever you push it, $\log p(x)$ lies at least as high. (While the ELBO rises, $\log p(x)$ itself may stay where it is, and only the gap between them closes.)
#
# ### The bound, second way: what is lost?
#
# Jensen does not say how much you lose. The **Kullback-Leibler divergence** (쿨백-라이블러 발산) of notebook 1 does. $KL(q \| p) = E_q[\log q - \log p]$ measures how far $q$ is from $p$. It is never negative, and zero only where the two agree. Start from the definition of the posterior:
#
# $$
# \begin{aligned}
# p(x) &= p(x, z) \,/\, p(z \mid x) && \text{for every } z \\
# \log p(x) &= \log \frac{p(x, z)}{q(z \mid x)} + \log \frac{q(z \mid x)}{p(z \mid x)} && \text{logarithm, } q \text{ put in} \\
# \log p(x) &= \underbrace{E_q\Big[\log \frac{p(x, z)}{q(z \mid x)}\Big]}_{\text{ELBO}} + \underbrace{E_q\Big[\log \frac{q(z \mid x)}{p(z \mid x)}\Big]}_{KL(q(z \mid x) \,\|\, p(z \mid x))} && \text{mean over } q
# \end{aligned}
# $$
#
# The left side has no $z$, so its mean is itself. This is the sentence to remember: **what the ELBO loses is exactly how wrong the guess is.** If $q$ is the posterior, nothing is lost.
#
# Do not mix up two divergences. This one compares $q$ with the *posterior*: it is the gap, and for real images nobody can compute it. The one in the drawing compares $q$ with the *prior*. It is easy to compute, and you will meet it below as one of the two terms of the ELBO.
#
# In the panel you play the encoder. The observed $x$ is 2 at first, and you choose the mean and the width of $q$ yourself. The prior times the likelihood, divided by the area, gives the posterior. **Where should a Gaussian guess sit when the posterior has two hills?** Answer first, then move `mean` and `width` until the gap is as small as you can make it. Then try other values of `x`:

# %%
grid = torch.linspace(-8, 8, 1601).double()  # a step of 0.01


def truth_and_bound(x, q):
    joint, log_q = log_joint(x, grid), q.log_prob(grid)
    elbo = (log_q.exp() * (joint - log_q)).sum() / 100
    return (joint.exp().sum() / 100).log(), elbo


def show_guess(x=2.0, mean=0.0, width=0.7):
    q, joint = Normal(mean, width), log_joint(x, grid)
    truth, elbo = truth_and_bound(x, q)
    logs = {"prior": prior.log_prob(grid), "likelihood": joint - prior.log_prob(grid)}
    logs |= {"posterior": joint - truth, "guess q": q.log_prob(grid)}
    densities = {name: log_p.exp()[500:1101] for name, log_p in logs.items()}
    line = f"log p(x) {truth:.2f} nats = ELBO {elbo:.2f} + gap {truth - elbo:.2f}"
    return pictures.lines(grid[500:1101], densities, "z", (0, 2.1)), line


ask = exercise.ASKED["show_guess"]
Panel(show_guess, ask=ask, x=(-1.0, 3.0, 0.25), mean=(-2.0, 2.0, 0.1), width=(0.1, 1.5, 0.05))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# At $x = 2$ the posterior has two equal hills. A wide guess that covers both spends most of its draws where no code explains $x$: with mean 0 and width 1.2 the gap is 7 nats. In the middle the best you can do is 3.4. On one hill, with mean 1.3 and width 0.2, it is 0.72. So the ELBO prefers one hill to both. Half of the posterior is missing from such a guess, which costs about $\log 2 = 0.69$. The reason is the direction of the divergence: a mean over $q$ punishes a guess for being where the posterior is not, and asks little about what it leaves out.
#
# You chose the best guess for each $x$ by hand. The encoder of a VAE has to guess for every image with one and the same network, which is called *amortised* inference and can widen the gap further.
#
# At $x = 1$ the two hills have grown together, and a guess in the middle is best, with a gap of 0.55. At $x = 0$ there is one hill with a flat top, and the best gap is 0.04. It shrinks further as $x$ becomes negative, because the posterior looks more and more like a Gaussian, but no Gaussian is equal to it.
# </details>
#
# ### Two terms with names
#
# The joint density is a product, so its logarithm is a sum, $\log p(x, z) = \log p(x \mid z) + \log p(z)$. Put it into the ELBO:
#
# $$
# \begin{aligned}
# \text{ELBO} &= E_q[\log p(x \mid z) + \log p(z) - \log q(z \mid x)] \\
# &= \underbrace{E_q[\log p(x \mid z)]}_{\text{reconstruction}} \;-\; \underbrace{KL(q(z \mid x) \,\|\, p(z))}_{\text{prior fitting}}
# \end{aligned}
# $$
#
# The **reconstruction term** asks how well the guessed codes explain the image. The **prior-fitting term** asks how far the guess is from the prior, and it is a price. They pull $q$ in different directions, which you can see if you put $q$ on the right hill and change nothing but its width:

# %%
widths = torch.linspace(0.05, 1.2, 47)
price = kl_divergence(Normal(1.35, widths), prior)
truth, elbo = torch.tensor([truth_and_bound(2.0, Normal(1.35, s)) for s in widths.tolist()]).T
terms = {"reconstruction": elbo + price, "-prior fitting": -price}
pictures.lines(widths, {"log p(x)": truth, "ELBO": elbo} | terms, "width of q", (-6, 0))

# %% [markdown]
# A narrow guess names codes that all explain $x$ well, so the reconstruction is high at the left, but there the price is high too. A wide guess is cheap and explains badly. Their sum has its peak in between, and even there it stays below $\log p(x)$.
#
# For a Gaussian guess no sampling is needed for the price. Take one latent variable, $q = N(m, s^2)$, and write out both logarithms. The constants $\frac12 \log 2\pi$ cancel:
#
# $$
# \begin{aligned}
# \log q(z) - \log p(z) &= -\log s - \frac{(z - m)^2}{2 s^2} + \frac{z^2}{2} \\
# E_q[(z - m)^2] &= s^2, \qquad E_q[z^2] = m^2 + s^2 \\
# KL(q \| p) &= -\log s - \frac12 + \frac{m^2 + s^2}{2} = \frac12 \left(m^2 + s^2 - 1 - \log s^2\right)
# \end{aligned}
# $$
#
# With several independent latent variables the prices add up. The guess pays for being off ($m^2$) and for a width that is not 1.
#
# ## The equations as code
#
# One image, plain loops, nothing clever. The encoder gives a mean and a *logarithm* of the standard deviation, so that no network output can make the width negative. The reconstruction uses a single draw of $z$, which is right on average. The last lines ask whether the library's `vae.elbo` says the same for the same noise, and whether torch, which has a divergence of its own, agrees with the formula:


# %%
def naive_elbo(vae, image, noise):
    (mean, log_std), fitting, z = vae.encoder(image[None])[0].chunk(2), 0.0, []
    for m, s, e in zip(mean, log_std.exp(), noise, strict=True):
        z.append(m + s * e)
        fitting += (m**2 + s**2 - 1 - torch.log(s**2)) / 2
    logits, reconstruction = vae.decoder(torch.stack(z)[None])[0], 0.0
    for pixel, logit in zip(image, logits, strict=True):
        p = torch.sigmoid(logit)
        reconstruction += torch.log(p if pixel == 1 else 1 - p)
    return reconstruction, fitting


torch.manual_seed(0)
small = VAE(mlp(64, 32, 6), mlp(3, 32, 64), bernoulli, latent_dim=3)
seeded = lambda: torch.Generator().manual_seed(5)
naive = naive_elbo(small, x["test"][0], torch.randn(1, 3, generator=seeded())[0])
library = small.elbo(x["test"][:1], generator=seeded())
assert torch.isclose(naive[0] - naive[1], library[0], atol=1e-3)
of_torch = kl_divergence(small.encode(x["test"][:1]).base_dist, prior).sum()
assert torch.isclose(naive[1], of_torch, atol=1e-3)

# %% [markdown]
# Both do. The loops are the definition, and from here on the library computes it for whole batches.
#
# ## Is it a bound?
#
# In the small world every number is at hand, so nothing has to be believed. Check the second derivation for many guesses: the divergence from the exact posterior is computed on the grid by itself, and it must be what the ELBO lacks:

# %%
for mean, width in product((-1.0, 0.0, 0.7, 1.4), (0.2, 0.5, 1.0)):
    truth, elbo = truth_and_bound(2.0, q := Normal(mean, width))
    log_ratio = q.log_prob(grid) - (log_joint(2.0, grid) - truth)
    gap = (q.log_prob(grid).exp() * log_ratio).sum() / 100
    assert gap > 0 and torch.isclose(elbo + gap, truth)
print(f"log p(2) = {truth:.4f} nats for all twelve guesses")

# %% [markdown]
# Not one of the twelve exceeds the truth, and the gap is the divergence each time. A VAE counts as an **explicit** model in the sense of notebook 1, because its $p(x)$ is written down as an integral. For a real VAE nobody can do this integral, which is then called **intractable** (계산 불가), and the bound takes its place.
#
# ### A better bound from more draws
#
# Can you come closer without a better guess? Draw $k$ codes $z_1, \dots, z_k$ from $q$, give each its weight $w_i = p(x, z_i) / q(z_i \mid x)$, and average the *weights* before you take the logarithm:
#
# $$L_k = E\Big[\log \frac1k \sum_{i=1}^k w_i\Big]$$
#
# With $k = 1$ this is the ELBO. In general the mean weight $\frac1k \sum w_i$ is right on average, since $E_q[w] = \int p(x, z)\, dz = p(x)$. By Jensen, $L_k \le \log E[\frac1k \sum w_i] = \log p(x)$, so each $L_k$ is a bound. It also rises with $k$. For two draws Jensen says $\log \frac{w_1 + w_2}{2} \ge \frac12 (\log w_1 + \log w_2)$, and the right side is $L_1$ on average, so $L_1 \le L_2$. In the same way the mean of $k$ weights is the mean over all its groups of $k - 1$ weights, and its logarithm is at least the mean of the groups' logarithms. Together,
#
# $$\text{ELBO} = L_1 \le L_2 \le \dots \le L_k \le \log p(x)$$
#
# Measure for three guesses what is lost, $\log p(x) - L_k$, in the small world with $x = 2$, each as a mean over 4000 runs. One guess is wide, one sits on the right hill, and one stands between the hill and the middle:


# %%
def log_means(k, q, runs=4000):
    noise = torch.randn(runs, k, generator=torch.Generator().manual_seed(0))
    z = q.loc + q.scale * noise
    return (log_joint(2.0, z) - q.log_prob(z)).logsumexp(1) - torch.tensor(k).log()


guesses = {"wide": Normal(0.0, 1.2), "one hill": Normal(1.35, 0.2), "between": Normal(0.7, 0.5)}
counts = [1, 2, 5, 20, 100, 500]
below = {n: [-2.1693 - log_means(k, q).mean() for k in counts] for n, q in guesses.items()}
assert all(lost == sorted(lost, reverse=True) and lost[-1] > -0.02 for lost in below.values())
pictures.curves(counts, below, "k, draws per bound", "log p(x) - L_k, nats", logx=True)

# %% [markdown]
# All three curves fall, and none goes below zero. The wide guess has by far the worst ELBO at the left, and after 20 draws it is nearly at the truth, because its draws visit both hills. The guess on one hill had the best ELBO, and its curve hardly moves: in 500 draws hardly any reaches the other hill, so the average knows nothing of it. So **many draws reward a guess that leaves nothing out, while the ELBO alone prefers one that is narrow and safe.**
#
# ## The same numbers, faster: a draw with a gradient
#
# One difficulty is left before you can train. The code $z$ is *drawn*, and the gradient of the reconstruction has to reach the encoder. But nobody can differentiate a draw:

# %%
text = "image -> encoder -> m, s -[draw]-> z -> decoder -> ELBO\nELBO ~[gradient stops]~> z"
pictures.diagram(text, learns=["decoder"], frozen=["encoder"], title="Drawn inside")

# %% [markdown]
# The gradient comes back to $z$ and no further. The encoder is hatched here, because it would never learn to rebuild; only the prior-fitting term could still reach it. **Reparameterisation** (재매개변수화) draws the noise *outside*. Take $\varepsilon$ from $N(0, 1)$, and set $z = m + s\,\varepsilon$. This $z$ has the same distribution as before, but now it is an ordinary function of $m$ and $s$, with derivative $1$ by $m$ and $\varepsilon$ by $s$:

# %%
text = "image -> encoder -> m, s -> z -> decoder -> ELBO\nnoise -> z\nELBO ~[gradient]~> z\nz ~> encoder"
pictures.diagram(text, learns=["encoder", "decoder"], title="Noise from outside")

# %% [markdown]
# The gradient comes back to $z$ through the decoder, and now it goes on, through $m$ and $s$ to the encoder. The noise is a mere input, to which no gradient has to go.
#
# There is an older way, the **score function** (점수 함수). Write $f(z)$ for whatever is computed from $z$, here the reconstruction. The older way needs no derivative of $f$, but only that of $\log q$. Since $\nabla_m\, q = q\, \nabla_m \log q$, and $\log q = -(z - m)^2 / 2 s^2$ plus what does not depend on $m$,
#
# $$
# \begin{aligned}
# \nabla_m E_q[f(z)] &= \int f(z)\, \nabla_m\, q(z)\, dz = E_q\big[f(z)\, \nabla_m \log q(z)\big] \\
# &= E_q\Big[f(z)\, \frac{z - m}{s^2}\Big]
# \end{aligned}
# $$
#
# Both ways are right on average. The question is how far off a single draw is. Take $f(z) = -(z - 3)^2$ with $m = 0$ and $s = 1$, where the true gradient by $m$ is 6. Each dot is the gradient from one draw:

# %%
noise = torch.randn(200, generator=torch.Generator().manual_seed(0))
one_draw = {"reparameterised": -2 * (noise - 3), "score function": -((noise - 3) ** 2) * noise}
pictures.dots(one_draw, "gradient by m, from one draw each", {"true": 6.0})

# %% [markdown]
# The dots of the first row lie near the truth, and those of the second reach far out to the right. Both means are near 6, but the second one only because large errors cancel. You would need many more draws for the same precision, and this is why VAEs use the first way. The library's draw from a Gaussian, `genlib.models.sampling.draw`, is the line `z.append(m + s * e)` of the loops above.
#
# ## Train it
#
# The loss is the negative ELBO, averaged over a batch. `train_vae` adds the recipe of the last notebooks: weight decay, a learning rate that falls, a moving average of the weights, and at the end the weights that were best on the validation digits. There are eight latent variables. `dropout=0.1` sets a random tenth of the decoder's hidden units to zero in each training step, so that it cannot rely on any single one. Twenty times during training, note both terms on training and on validation digits. It takes about fifteen seconds:

# %%
told, steps = {}, range(80, 1601, 80)


def note(model, step, score):
    for split in ("train", "valid"):
        fitting, nats = model.prior_fitting(x[split]).mean(), elbo_nats(model, x[split]).mean()
        told.setdefault(f"prior fitting, {split}", []).append(fitting.item())
        told.setdefault(f"reconstruction cost, {split}", []).append((nats - fitting).item())


torch.manual_seed(0)
vae = VAE(mlp(64, 256, 16), mlp(8, 256, 64, dropout=0.1), bernoulli, latent_dim=8)
vae = train_vae(vae, x, steps=1600, lr=0.004, weight_decay=0.1, on_score=note)
pictures.curves(steps[: len(told["prior fitting, train"])], told, "step", "nats per digit")

# %% [markdown]
# Read the two pairs of curves together. The *reconstruction cost* is the reconstruction term with a minus sign, so that low is good for all curves. At the first point the prior-fitting term is nearly zero: the codes say nothing yet, and every image is rebuilt equally badly. Then the encoder starts to pay. The price rises to some six nats, and the reconstruction cost falls by more than twenty. Not all of this was bought by the code: a model without any code would come down to 25 nats too, as you will see below. On the validation digits the price is the same, and the reconstruction cost is a little higher than on the training digits.
#
# The sum of the two is $-ELBO$, which is only a bound. How good is the model *really*? The bounds $L_k$ come closer, at the price of more draws. Here is $-L_k$ on the test digits, where lower is better. The band is one standard error over the digits to either side, and the dashed lines are two exact models of notebook 2:

# %%
ks, marks = [1, 5, 20, 100, 500], {"logistic regressions": 18.19, "NADE": 16.57}
ends = [metrics.mean_and_error(bound_nats(vae, x["test"], k)) for k in ks]
assert ends[-1][0] < 18.0  # better than the logistic regressions
band = torch.tensor([[mean - error, mean, mean + error] for mean, error in ends]).T
pictures.curves(ks, {"-L_k": band}, "k, draws per bound", "test nats", logx=True, marks=marks)

# %% [markdown]
# At $k = 1$ this is $-ELBO$. A few draws recover most of what is lost, then the curve flattens out just above NADE. So part of what the bound costs is the *guess*, and not the model.
#
# The band is wide because some digits are hard for every model. To compare with NADE, take the difference digit by digit, as notebook 2 did, over ten seeds of each (`python benchmarks/paired.py`). $-L_{1000}$ is 0.18 nats behind NADE, twice the error of that difference. Since $-L_{1000}$ is itself an upper bound, the distance is 0.18 at most. The VAE needs ten times as many numbers for this. In return the VAE draws all 64 pixels in one step, and it has a code.
#
# ## What does it see?
#
# How many of its eight latent variables does it use? Take one at a time, let it go from $-2.5$ to $2.5$ while the others stay at zero, and decode. The number at the left of a row is the variance of the encoder's mean from image to image, and the rows are sorted by it:

# %%
activity, order = active_units(vae, x["test"]).sort(descending=True)
walk = torch.linspace(-2.5, 2.5, 10)[:, None] * torch.eye(8)[order][:, None]  # (8, 10, 8)
names = [f"z{i + 1}, {a:.2f}" for i, a in zip(order.tolist(), activity, strict=True)]
means = as_images(vae.decode(walk).mean).view(8, 10, 1, 8, 8)
pictures.rows(dict(zip(names, means, strict=True)), columns=10)

# %% [markdown]
# The upper six rows change, each in its own way. In the second row, for example, a 1 becomes a 0. The last two rows show the same image ten times, and their variance is zero.
#
# A latent variable is called **active** if this variance is above 0.01 (Burda et al. 2015). An inactive one costs nothing, because its guess *is* the prior, and the decoder has learnt to ignore it. This is **posterior collapse** (사후 분포 붕괴), here of single variables. Further down you will see all of them collapse.
#
# ## Look
#
# To sample, draw $z$ from the prior and then $x$ from $p(x \mid z)$. Many pictures of VAEs show the *means* of $p(x \mid z)$ instead. Here are both, and below them the training digit that is nearest to each sample. The numbers are the judge's nats of 500 such images, the means made black or white:

# %%
torch.manual_seed(0)
means = vae.decode(torch.randn(500, 8)).mean.detach()
samples = means.bernoulli()
nearest = x["train"][metrics.nearest_neighbours(samples, x["train"])]
shown = {f"means, {surprise(means.round()):.0f} nats": means}
shown |= {f"samples, {surprise(samples):.0f} nats": samples, "nearest digit": nearest}
pictures.rows({name: as_images(y[:10]) for name, y in shown.items()}, columns=10)

# %% [markdown]
# The means are smooth. The samples have a grain that no digit has, because each pixel is drawn by itself once $z$ is known. The judge sees it too: samples are odder than test digits (the left dashed line of the first chart), and the means are *less* surprising, because they leave out everything particular. So **means are no samples**, only a kinder picture. On looks alone, the VAE gains little over the autoencoder with a fitted normal. What it adds is a bound on $p(x)$, and a prior that was chosen beforehand.
#
# Larger images need no chain either. This VAE has convolutions and 32 latent variables, and it was trained on 28 × 28 digits, the static binarized MNIST of notebook 2 (`make weights NAME=vae_mnist DATA=PATH`). It comes from a file, and it decides all 784 pixels at once:

# %%
large = mnist_vae().eval()
weights.load_or_train("vae_mnist", large)
z = torch.randn(10, 32, generator=torch.Generator().manual_seed(0))
pictures.show(large.decode(z).mean.detach().view(-1, 1, 28, 28), columns=5, pixels=600)

# %% [markdown]
# These are means again, soft at the edges. Some can be read at once, and some are shapes between two digits. Yet the strokes hang together, although no pixel has seen any other. All that the pixels share is $z$.
#
# ## Is the code a good representation?
#
# The lecture says that a generative model may find *features* (특징) by itself, without labels. That can be measured. Freeze the code, and train the simplest reader there is, a logistic regression, to tell the class from it. If few labels suffice, the code has already sorted out what matters.
#
# Four readers compete. One reads the 64 pixels. The others read eight numbers, which come from PCA (주성분 분석, the best linear code), from an autoencoder, or from the mean of $q(z \mid x)$. Each dot is another seed, with other weights and other labelled digits (with 1297 labels, which are all of them, the dots of the pixels and of PCA coincide) (`python benchmarks/vae.py readers`):

# %%
read = lambda name: json.loads(Path(f"../benchmarks/results/vae_{name}.json").read_text())
right = read("readers")["right"]
by_labels = {f"{n}, {k} labels": right[n][k] for k in ("20", "100", "1297") for n in right}
pictures.dots(by_labels, "share of 300 test digits read rightly (five seeds)")

# %% [markdown]
# The pixels win. With 20 labels all four readers get about half of the digits right, and the seeds differ more than the readers. With 100 labels, and with all of them, the reader of raw pixels is ahead. Among the codes of eight numbers, the VAE has the best mean in both cases, although its lead is small and the dots of the codes partly overlap.
#
# So the honest answer has two parts. Eight numbers, found without a single label, keep most of what tells the classes apart. But on images this small and clean they do not save labels.
#
# ## The two terms pull against each other
#
# The reconstruction term wants codes that say everything, and the prior-fitting term wants codes that say nothing. Put a weight $\beta$ on the second, and you choose between them (**beta-VAE**):
#
# $$\text{loss} = -\,\text{reconstruction} + \beta \cdot \text{prior fitting}$$
#
# For $\beta = 1$ it is the negative ELBO. A larger $\beta$ still gives a bound, only a looser one, and a smaller one need not give any. Each point is a VAE with eight latent variables (one seed, `python benchmarks/vae.py sizes`):

# %%
NAMES = {"reconstruction": "reconstruction cost", "prior_fitting": "prior fitting"}
NAMES |= {"elbo": "-ELBO", "bound": "-L_500"}
columns = lambda rows: {name: [row[key] for row in rows] for key, name in NAMES.items()}
betas = [row for row in read("sizes")["beta"] if row["name"] > 0]
pictures.curves([b["name"] for b in betas], columns(betas), "beta", "test nats", logx=True)

# %% [markdown]
# The two terms trade places. From left to right the price falls to zero and the reconstruction cost rises. At $\beta = 4$ hardly anything is left of the price, and from 16 on nothing. The cost then stands at 25.2 nats, which is what independent pixels have without any code: all latent variables have collapsed. The curve of $-ELBO$ is lowest at $\beta = 1$, where it is the loss itself. But $-L_{500}$, which is closer to the truth, is lowest at 0.5. So **the best bound need not belong to the best $p(x)$.**
#
# What does this do to images? The panel holds fifteen small VAEs, trained with five values of $\beta$ and three numbers of latent variables. Its rows show means, so that you see the idea and not the noise. **Which $\beta$ rebuilds best and invents worst?** Answer first, then begin at $\beta = 0$ and go up. Watch where the latent variables die:

# %%
SIZES, BETAS = [2, 8, 32], [0.0, 0.25, 1.0, 2.0, 4.0]
make = lambda Z: VAE(mlp(64, 64, 2 * Z), mlp(Z, 64, 64), bernoulli, Z)
family = nn.ModuleList([make(Z) for Z, _ in product(SIZES, BETAS)]).eval()
weights.load_or_train("vae_sizes", family)


def show_beta(beta=1.0, latent_dim=8, generator=None):
    model, some = family[SIZES.index(latent_dim) * 5 + BETAS.index(beta)], x["test"]
    q, z = model.encode(some), torch.randn(10, latent_dim, generator=generator)
    shown = some[:10], model.decode(q.mean[:10]).mean, model.decode(z).mean
    rows = dict(zip(("digits", "rebuilt", "new"), map(as_images, shown), strict=True))
    line = f"prior fitting {model.prior_fitting(some).mean():.1f} nats"
    line += f", {(active_units(model, some) > 0.01).sum()} of {latent_dim} active"
    return pictures.rows(rows, columns=10), line


question = exercise.ASKED["show_beta"]
Panel(show_beta, ask=question, beta=BETAS, latent_dim=SIZES, seed=(0, 20))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The answer is 0. The reconstructions are the sharpest there, though not perfect, and the new digits are fog, because the codes live where the prior never goes: with eight latent variables the prior fitting is 285 nats. At 0.25 and 1 both rows are digits. At 2 they melt, with 1.4 nats left. At 4 all variables have collapsed if there are 8 or 32, and every digit is rebuilt as the same mean image. With 32 latent variables $\beta = 1$ uses only 7.
# </details>
#
# ### How many latent variables, and which decoder?
#
# The same benchmark tried two more choices. The first is the number of latent variables, with $\beta = 1$:

# %%
sizes, label = read("sizes")["latent_dim"], "latent variables"
pictures.curves([row["name"] for row in sizes], columns(sizes), label, "test nats", logx=True)

# %% [markdown]
# With one or two latent variables all digits have to share too small a space. Four are enough for this network, which is smaller and trained for a shorter time than the one above (so its numbers are a little higher too), and beyond four the curves are flat. Further variables are left unused, or share the same price. The model decides how many it needs, so a latent space that is too large does little harm here.
#
# Now the decoder. The lecture lets it learn the *mean and the variance* of what is generated, which is a Gaussian per pixel. The grey digits have 17 levels, so a decoder may also give a table of 17 probabilities per pixel. Both are scored on the same levels (`python benchmarks/vae.py decoders`, one seed):

# %%
rows = [row for row in read("decoders")["decoders"] if "white" not in row["name"]]
pictures.dots({row["name"]: [row["elbo"]] for row in rows}, "-ELBO, nats per grey digit")

# %% [markdown]
# With the same kind of network, though more outputs and so more numbers, the table of levels beats mean and variance by more than 25 nats. ("One readout" shares the last layer among all pixels.) A decoder with convolutions helps both. The Gaussian of the lecture is made for real-valued data. On pixels of which most are pure white or black, it is a costly choice. (Its number is the bound on the levels that notebook 2 derived for a density.)
#
# ### A game in place of a formula: the adversarial autoencoder
#
# The prior-fitting term needs a value with a gradient, and a Gaussian guess gives one by a formula. The **adversarial autoencoder** (적대적 오토인코더) of the lecture does without. It keeps a plain autoencoder and adds a third network, the discriminator. This network learns to tell codes from draws of the prior, and the encoder learns to fool it. So it is the codes of *all images together* that come to look like the prior, while the price of a VAE is paid by each single image. Such games begin in the next notebook. Here is what this one buys: three models draw codes from $N(0, I)$ and decode them, and the judge reads 1000 samples of each. AE is the autoencoder, and AAE the adversarial one (three seeds, `python benchmarks/vae.py adversarial`):

# %%
judged = {f"{kind}, Z = {Z}": [] for Z in (2, 8) for kind in ("AE", "VAE", "AAE")}
for row in read("adversarial")["samples"][2:]:  # the first two are real digits and NADE's own
    judged[row["name"][: row["name"].rindex(", seed")]].append(row["nats"])
pictures.dots(judged, "nats of the judge (three seeds)", {"test digits": surprise(x["test"])})

# %% [markdown]
# With eight latent variables the autoencoder fails, as it did above. The VAE is far better, and the samples of the adversarial autoencoder surprise the judge least. With two, the VAE is the worst of the three on average. Do not read too much into it, because the judge is a NADE, and a low surprise does not show variety. A model that draws the same good digit again and again would have it too. And the game has its own price. It gives no bound, so it cannot say how probable a digit is.
#
# ## Play: walk through latent space
#
# **What lies between the classes?** This VAE has only two latent variables, so that you can see its whole latent space. It comes from a file (`make weights NAME=vae_digits`). The dots are the means of $q(z \mid x)$ of the training digits, from $-3$ to 3 in both directions, and the lines cross where you are. At the right stands what the decoder makes of this place. Cross the border between two classes slowly, then go to where there is no dot at all:

# %%
pair = nn.ModuleList([VAE(mlp(64, 128, 2 * Z), mlp(Z, 128, 64), bernoulli, Z) for Z in (2, 8)])
weights.load_or_train("vae_digits", pair.eval())
where = pictures.plane(pair[0].encode(x["train"]).mean, labels, side=360, names=[*"0123456789"])


def show_pad(z1=0.0, z2=0.0):
    pad, column, row = where.clone(), round((1 + z1 / 3) * 179), round((1 - z2 / 3) * 179)
    pad[:, row, :] = pad[:, :, column] = 0.4
    code = torch.tensor([[z1, z2]])
    p = pair[0].decode(code).probs.view(8, 8).repeat_interleave(45, 0).repeat_interleave(45, 1)
    line = f"prior density here {prior.log_prob(code).sum().exp():.3f}"
    return pictures.sheet(torch.stack([pad, (1 - p).expand(3, -1, -1)])), line


Panel(show_pad, z1=(-3.0, 3.0, 0.1), z2=(-3.0, 3.0, 0.1))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The 4s are at the left, the 1s above them and the 6s below, the 7s above the centre, the 0s below it, and the 2s at the right. Near the centre the 5s and 8s lie on top of one another, most 9s begin just below them, and there the decoder draws a mixture. On the border between two classes it draws what neither of them is. Where no dot is, for example in the corners, it still draws strokes that hang together, such as a hook near $(3, -3)$, and no fog. At $z = (0, 0)$ the prior density is highest, 0.159, and in the corners it is zero to three digits.
# </details>
#
# Here is the whole map at once, decoded on a grid of codes from $-2.5$ to $2.5$, and laid out like the plane above:

# %%
steps = torch.linspace(-2.5, 2.5, 11)
z = torch.cartesian_prod(steps.flip(0), steps).flip(1)  # row by row from the top
pictures.show(as_images(pair[0].decode(z).mean), columns=11, pixels=600)

# %% [markdown]
# The corners hold a 1, a 2, a 6 and a 3, and from each image to its neighbour the change is small. The prior-fitting term has pulled the codes together to where the prior is, so **wherever the prior draws a code, the decoder has learnt something near it.** The price is visible too: with two numbers, some classes hardly have a place of their own, and the centre, where the prior is densest, holds mixtures.
#
# **Is the middle of two digits a digit?** In pixels it is two digits on top of each other. In latent space, go from one code to the other in a straight line, here with the eight latent variables of the VAE that you trained. The numbers are the judge's nats of the middle picture, with every pixel black that is at least half black:

# %%
ends, t = x["test"][[8, 9]], torch.linspace(0, 1, 9)[:, None]
mix = lambda pair: (1 - t) * pair[0] + t * pair[1]
ways = {"pixels": mix(ends), "latent space": vae.decode(mix(vae.encode(ends).mean)).mean.detach()}
ways = {f"{n}, {surprise((y[[4]] + 0.01).round()):.0f}": as_images(y) for n, y in ways.items()}
pictures.rows(ways, columns=9)

# %% [markdown]
# In pixels the middle is a 1 and a 5 at once, half transparent, and the judge finds it very odd. In latent space it is one pattern of strokes, which need not be a digit, but hangs together, and it surprises the judge less.
#
# ## Break it
#
# **Mistake 1: a mean where a sum belongs.** Many public VAEs average the reconstruction over the 64 pixels and add the prior-fitting term as a sum. That is a hidden $\beta$ of 64. Train both versions for some seconds each, and rebuild test digits:

# %%
rebuilt = {"test digits": as_images(x["test"][:10])}
for name, share in ("sum", 1), ("mean", 64):
    torch.manual_seed(0)
    model = VAE(mlp(64, 64, 16), mlp(8, 64, 64), bernoulli, 8)
    loss = lambda x, m=model, s=share: (m.prior_fitting(x) - m.reconstruction(x) / s).mean()
    fit({"vae": Player(model, loss)}, minibatches(x["train"], size=128), steps=500)
    name += f": loss {loss(x['test']):.1f}, -ELBO {elbo_nats(model, x['test']).mean():.0f}"
    rebuilt[name] = as_images(model.decode(model.encode(x["test"][:10]).mean).mean)
pictures.rows(rebuilt, columns=10)

# %% [markdown]
# The loss of the broken version is far *smaller*, which looks like success. But it rebuilds every digit as the same grey blob, and its honest $-ELBO$ is that of independent pixels. Nothing goes through the code. Always look at reconstructions, and always compute the ELBO with sums.
#
# **Mistake 2: the log standard deviation taken for the log-variance**, so that the price is computed with $s$ in place of $s^2$. **Mistake 3: the mean of logarithms for the logarithm of the mean.** Both are easy to write and hard to see, except in a world where the truth is known. The parabola is such a world. Mistake 2 is made at $x = 0$, where the posterior is one broad hill around zero, with a guess of width $e^{-1}$. Mistake 3 is made at $x = 2$, with 500 draws of the wide guess. A mean that is a bound must not lie above the dashed line:

# %%
log_std, nothing = torch.tensor([-1.0]), torch.zeros(1)
truth, elbo = truth_and_bound(0.0, Normal(0.0, log_std.exp()))
given_back = gaussian_kl(nothing, log_std) - gaussian_kl(nothing, log_std / 2)
over = {"ELBO": elbo - truth, "ELBO, mistake 2": elbo + given_back - truth}
over |= {"L_500": -below["wide"][-1], "L_500, mistake 3": -below["wide"][0]}
pictures.dots({n: [float(v)] for n, v in over.items()}, "nats above log p(x)", {"log p(x)": 0})

# %% [markdown]
# The honest bounds stand at or below the line. Mistake 2 stands *above* it, which no bound can, and on real digits it would simply look like a better model. Mistake 3 is nothing but the ELBO of the wide guess: the mean of logarithms does not improve, however many draws you pay for.
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
# **2. Write it** (10 minutes). The prior-fitting term of a batch, from `mean` and `log_std`, both $(B, Z)$: one number per image.


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
# The noise is scaled, then shifted.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# return mean + log_std.exp() * noise
# ```
# </details>
#
# ## Ask yourself
#
# **1.** Why is the ELBO never above $\log p(x)$, and when is it equal?
#
# <details><summary>Answer</summary>
#
# The difference is $KL(q(z \mid x) \,\|\, p(z \mid x))$, which is never negative. It is zero only if the guess is the exact posterior ("The bound, second way").
# </details>
#
# **2.** The posterior has two equal hills. What does a Gaussian guess do that maximises the ELBO, and what does it cost?
#
# <details><summary>Answer</summary>
#
# It sits on one of them and ignores the other, because draws between the hills explain the image badly. It loses about $\log 2$ nats, and even 500 importance-weighted draws hardly win them back, although infinitely many would ("The bound, second way", "A better bound from more draws").
# </details>
#
# **3.** Two of eight latent variables have a prior-fitting term of zero. What did the encoder do, and does it hurt?
#
# <details><summary>Answer</summary>
#
# For them the guess is the prior for every image, so they carry nothing and cost nothing, and the decoder ignores them. It need not hurt: in the smaller networks of the size chart four latent variables were as good as more ("What does it see?", "How many latent variables, and which decoder?").
# </details>
#
# **4.** A friend's VAE has a loss of 0.4 where yours has 22. Is it better?
#
# <details><summary>Answer</summary>
#
# Perhaps it averages the reconstruction over the pixels, which is a hidden $\beta$ of 64. Look at its reconstructions, and compute the ELBO with sums ("Break it", mistake 1).
# </details>
#
# **5.** Why does the noise have to come from outside?
#
# <details><summary>Answer</summary>
#
# A draw has no derivative, so the gradient of the reconstruction would stop at $z$. In $z = m + s\,\varepsilon$ the code is an ordinary function of mean and width, and the gradient reaches the encoder with little noise ("The same numbers, faster").
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | An autoencoder is not a generative model. (오토인코더는 생성 모델이 아니다.) | holds: its codes have no distribution to draw from | The question |
# | A VAE brings probability into an ordinary encoder and decoder. (“일반적인 인코더 디코더 모델에 확률을 개입시킨 것.”) | holds | The equations |
# | The encoder learns the distribution of the latent variables, hence a mean and a variance. (“인코더는 잠재 변수의 분포를 학습한다.” “그래서 평균과 분산을 구한다.”) | holds, for each image: it is a *guess* of the posterior | The bound, second way |
# | The decoder learns, from the latent variables, mean and variance of what is generated. (“디코더는 잠재변수에서부터 생성 분포의 평균과 분산을 학습한다.”) | holds in part: for real-valued pixels; on grey digits a table of 17 levels does better, 94 nats against 121 | How many latent variables, and which decoder? |
# | $\log p(x) = ELBO + KL$, so raising the ELBO brings $q$ to the posterior: the lecture's sandwich. (ELBO를 올리면 $q$가 사후 분포에 가까워진다.) | holds in part: the sum holds exactly; a gap stays where $q$ cannot be the posterior | Is it a bound? |
# | Students often note: a VAE is implicit. (VAE는 암시적 모델이다.) | does not hold: $p(x)$ is written down, only its integral cannot be done; call it explicit but intractable | Is it a bound? |
# | The prior-fitting term must be differentiable, hence the Gaussian. (사전 분포에 맞추는 항은 미분할 수 있어야 하므로 가우시안을 쓴다.) | holds in part: a gradient is needed, a closed form is not; a game can take its place | A game in place of a formula |
# | An adversarial autoencoder replaces the KL by a GAN on the codes. (적대적 오토인코더는 KL 대신 코드에 GAN을 쓴다.) | holds in part: it brings all codes together to the prior, not each image's guess, and it gives up the bound | A game in place of a formula |
# | Unsupervised representation belongs to generative models: features are found without labels. (“unsupervised representation model도 gen에 포함된다.” “피쳐(hidden representation)를 알아서 찾아냄.” “레이블 없이.”) | holds in part: eight numbers keep most of the class, but on these digits a linear reader does better on the pixels; and a plain autoencoder finds features, too | Is the code a good representation?; The question |
#
# ## Summary
#
# These models were compared here. The last column says whether a model gives an image a code:
#
# | model | $p(x)$? | draws how | parameters (64 pixels) | test nats on the binary digits | code? |
# |---|---|---|---|---|---|
# | NADE, 128 hidden | exact | in 64 steps | 16,576 | 16.57 ± 0.25 | no |
# | four orders of NADE, the judge of the charts | exact | in 64 steps | 66,304 | 16.21 ± 0.24 | no |
# | Diagonal BiLSTM | exact | in 64 steps | 26,497 | 16.47 ± 0.24 | no |
# | autoencoder, Z = 16 | none | only from a distribution fitted afterwards | 173,136 | none | yes |
# | VAE, Z = 8 | a bound, as tight as you pay for | in one step | 171,088 | at most 16.75 ± 0.22 ($-L_{1000}$, ten seeds; $-ELBO$ 17.55) | yes |
#
# The table of the course goes on with the rows of the notebooks before, this one's last. Only scores of one kind can be compared:
#
# | model | $p(x)$? | draws how | parameters | its score | where it breaks |
# |---|---|---|---|---|---|
# | Markov, memory 9 | exact | in 64 steps | 28,671 | 19.19 ± 0.23 nats; fair coins 44.36 | most of a longer memory's rows were never seen |
# | NADE, 128 hidden | exact | in 64 steps | 16,576 | 16.57 ± 0.25 nats | learns a stroke anew at each place |
# | Diagonal BiLSTM | exact | in 64 steps | 26,497 | 16.47 ± 0.24 nats | each pixel waits for the one before |
# | **VAE, Z = 8** | a bound | in one step | 171,088 | at most 16.75 ± 0.22 nats | draws each pixel by itself: grain |
#
# Where it breaks: every pixel is drawn by itself once $z$ is known, so samples keep a grain that no digit has, and training never looks at a sample. Notebook 5 looks at nothing else.
#
# **References.** D. Kingma and M. Welling (2014), *Auto-Encoding Variational Bayes*, [arXiv 1312.6114](https://arxiv.org/abs/1312.6114). D. Rezende, S. Mohamed and D. Wierstra (2014), *Stochastic Backpropagation and Approximate Inference in Deep Generative Models*, [arXiv 1401.4082](https://arxiv.org/abs/1401.4082). R. Williams (1992), *Simple Statistical Gradient-Following Algorithms* (the score function), [doi 10.1007/BF00992696](https://doi.org/10.1007/BF00992696). Y. Burda, R. Grosse and R. Salakhutdinov (2016), *Importance Weighted Autoencoders*, [arXiv 1509.00519](https://arxiv.org/abs/1509.00519). A. Makhzani et al. (2015), *Adversarial Autoencoders*, [arXiv 1511.05644](https://arxiv.org/abs/1511.05644). I. Higgins et al. (2017), *beta-VAE*, [OpenReview](https://openreview.net/forum?id=Sy2fzU9gl).
#
# The lecture's own links: D. Kingma and M. Welling (2019), *An Introduction to Variational Autoencoders*, [arXiv 1906.02691](https://arxiv.org/abs/1906.02691); slides of [CMU's Deep Learning, lecture 12](https://www.cs.cmu.edu/~bhiksha/courses/deeplearning/Spring.2017/slides/lec12.vae.pdf) and of [Stanford's CS231n, lecture 13](http://cs231n.stanford.edu/slides/2017/cs231n_2017_lecture13.pdf); videos [one](https://www.youtube.com/watch?v=5WoItGTWV54) and [two](https://www.youtube.com/watch?v=odpjk7_tGY0).
