# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5 · GAN: a game instead of a likelihood
#
# > A GAN starts from a latent $z$ and draws a fake. A discriminator tells real from fake, and both learn from the difference: one raises the
# > objective, the other lowers it. It is an implicit model.
#
# **Can a network learn to draw from samples alone, with no $p(x)$ anywhere?**
#
# After this notebook you can compute the best opponent by hand, say what a generator really descends, make a GAN lose half of the data on
# purpose, repair it, and measure both.
#
# Key terms: generator (생성자), discriminator (판별자), implicit model (암시적 모델), minimax game (미니맥스 게임), Jensen-Shannon divergence
# (젠슨-섀넌 발산), saturation (포화), mode collapse (모드 붕괴).
#
# Everything is imported in one place.

# %%
import inspect
import json
import math
from pathlib import Path

import torch
from torch import nn

from genlib import metrics, pictures
from genlib.data import gaussian_ring, spiral, two_moons
from genlib.exercises import gan as exercise
from genlib.models import VAE, MLPDiscriminator, MLPGenerator, gan, gaussian, mlp, negative_elbo
from genlib.models.gan import discriminator_loss, minimax_loss, nonsaturating_loss, real_and_fake
from genlib.training import Player, fit
from genlib.widgets import Live, Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# ## The question
#
# All models so far gave an image a probability, exactly or by a bound. That had a price: a chain of 64 steps, or pixels drawn one by one from a guess. A **generator** (생성자) is
# freer. It turns noise into data by any network at all. Nobody can say how probable its outputs are: it is an **implicit model** (암시적 모델). So how do you train what has no likelihood?
#
# The world of this notebook is so simple that you can see everything: eight small Gaussians on a ring. Its density is known, but only we know it. The
# models see samples:

# %%
ring = gaussian_ring()  # radius 2, standard deviation 0.05
real = ring.sample(2000, torch.Generator().manual_seed(0))
pictures.show(pictures.plane(real, torch.zeros(2000).long())[None], pixels=360)

# %% [markdown]
# ## The equations
#
# A second network, the **discriminator** (판별자) $D$, sees a point and says how likely it is real. The two play a **minimax game** (미니맥스 게임):
#
# $$\min_G \max_D V(D, G) = E_{x \sim p}[\log D(x)] + E_{z}[\log (1 - D(G(z)))]$$
#
# In words: $D$ earns for calling real points real, and fakes fake. $G$ wants $D$ to fail. Why an expectation? Because nobody knows $p$, but everybody can
# *average over samples*: that is all that an expectation needs.
#
# ## The equations as code
#
# Probabilities, loops, nothing clever:


# %%
def naive_value(D_real, D_fake):
    """V from lists of probabilities."""
    total = sum(math.log(d) for d in D_real) / len(D_real)
    return total + sum(math.log(1 - d) for d in D_fake) / len(D_fake)


real_logits, fake_logits = torch.tensor([2.0, 0.5, -1.0]), torch.tensor([-3.0, 0.2, 1.0])
naive = naive_value(real_logits.sigmoid().tolist(), fake_logits.sigmoid().tolist())
assert abs(naive - gan.value(real_logits, fake_logits).item()) < 1e-6
print(f"V = {naive:.4f}; a coin as opponent has {naive_value([0.5], [0.5]):.4f} = -log 4")

# %% [markdown]
# The library takes **logits**, as always. Why? Let an opponent be sure, and the naive code dies:

# %%
sure = torch.tensor([200.0])
print("library", gan.value(-sure, sure).item())
try:
    print(naive_value((-sure).sigmoid().tolist(), sure.sigmoid().tolist()))
except ValueError as error:
    print("naive", type(error).__name__, error)

# %% [markdown]
# ## What would the best opponent say?
#
# Take a world of five states, so that $p$ and $g$ (what the generator draws) are two short tables. For each state $D$ may say what it wants. The best is
#
# $$D^*(x) = \frac{p(x)}{p(x) + g(x)} \qquad\text{and then}\qquad V(D^*, G) = 2\, JSD(p, g) - \log 4$$
#
# The **Jensen-Shannon divergence** (젠슨-섀넌 발산) compares $p$ and $g$ with their middle: zero where they agree, $\log 2$ where they have nothing in common. Check both sentences,
# first by formula, then by letting gradient steps find $D$:

# %%
torch.manual_seed(0)
p, g_logits = torch.rand(5).double().softmax(0), torch.randn(5).double()
g = g_logits.softmax(0)


def value_of(logits, g):
    """V of a table of D's logits: the expectations as sums over the states."""
    return (p * nn.functional.logsigmoid(logits) + g * nn.functional.logsigmoid(-logits)).sum()


best = value_of(gan.optimal_logits(p.log(), g.log()), g).item()
assert abs(best - (2 * metrics.jensen_shannon(p, g) - math.log(4))) < 1e-10
print(f"V of the best D {best:.6f}, 2 JSD - log 4 = {2 * metrics.jensen_shannon(p, g) - math.log(4):.6f}")

# %% [markdown]
# Now a $D$ that learns:

# %%
D = torch.zeros(5, dtype=torch.double, requires_grad=True)
adam = torch.optim.Adam([D], lr=0.05)
for _ in range(2000):
    adam.zero_grad()
    (-value_of(D, g)).backward()
    adam.step()
assert torch.allclose(D.sigmoid(), p / (p + g), atol=1e-4)
print("learnt  ", *[f"{d:.4f}" for d in D.sigmoid().tolist()])
print("p/(p+g) ", *[f"{d:.4f}" for d in (p / (p + g)).tolist()])

# %% [markdown]
# ### What does the generator descend?
#
# Against the best $D$, the gradient of $V$ is that of $2\, JSD(p, g)$: the game pulls $g$ towards $p$. The paper also gives a second loss, $-E \log D(G(z))$, the **non-saturating** one. It
# does not descend the same thing. Its gradient is that of $KL(g \| p) - 2\, JSD(p, g)$. Two derivations must meet:


# %%
def gradient_of(loss):
    """d loss / d (the generator's logits), at the present g."""
    free = g_logits.clone().requires_grad_()
    loss(free.softmax(0)).backward()
    return free.grad


def jsd(g):
    m = (p + g) / 2
    return ((p * (p / m).log()).sum() + (g * (g / m).log()).sum()) / 2


logits = gan.optimal_logits(p.log(), g.log())  # the opponent stands still
minimax = gradient_of(lambda g: (g * nn.functional.logsigmoid(-logits)).sum())
nonsaturating = gradient_of(lambda g: -(g * nn.functional.logsigmoid(logits)).sum())
assert torch.allclose(minimax, gradient_of(lambda g: 2 * jsd(g)))
kl = lambda g: (g * (g / p).log()).sum()
assert torch.allclose(nonsaturating, gradient_of(lambda g: kl(g) - 2 * jsd(g)))

# %% [markdown]
# Both assertions hold. The second objective is strange: it has a divergence with a minus. It is used for another reason.
#
# ### Why minimax saturates
#
# At first every fake is bad, and $D$ is sure of it: its logit is far below zero. How steep is each loss there?

# %%
logit = torch.linspace(-8, 8, 161)
slopes = {"minimax": -logit.sigmoid(), "non-saturating": logit.sigmoid() - 1}
at = torch.tensor([-8.0], requires_grad=True)
(slope,) = torch.autograd.grad(minimax_loss(at), at)
assert torch.allclose(slope, slopes["minimax"][:1])
print(f"at logit -8: minimax {slope.item():.5f}, non-saturating {slopes['non-saturating'][0]:.5f}")
pictures.lines(logit, slopes, "logit of a fake (left: D is sure that it is fake)", (-1.05, 0.05))

# %% [markdown]
# The minimax loss is flat where the generator is worst: it **saturates** (포화). The non-saturating one is steepest there. So a beginner learns. That is the whole reason.
#
# ## A game on a line
#
# Two bumps on a line, and a game of 1500 steps. `fit` gets two players, each with its own loss and optimizer. A player's step moves its own weights only. The library's four lines between
# them:

# %%
print(inspect.getsource(real_and_fake))


def p_line(x):
    """The density of the two bumps."""
    bump = lambda c: torch.exp(-(((x - c) / 0.4) ** 2) / 2) / (0.4 * math.sqrt(2 * math.pi))
    return (bump(-1.5) + bump(1.5)) / 2


def line_batches(size=128):
    while True:
        yield (torch.randn(size, 1) * 0.4 + 1.5 * torch.randint(2, (size, 1)).mul(2).sub(1),)


# %% [markdown]
# The two players:


# %%
def players_for(G, D, lr=(2e-3, 2e-3), loss=nonsaturating_loss, every=(1, 1), beta=0.5):
    """The two players; rates and turns are those of D, then of G."""
    adam = lambda net, lr: torch.optim.Adam(net.parameters(), lr, betas=(beta, 0.999))
    of_D = lambda real: discriminator_loss(*real_and_fake(D, G, real))
    of_G = lambda real: loss(D(G(G.noise(len(real)))))
    return {
        "discriminator": Player(D, of_D, adam(D, lr[0]), every[0]),
        "generator": Player(G, of_G, adam(G, lr[1]), every[1]),
    }


# %% [markdown]
# On a line you can count what the generator draws, and so you know the best opponent at every moment. Is the $D$ of the game ever as good?

# %% tags=["nbval-ignore-output"]
x_line = torch.linspace(-3, 3, 121)
torch.manual_seed(0)
G, D = MLPGenerator((1,)), MLPDiscriminator((1,))
players, batches = players_for(G, D), line_batches()
for part in range(5):
    fit(players, batches, steps=300)
    g_line = torch.histc(G.sample(50_000), 121, -3.025, 3.025) / 50_000 / 0.05
    best_D = p_line(x_line) / (p_line(x_line) + g_line + 1e-9)
    with torch.no_grad():
        now_D = D(x_line[:, None]).sigmoid()
        V = gan.value(D(next(batches)[0]), D(G.sample(128))).item()
    off = (best_D - now_D).abs().mean()
    print(f"step {300 * part + 300}: V {V:.2f}, D is off its best by {off:.2f} on average")

# %% [markdown]
# The theorem speaks of the best $D$. In the game $D$ is never there, it only follows: "theory only", says the lecture, and rightly. Yet it is good enough to show the way:

# %%
curves = {"p": p_line(x_line), "g": g_line, "best D": best_D, "D of the game": now_D}
pictures.lines(x_line, curves, "x", (0, 1.05))

# %% [markdown]
# LINE
#
# ## Train it: the ring
#
# In two dimensions $D$ is a **field**: red where it says real, blue where it says fake, white where it cannot tell. One trick helps a GAN to find all eight modes. `InstanceNoise` blurs
# what $D$ sees, real and fake alike, and the blur shrinks to zero. At first the eight bumps melt into one ring, and no bump can be missed. About ten seconds:


# %%
def record(steps=2500, blur=1.0, seed=0, **settings):
    """A game on the ring: G, D, losses, and every 125 steps a frame."""
    torch.manual_seed(seed)
    G, D = MLPGenerator((2,)), nn.Sequential(gan.InstanceNoise(blur), MLPDiscriminator((2,)))
    noise, frames = torch.Generator().manual_seed(seed), []

    def on_step(step):
        D[0].std = max(0.0, blur * (1 - step / (0.7 * steps)))
        if (step + 1) % 125 == 0:
            frames.append(look(G, D))

    batches = iter(lambda: (ring.sample(128, noise),), None)
    return G, D, fit(players_for(G, D, **settings), batches, steps, on_step), frames


# %% [markdown]
# What to look at: $D$'s field, 2000 samples, and how far the samples are from the truth. The truth is known, so the Jensen-Shannon divergence can be *computed*, on a grid of cells:

# %%
place = torch.linspace(-3, 3, 61)[:-1] + 0.05
cells = torch.cartesian_prod(place, place)
truth = metrics.cell_probabilities(ring.log_prob, limit=3, cells=60)


@torch.no_grad()
def look(G, D, n=2000):
    """D's field (60, 60), n samples (n, 2), and the divergence from the ring in nats."""
    field = nn.Sequential(*D).eval()(cells).sigmoid().view(60, 60)
    D.train()
    samples = G.sample(n, generator=torch.Generator().manual_seed(0))
    return field, samples, metrics.jensen_shannon(truth, metrics.cell_frequencies(samples, 3, 60))


# %% [markdown]
# And the game:

# %%
G, D, losses, frames = record()
pictures.show(torch.stack([pictures.field(f, x, 3) for f, x, _ in frames[3::8]]), columns=3, pixels=721)

# %% [markdown]
# FRAMES
#
# ## Look: modes, not losses
#
# A mode is **covered** if at least 2 % of 10,000 samples lie within four standard deviations of its centre. And how many samples are near any mode?


# %%
def score(x):
    """Modes covered, share near a mode, and the divergence, of (N, 2) points."""
    near = metrics.mode_shares(x, ring.centres, ring.std).sum()
    table = metrics.cell_frequencies(x, 3, 60)
    return metrics.modes_covered(x, ring.centres, ring.std), near, metrics.jensen_shannon(truth, table)


# %% [markdown]
# The real points set the standard:

# %% tags=["nbval-ignore-output"]
draws = {"real": ring.sample(10_000), "GAN": G.sample(10_000)}
for name, x in draws.items():
    print("{:5} {} of 8 modes, {:.0%} near one, JSD {:.3f} nats".format(name, *score(x)))
assert score(draws["GAN"])[0] >= 7 and score(draws["GAN"])[1] > 0.7

# %% [markdown]
# Is that luck? Ten seeds, from a benchmark (`python benchmarks/gan.py`):

# %%
RESULTS = Path("../benchmarks/results")
rows = json.loads((RESULTS / "gan_ring.json").read_text())["rows"]
print("modes", *[row["modes"] for row in rows])
print("near ", *[f"{row['near']:.0%}" for row in rows])

# %% [markdown]
# ### Does the loss tell?
#
# In all earlier notebooks a falling loss meant a better model. Compare the generator's loss with the divergence, frame by frame:

# %% tags=["nbval-ignore-output"]
blocks = torch.tensor(losses["generator"]).view(-1, 125).mean(1)
jsds = torch.tensor([frame[2] for frame in frames])
print("generator's loss", *[f"{v:.2f}" for v in blocks[::4]])
print("divergence      ", *[f"{v:.2f}" for v in jsds[::4]])
print(f"correlation {torch.stack([blocks, jsds]).corrcoef()[0, 1]:.2f}")

# %% [markdown]
# LOSS
