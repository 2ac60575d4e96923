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
# After this notebook you can compute the best opponent by hand, say what a generator really descends, make a GAN lose nearly all of the data on
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
from torch.distributions import Categorical, MixtureSameFamily, Normal

from genlib import metrics, pictures
from genlib.data import gaussian_ring, spiral, two_moons
from genlib.exercises import gan as exercise
from genlib.models import VAE, MLPDiscriminator, MLPGenerator, gan, gaussian, mlp, negative_elbo
from genlib.models.gan import discriminator_loss, minimax_loss, nonsaturating_loss, real_and_fake
from genlib.training import Average, Player, fit, minibatches
from genlib.widgets import Live, Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# ## The question
#
# All models so far gave an image a probability, exactly or by a bound. That had a price: a chain of 64 steps, or pixels drawn independently of each other. A **generator** (생성자) is
# freer. It turns noise into data by any network that a gradient can pass through. Nobody can say how probable its outputs are: it is an **implicit model** (암시적 모델). So how do you train what has no likelihood?
#
# The world of this notebook is so simple that you can see everything: eight small Gaussians on a ring. Its density is known, but only we know it. The
# models see samples:

# %%
ring = gaussian_ring()  # radius 2, standard deviation 0.05
real = ring.sample(2000, torch.Generator().manual_seed(0))
dots = lambda x: pictures.plane(x[:2000], torch.zeros(2000).long(), side=118)
pictures.show(dots(real)[None], pixels=360)

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
# The library takes **logits**, as always. Why? Let an opponent be sure, and wrong. The naive code takes the logarithm of zero:

# %%
sure = torch.tensor([200.0])  # log D / (1 - D) of a fake that is taken for real
print("library", gan.value(-sure, sure).item())
print("naive  ", (1 - sure.sigmoid()).log().item())

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
print(
    f"V of the best D {best:.6f}, 2 JSD - log 4 = {2 * metrics.jensen_shannon(p, g) - math.log(4):.6f}"
)

# %% [markdown]
# Now a $D$ that learns:


# %%
def learnt(value):
    """A table of D, (5,), after 2000 gradient steps up its value."""
    D = torch.zeros(5, dtype=torch.double, requires_grad=True)
    adam = torch.optim.Adam([D], lr=0.05)
    for _ in range(2000):
        adam.zero_grad()
        (-value(D)).backward()
        adam.step()
    return D.detach()


# %% [markdown]
# Does it end at $D^*$?

# %%
D = learnt(lambda D: value_of(D, g)).sigmoid()
assert torch.allclose(D, p / (p + g), atol=1e-4)
print("learnt  ", *[f"{d:.4f}" for d in D])
print("p/(p+g) ", *[f"{d:.4f}" for d in p / (p + g)])

# %% [markdown]
# ### What does the generator descend?
#
# Against the best $D$, the gradient of $V$ is that of $2\, JSD(p, g)$: the game pulls $g$ towards $p$. Goodfellow's paper (2014) also gives a second loss, $-E \log D(G(z))$, the **non-saturating** one. It
# does not descend the same thing. Its gradient is that of $KL(g \| p) - 2\, JSD(p, g)$. Two derivations must meet:


# %%
def gradient_of(loss):
    """d loss / d (the generator's logits), at the present g."""
    free = g_logits.clone().requires_grad_()
    loss(free.softmax(0)).backward()
    return free.grad


def jsd(g):
    kl_to_middle = lambda t: nn.functional.kl_div(((p + g) / 2).log(), t, reduction="sum")
    return (kl_to_middle(p) + kl_to_middle(g)) / 2


logits = gan.optimal_logits(p.log(), g.log())  # the opponent stands still
minimax = gradient_of(lambda g: (g * nn.functional.logsigmoid(-logits)).sum())
nonsaturating = gradient_of(lambda g: -(g * nn.functional.logsigmoid(logits)).sum())
assert torch.allclose(minimax, gradient_of(lambda g: 2 * jsd(g)))
kl = lambda g: (g * (g / p).log()).sum()
assert torch.allclose(nonsaturating, gradient_of(lambda g: kl(g) - 2 * jsd(g)))

# %% [markdown]
# Both assertions hold. The second objective is strange: it has a divergence with a minus, so it even rewards $g$ for being far from $p$ in one sense while the other pulls it near. It is used for another reason.
#
# ### Why minimax saturates
#
# At first every fake is bad, and $D$ is sure of it: its logit is far below zero. How steep is each loss there?

# %%
logit = torch.linspace(-8, 8, 161, requires_grad=True)
both = {"minimax": minimax_loss, "non-saturating": nonsaturating_loss}
slopes = {k: torch.autograd.grad(161 * loss(logit), logit)[0] for k, loss in both.items()}
print("at logit -8:", *[f"{name} {slope[0]:.5f}" for name, slope in slopes.items()])
pictures.lines(logit.detach(), slopes, "logit of a fake (left: D is sure)", (-1.05, 0.05))

# %% [markdown]
# The curves are slopes: a slope of 0 means a flat loss. The minimax loss is flat where the generator is worst: it **saturates** (포화). The non-saturating one is steepest there, three thousand times steeper at a logit of $-8$. So a beginner learns. That is its reason, and plain GANs use it.
#
# ## A game on a line
#
# Two bumps on a line, and a game of 1500 steps. `fit` gets two players, each with its own loss and optimizer. A player's step moves its own weights only. The library's four lines between
# them:

# %%
print(inspect.getsource(real_and_fake))

# %% [markdown]
# The data, two bumps:

# %%
two = Categorical(torch.ones(2)), Normal(torch.tensor([-1.5, 1.5]), torch.tensor([0.4, 0.4]))
bumps = MixtureSameFamily(*two)
batches = iter(lambda: (bumps.sample((128, 1)),), None)

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
p_x = bumps.log_prob(x_line).exp()
torch.manual_seed(0)
G, D = MLPGenerator((1,)), MLPDiscriminator((1,))
players = players_for(G, D)
for part in range(5):
    fit(players, batches, steps=300)
    g_line = torch.histc(G.sample(50_000), 121, -3.025, 3.025) / 50_000 / 0.05
    best_D = (p_x / (p_x + g_line)).clamp(1e-6, 1 - 1e-6)
    now_D = D(x_line[:, None]).sigmoid().detach()
    values = [(p_x * d.log() + g_line * (1 - d).log()).sum() * 0.05 for d in (now_D, best_D)]
    print(f"step {300 * part + 300:4}: V {values[0]:.2f}, the best D would have {values[1]:.2f}")

# %% [markdown]
# The theorem speaks of the best $D$. In the game $D$ is never there: "theory only", says the lecture, and rightly. Nor does the game go steadily down. The last column is $2\,JSD - \log 4$: the lower, the nearer $g$ is to $p$. After step 600 it rises before it falls again:

# %%
curves = {"p": p_x, "g": g_line, "best D": best_D, "D of the game": now_D}
pictures.lines(x_line, curves, "x", (0, 1.05))

# %% [markdown]
# Read the picture from the green line. Where $g$ (orange, its peaks are cut off) has too little, the best $D$ is near 1; where it has too much it is low. The $D$ of the game (dotted) is nearly a coin, perhaps because
# it sees 128 points at a time, and the generator moves on after each step. So the value of the game, about $-1.39$, says "no difference", while the best $D$ would still find much.
#
# ## Train it: the ring
#
# In two dimensions $D$ is a **field**: red where it says real, blue where it says fake, white where it cannot tell. One trick steadies the game. `InstanceNoise` blurs
# what $D$ sees, real and fake alike, and the blur shrinks to zero. At first the eight bumps melt into one ring, so $G$ feels bumps that it does not reach yet. About ten seconds:


# %%
def record(steps=2500, blur=1.0, seed=0, **settings):
    """A game on the ring: the average of G, losses, and every 125 steps a frame."""
    torch.manual_seed(seed)
    G, D = MLPGenerator((2,)), nn.Sequential(gan.InstanceNoise(blur), MLPDiscriminator((2,)))
    average, noise, frames = Average(G, 0.98), torch.Generator().manual_seed(seed), []

    def on_step(step):
        average(step)
        D[0].std = max(0.0, blur * (1 - step / (0.7 * steps)))
        if (step + 1) % 125 == 0:
            frames.append(look(G, D))

    batches = iter(lambda: (ring.sample(128, noise),), None)
    return average.module, fit(players_for(G, D, **settings), batches, steps, on_step), frames


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
G, losses, frames = record()
pictures.show(
    torch.stack([pictures.field(f, x, 3) for f, x, _ in frames[3::8]]), columns=3, pixels=721
)

# %% [markdown]
# From left to right: step 500, 1500 and 2500. First $D$ is pale everywhere (its field is drawn without the blur), and the samples are a loose cloud. Then they lie on a ring. When the blur is gone, eight white islands stand in the blue:
# there $D$ cannot tell real from fake any more, and there the samples gather. A thin line between the islands stays: a generator is a continuous map, and cannot tear its noise apart.
#
# ## Look: modes, not losses
#
# A mode is **covered** if at least 2 % of 10,000 samples lie within four standard deviations of its centre. And how many samples are near any mode?


# %%
def score(x):
    """Modes covered, share near a mode, and the divergence, of (N, 2) points."""
    near = metrics.mode_shares(x, ring.centres, ring.std).sum()
    table = metrics.cell_frequencies(x, 3, 60)
    return (
        metrics.modes_covered(x, ring.centres, ring.std),
        near,
        metrics.jensen_shannon(truth, table),
    )


# %% [markdown]
# The real points set the standard. The generator that counts is the moving average of $G$'s weights, which calms the last steps of the game:

# %% tags=["nbval-ignore-output"]
noise = torch.Generator().manual_seed(0)
draws = {"real": ring.sample(10_000, noise), "GAN": G.sample(10_000, generator=noise)}
for name, x in draws.items():
    print("{:5} {} of 8 modes, {:.0%} near one, JSD {:.3f} nats".format(name, *score(x)))
assert score(draws["GAN"])[0] >= 7 and score(draws["GAN"])[1] > 0.7

# %% [markdown]
# Nine of ten samples are near a mode, and none of the eight is lost. Is that luck? Ten seeds, from a benchmark (`python benchmarks/gan.py`):

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
# The loss falls, rises while the blur goes away, and ends higher than it was in the middle; the divergence falls to a third. The loss only says who is ahead, and here the blur has a say too. A flat loss may hide a good generator, and a low one
# a lazy opponent. So a GAN's loss curve proves nothing about quality: measure the samples.
#
# ## Mode collapse, made on purpose
#
# A generator may please $D$ with a few points only: **mode collapse** (모드 붕괴). You can make it happen. All settings below last 2500 steps, and a player with fewer turns moves less often; five seeds each (`python benchmarks/gan.py collapse`):

# %%
for name, seeds in json.loads((RESULTS / "gan_collapse.json").read_text())["rows"].items():
    modes = " ".join(str(row["modes_itself"]) for row in seeds)
    near = sum(row["near_itself"] for row in seeds) / len(seeds)
    print(f"{name:45} modes {modes}, near one {near:4.0%}")

# %% [markdown]
# Scored is $G$ itself, for the average of a generator that jumps shows nothing. If $G$ has ten turns for one of $D$, or $D$ learns ten times more slowly (here with more momentum too), $G$ puts everything where $D$ looks kindest, and when $D$
# follows it moves on. One mode at most is left. With five turns of $D$ for one of $G$, $G$ moves only 500 times. The minimax loss has then 5 to 7 modes and a third of its samples near them, the non-saturating loss 5 to 8 and 55 %. That is slowness as
# much as collapse. With equal turns and rates no mode is lost. The blur adds some percent and makes the seeds alike.
#
# ## GAN against VAE
#
# The VAE of notebook 4 can learn the ring too, with Gaussian pixels (here: two coordinates) and the ELBO:

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
vae = VAE(mlp(2, 64, 4), mlp(2, 64, 4), gaussian, latent_dim=2)
adam, points = torch.optim.Adam(vae.parameters(), 2e-3), minibatches(ring.sample(20_000), size=128)
fit({"vae": Player(vae, lambda x: negative_elbo(vae, x), adam)}, points, steps=2500)
draws["VAE"] = vae.sample(10_000)
print("VAE   {} of 8 modes, {:.0%} near one, JSD {:.3f} nats".format(*score(draws["VAE"])))
pictures.show(torch.stack([dots(draws["GAN"]), dots(draws["VAE"])]), columns=2)

# %% [markdown]
# In as many steps the VAE has half of the modes over the 2 % line. Three of four samples are near no mode: they lie on the ring between the modes, and inside it. Its bound punishes a missed point much more than a wasted sample. The GAN is the
# other way round: few samples are wasted, and nothing punishes a mode that is missed, except an opponent that notices. These are the usual weak sides of the two; one small run does not prove them.
#
# ## Play 1: the live game
#
# **How fast may each player learn?** Press Start, and move the controls while the game goes on. Stop, and step by hand. A new density or loss starts a new game:


# %%
class Game:
    """A game on a density of the plane, as far as it has come."""

    worlds = {"ring": ring, "two moons": two_moons(), "spiral": spiral()}  # noqa: RUF012
    losses = {"non-saturating": nonsaturating_loss, "minimax": minimax_loss}  # noqa: RUF012
    now = None

    def begin(self, density, loss):
        """A new game, if the density or the loss is new."""
        if self.now != (density, loss):
            torch.manual_seed(0)
            self.now, self.steps, self.world = (density, loss), 0, self.worlds[density]
            self.truth = metrics.cell_probabilities(self.world.log_prob, 3, 60)
            self.G = MLPGenerator((2,))
            self.D = nn.Sequential(gan.InstanceNoise(1.0), MLPDiscriminator((2,)))
            self.players = players_for(self.G, self.D, loss=self.losses[loss])


game = Game()

# %% [markdown]
# A piece of the game is 30 steps:


# %%
def advance(density, loss, rate_D, rate_G, blur, turns_D):
    """30 steps further."""
    game.begin(density, loss)
    game.D[0].std = blur
    for player, rate in zip(game.players.values(), (rate_D, rate_G), strict=True):
        player.optimizer.param_groups[0]["lr"] = rate
    game.players["generator"] = game.players["generator"]._replace(every=turns_D)
    fit(game.players, iter(lambda: (game.world.sample(128),), None), steps=30)
    game.steps += 30


# %% [markdown]
# What it shows: $D$'s field, samples, and the scores:


# %%
def show_game(density="ring", loss="non-saturating", rate_D=2e-3, rate_G=2e-3, blur=0.5, turns_D=1):
    """The field of D, 2000 samples and the scores of the game.

    density: where the real points come from
    loss: what the generator descends
    rate_D: the learning rate of the discriminator
    rate_G: the learning rate of the generator
    blur: how much noise the discriminator sees
    turns_D: how many turns D has for one of G
    """
    game.begin(density, loss)
    field, x, _ = look(game.G, game.D)
    jsd = metrics.jensen_shannon(game.truth, metrics.cell_frequencies(x, 3, 60))
    modes = ", {} of 8 modes, {:.0%} near one".format(*score(x)) if density == "ring" else ""
    line = f"{loss}, step {game.steps}, {rate_D}, {rate_G}, blur {blur}, {turns_D} to 1"
    return pictures.field(field, x, 3), f"{line}: JSD {jsd:.2f}{modes}"


# %% [markdown]
# The blur is yours now: begin with much, then take it away.

# %%
rates = [0.0002, 0.001, 0.002, 0.005, 0.01]
names = {"density": list(Game.worlds), "loss": list(Game.losses)}
speeds = {"rate_D": rates, "rate_G": rates, "turns_D": [1, 2, 5]}
Live(advance, show_game, **names, **speeds, blur=(0.0, 1.0, 0.1))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# With a blur of 0.5 the ring has 4 to 6 modes at step 900. Take the blur down to 0.2 and then to 0: by step 2700 all 8 were covered, and 91 % of the samples lay near one. For a new game choose another density and come back. With blur 0, $D$ at 0.0002 and
# $G$ at 0.01 no sample is near any mode at step 900: all jump about together. With blur 0, the minimax loss and five turns of $D$ it creeps: 6 modes and 29 % at step 1800. Your numbers may differ, for the game goes its own way at each touch.
# </details>
#
# ## Play 2: the best opponent
#
# **When is $V$ lowest?** Two Gaussians on a line: $p$ stands still, $g$ is yours:


# %%
def show_best(mean=1.0, width=1.0):
    """p, g and the best D, with V and the divergence.

    mean: where the generator's bump is
    width: how wide it is; p has 1
    """
    x = torch.linspace(-6, 6, 601)
    p, g = (Normal(m, s).log_prob(x) for m, s in ((0.0, 1.0), (mean, width)))
    best = gan.optimal_logits(p, g).sigmoid()
    tables = [d.exp() / d.exp().sum() for d in (p, g)]
    jsd = metrics.jensen_shannon(*tables)
    line = f"JSD {jsd:.3f}, V of the best D = 2 JSD - log 4 = {2 * jsd - math.log(4):.3f}"
    return pictures.lines(x, {"p": p.exp(), "g": g.exp(), "best D": best}, "x", (0, 1.05)), line


# %% [markdown]
# Make them equal, then move $g$ away, then make it narrow:

# %%
Panel(show_best, mean=(-4.0, 4.0, 0.2), width=(0.2, 3.0, 0.1))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Equal bumps: the best $D$ is 0.5 everywhere, and $V = -\log 4 = -1.386$, its lowest. One apart: $JSD$ 0.111. Four apart: 0.632, near $\log 2 = 0.693$, where it stops growing. So far-away generators are all
# equally bad to it, and that is the flat slope again. A narrow $g$ in the right place (width 0.2) still has 0.303: it misses most of $p$, which is what collapse looks like.
# </details>
#
# ## Play 3: the whole game again
#
# **When does $D$'s field get its colour?** The frames of the ring, and of a game in which $G$ has ten turns for one of $D$:

# %%
collapsed = record(blur=0.0, every=(10, 1))[2]


def show_frame(moment=20, game="repaired"):
    """D's field and samples at some moment of a recorded game.

    moment: how many times 125 steps
    game: the one trained above, or one in which D is too slow
    """
    field, x, jsd = (frames if game == "repaired" else collapsed)[moment - 1]
    modes, near, _ = score(x)
    return pictures.field(
        field, x, 3
    ), f"step {125 * moment}: {modes} of 8 modes, {near:.0%} near one, JSD {jsd:.2f}"


# %% [markdown]
# Drag the moment from 1 to 20:

# %% tags=["nbval-ignore-output"]
Panel(show_frame, moment=(1, 20), game=["repaired", "collapsed"])

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# In the repaired game $D$ stays pale for some 1300 steps: its blur hides the gaps. Then it turns blue between the modes, and from step 1500 to 2125 the share near a mode grows from 17 to 84 %. In the collapsed game all samples are
# one clump that jumps from place to place, always ahead of a $D$ that is too slow. Its divergence is the most there is, $\log 2 = 0.69$, and a little less when the clump happens to sit on a mode. (The last divergence of the repaired game, 0.23, is that of $G$ itself; 0.10 above was its average. Other machines may end a little elsewhere.)
# </details>
#
# ## Break it
#
# **Mistake 1: the sigmoid twice.** $D$ ends in a sigmoid, and the loss, which expects logits, squashes again. In the world of five states:

# %%
twice = learnt(lambda D: value_of(D.sigmoid(), g)).sigmoid()
print("D says  ", *[f"{d:.2f}" for d in twice])
print("the best", *[f"{d:.2f}" for d in p / (p + g)])
print(f"V {value_of(twice, g):.3f}, the best V {best:.3f}, a coin {-math.log(4):.3f}")

# %% [markdown]
# Squashed twice, what $D$ says lies between 0.5 and 0.73 for the loss. So it may not say "fake" at all, and it escapes to the ends: it says 0 where the truth is 0.35 to 0.47. Its value stays below the best, and worse, a generator that
# listens to it learns the wrong thing. The game runs, and no error tells you.
#
# **Mistake 2: the fake not detached.** If $D$'s loss reaches $G$, then $G$ gets a gradient that makes it *easier* to catch. In our `fit` each player has an optimizer of its own and clears its gradients, so it costs time only. With one optimizer for
# both it teaches $G$ to lose. Look at the gradients that must be zero:

# %% tags=["nbval-ignore-output"]
G, D = MLPGenerator((2,)), MLPDiscriminator((2,))
for name, fake in (("detached", G(G.noise(64)).detach()), ("not detached", G(G.noise(64)))):
    G.zero_grad()
    discriminator_loss(D(real[:64]), D(fake)).backward()
    print(name, sum(w.grad.abs().sum().item() for w in G.parameters() if w.grad is not None) > 0)

# %% [markdown]
# **Mistake 3: a divergence from too few samples.** A chart of the Jensen-Shannon divergence is easy to draw. Measure it for *true* points:

# %%
for n in (100, 1000, 10_000, 100_000):
    floor = metrics.jensen_shannon_floor(truth, n, torch.Generator().manual_seed(0))
    print(f"{n:6} true points: JSD {floor:.3f}")

# %% [markdown]
# A perfect generator has 0.10 nats with 100 points. A chart made from few samples shows how many you drew, not how good the model is. Always draw the floor beside it.
#
# ## Exercises
#
# **1. Predict, then run** (5 minutes). At some point the data has density 0.3 and the generator 0.1. What does the best $D$ say there?

# %%
my_guess = None  # your number
exercise.best_guess.check(my_guess)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Of all points that fall there, how many are real?
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_guess = 0.3 / (0.3 + 0.1)
# ```
# </details>
#
# **2. Write it** (10 minutes). The Jensen-Shannon divergence of two tables, both $(K,)$ and positive, in nats.


# %%
def my_divergence(p, g):
    """(KL(p, m) + KL(g, m)) / 2 with m the middle: (K,), (K,) -> scalar."""
    return None  # your code


exercise.jensen_shannon.check(my_divergence)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $m = (p + g) / 2$ and $KL(p \| m) = \sum p \log (p / m)$.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# m = (p + g) / 2
# return ((p * (p / m).log()).sum() + (g * (g / m).log()).sum()) / 2
# ```
# </details>
#
# **3. Write it** (10 minutes). The non-saturating loss from the logits of fakes. One of them may be $-200$.


# %%
def my_loss(logits):
    """-mean log D: (B,) -> scalar."""
    return None  # your code


exercise.generator_loss.check(my_loss)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $-\log \sigma(a) = \log(1 + e^{-a})$, which is `softplus(-a)`.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# return nn.functional.softplus(-logits).mean()
# ```
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | A GAN is an implicit model: it draws, and has no $p(x)$. | holds | The question |
# | The objective is a minimax game. | holds; but the loss that works descends something else | What does the generator descend? |
# | With the best discriminator the objective is $2\,JSD - \log 4$. | holds, to ten digits | What would the best opponent say? |
# | It is theory only: the best discriminator is not guaranteed. | holds: at all five moments measured it is not reached | A game on a line |
# | As the discriminator improves, the generator improves with it. | holds in part: they must keep step; ten turns of the generator for one of the discriminator lose nearly everything | Mode collapse |
# | An expectation stands in the objective because we look for the distribution of the data. | holds: an expectation can be estimated from samples alone | The equations |
#
# ## Summary
#
# | model | $p(x)$? | draws how | on the ring: modes, share near one | what training tells |
# |---|---|---|---|---|
# | NADE, PixelRNN | exact | pixel by pixel | not tried | its nats |
# | VAE | a bound | in one step | 4 of 8, 26 % | its bound |
# | **GAN** | none | in one step | 8 of 8 on ten of ten seeds, 89 to 91 % | nothing: measure the samples |
#
# Where it breaks: on digits there is no truth to compute a divergence from, and networks of plain layers draw badly. Notebook 6 brings convolutions, and another way to measure.
#
# I. Goodfellow et al. (2014), *Generative Adversarial Nets*. C. Sonderby et al. (2017), *Amortised MAP Inference for Image Super-resolution* (instance noise).
