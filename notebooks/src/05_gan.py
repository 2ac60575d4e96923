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
# After this notebook you can write the training loop of a GAN by hand, derive the best discriminator in two lines, recognise mode collapse when you
# see it, and say what the two losses tell you and what they do not.
#
# Key terms: generator (생성자), discriminator (판별자), implicit model (암시적 모델), minimax game (미니맥스 게임), Jensen-Shannon divergence
# (젠슨-섀넌 발산), saturation (포화), mode collapse (모드 붕괴).
#
# Everything that this notebook needs is imported here, in one place.

# %%
import json
import math
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import nn
from torch.distributions import Normal

from genlib import judges, metrics, models, pictures
from genlib.data import every_image, gaussian_ring, spiral, two_moons
from genlib.exercises import gan as exercise
from genlib.models import MLPDiscriminator, MLPGenerator, gan
from genlib.training import Player, adam, fit, minibatches
from genlib.widgets import Live, Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# ## The question
#
# All models so far gave an image a probability, either exactly or by a bound, and they paid for it with long chains of steps or with pixels that are
# drawn independently. A **generator** (생성자) $G$ is freer, because it turns noise into data by any network that a gradient can pass through. Nobody asks
# it how probable its outputs are, which is why it is called an **implicit model** (암시적 모델). How do you train a network that has no likelihood?
#
# The idea of a GAN is to train a second network beside it. The **discriminator** (판별자) $D$ is a classifier with two classes, real and fake, and
# the generator learns to make this classifier err. Here are both:

# %%
text = "z -> G -> fake -> D\nreal -> D -> logit"
shapes = {"z": "(B, 2) normal", "fake": "(B, 2)", "real": "(B, 2)", "logit": "(B,)"}
pictures.diagram(text, shapes, learns=["G", "D"])

# %% [markdown]
# The noise $z$ consists of two independent standard normal numbers per sample, and nothing about it is learned. $G$ maps it to a fake point $G(z)$ of
# the plane, and $D$ maps any point to a logit, the logarithm of the odds that the point is real.
#
# The real data of this notebook lies on the plane too, so that you can see everything. Its density $p$ consists of eight narrow Gaussians on a ring. We
# know this density, which lets us measure how good a generator is, but the networks see samples only.

# %%
ring = gaussian_ring()  # radius 2, standard deviation 0.05
real = ring.sample(20_000, torch.Generator().manual_seed(0))
pictures.show(pictures.cloud({"real": real[:2000]})[None])

# %% [markdown]
# Each blue blob is one mode of the data. A generator bends the plane of the noise until it lies on these blobs. To see how, push a square grid of
# values of $z$ through it, and draw where the lines of the grid arrive, first for an untrained generator:

# %%
z_grid = torch.cartesian_prod(*[torch.linspace(-2.5, 2.5, 26)] * 2)
warped = lambda G: pictures.mesh(G(z_grid).view(26, 26, 2), points=real[:2000])
torch.manual_seed(0)
warped(MLPGenerator((2,)))

# %% [markdown]
# The whole grid, drawn in orange, is crumpled into a small patch near the centre, and it reaches none of the blue modes. Training has to spread it over eight
# places that are far from one another.
#
# ## The equations
#
# The two networks play a **minimax game** (미니맥스 게임), in which one number $V$ is raised by $D$ and lowered by $G$:
#
# $$\min_G \max_D V(D, G) = E_{x \sim p}[\log D(x)] + E_{z}[\log (1 - D(G(z)))]$$
#
# Here $D(x)$ is the probability of "real", the sigmoid of the logit. The first term is large if real points are called real, and the second is large
# if fakes are called fake. Both are expectations (see [this discussion](https://datascience.stackexchange.com/questions/49232/understanding-notation-of-goodfellows-gan-objective-function)), and a mean over samples
# estimates them, even for the data, whose density nobody knows.
#
# The players move in turn. When $D$ moves, $G$ stands still and only delivers fakes:

# %%
text = "z -> G -> fake -> D\nreal -> D -> V\nV ~[gradient]~> D"
pictures.diagram(text, learns=["D"], frozen=["G"], title="D's step: V goes up")

# %% [markdown]
# When $G$ moves, $D$ stands still. The gradient still passes *through* it on the way back to $G$, and it is the only information about the data that the
# generator ever gets:

# %%
text = "z -> G -> fake -> D -> V\nV ~[gradient]~> G"
pictures.diagram(text, learns=["G"], frozen=["D"], title="G's step: V goes down")

# %% [markdown]
# Compare the hatched boxes of the two drawings: each step freezes the network that the other step trains.
#
# ## The equations as code
#
# You know $V$ already under another name. It is the negative **binary cross-entropy** (이진 교차 엔트로피) of a classifier whose label is 1 for real points
# and 0 for fakes, so two lines of plain torch give the same number as the formula:

# %%
bce = nn.functional.binary_cross_entropy_with_logits
on_real, on_fake = torch.tensor([2.0, 0.5, -1.0]), torch.tensor([-3.0, 0.2, 1.0])  # logits
V = on_real.sigmoid().log().mean() + (1 - on_fake.sigmoid()).log().mean()
loss = bce(on_real, torch.ones(3)) + bce(on_fake, torch.zeros(3))
assert torch.isclose(V, -loss) and torch.isclose(V, gan.value(on_real, on_fake))
print(f"V = {V:.4f}, cross-entropy = {loss:.4f}; for a coin V = {-math.log(4):.4f}")

# %% [markdown]
# So $D$'s step is the training of an ordinary classifier. A coin, which says one half for every point, reaches $V = -\log 4$, and this number will come
# back as the value that $D$ gets when it can tell nothing apart.
#
# ## What would the best discriminator say?
#
# Let $g$ be the density of the fakes, and look at a single point $x$. A share $p(x)$ of the real and a share $g(x)$ of the fake points fall there, so with
# $a = p(x)$, $b = g(x)$ and $y = D(x)$ the point adds $a \log y + b \log (1 - y)$ to $V$. Set the derivative by $y$ to zero:
#
# $$\frac{a}{y} - \frac{b}{1 - y} = 0 \quad\Longrightarrow\quad a (1 - y) = b y \quad\Longrightarrow\quad D^*(x) = y = \frac{p(x)}{p(x) + g(x)}$$
#
# Now recall the Kullback-Leibler divergence of notebook 4, $KL(p \| m) = E_p[\log \frac{p}{m}]$, which is zero only where the two agree. Put $D^*$ back into $V$. Each fraction compares a density with the middle $m = (p + g) / 2$, up to a factor of two:
#
# $$V(D^*, G) = E_p\Big[\log \frac{p}{2m}\Big] + E_g\Big[\log \frac{g}{2m}\Big] = KL(p \| m) + KL(g \| m) - \log 4 = 2\, JSD(p, g) - \log 4$$
#
# The **Jensen-Shannon divergence** (젠슨-섀넌 발산) $JSD$ is the mean of these two divergences from the middle. It is zero only where $p$ and $g$ agree, and $\log 2$ where they have nothing in common. This finishes the argument: against the best $D$ a generator does best when $g = p$, and then $D^*$ is one half everywhere and $V = -\log 4$, the value of a coin. Whether the two players ever get there is another question. Look at all this in a world of five
# states, where $p$ and $g$ are two short tables:

# %%
p, g = torch.tensor([[0.15, 0.3, 0.25, 0.2, 0.1], [0.4, 0.3, 0.1, 0.05, 0.15]])
best_D = p / (p + g)
V = (p * best_D.log() + g * (1 - best_D).log()).sum().item()
assert abs(V - (2 * metrics.jensen_shannon(p, g) - math.log(4))) < 1e-6
logits, drawn = torch.zeros(5), {"real": p, "fake": g, "best D": best_D}
for step in range(1, 31):
    logits += 3 * (p - (p + g) * logits.sigmoid())  # up the slope of V
    drawn |= {f"D, step {step}": logits.sigmoid()} if step in (3, 30) else {}
pictures.curves(range(5), drawn, "state", "probability")

# %% [markdown]
# Where the fakes are more frequent than the data (orange above blue), the best $D$ falls below one half, and where the data is more frequent it rises above.
# The assertion holds as well: the value of this $D$ is $2\, JSD - \log 4$. And no formula is needed to find it. A $D$ that begins at one half everywhere and only follows the slope of $V$ is on its way after three steps, and after thirty its curve cannot be told from that of the best one.
#
# ### Why the minimax loss saturates
#
# Suppose the fakes are bad and $D$ is sure of it, as happens whenever $D$ learns faster than $G$. Then the logit of a fake is far below zero. What does $G$ feel there? Compare its part of $V$ with another loss
# from the same paper, $-E \log D(G(z))$, the **non-saturating** one. It asks $D$ for the label "real" instead of punishing the label "fake":

# %%
logit = torch.linspace(-8, 8, 161)
minimax, other = -nn.functional.softplus(logit), nn.functional.softplus(-logit)
curves = {"minimax: log(1 - D)": minimax, "non-saturating: -log D": other}
pictures.lines(logit, curves, "logit of a fake (left: D is sure that it is fake)", (-8, 8))

# %% [markdown]
# Both curves fall to the right, so both losses want fakes that look real. They differ at the left, where a beginner stands: the minimax curve is flat there,
# which is called **saturation** (포화), while the non-saturating curve is steepest. At a logit of $-8$ the non-saturating loss is $e^8$ times steeper, about three thousand times, so a bad generator still learns. That is why nearly everybody uses it, although
# it is no longer the objective of the minimax game.
#
# ## Train it by hand, once
#
# This is the whole training loop of a GAN, with no help from the library. Read it with the two drawings above in mind. `fake.detach()` cuts the way back to
# $G$, because $D$'s step must not move $G$. In $G$'s step nothing is cut: the gradient runs through $D$ to $G$, and `adam_G` moves the weights of $G$ only.

# %%
torch.manual_seed(0)
G, D = MLPGenerator((2,)), MLPDiscriminator((2,))
adam_G, adam_D = adam(G.parameters(), 2e-3), adam(D.parameters(), 2e-3)
for _ in range(800):
    real_batch, z = ring.sample(128), torch.randn(128, 2)
    fake = G(z)
    loss_D = bce(D(real_batch), torch.ones(128)) + bce(D(fake.detach()), torch.zeros(128))
    adam_D.zero_grad()
    loss_D.backward()
    adam_D.step()
    loss_G = bce(D(fake), torch.ones(128))
    adam_G.zero_grad()
    loss_G.backward()
    adam_G.step()
pictures.show(pictures.cloud({"real": real[:1000], "fake": G.sample(1000)})[None])

# %% [markdown]
# After 800 steps the orange fakes have left the centre and reach all eight modes, with many wasted points on threads between them. (The backward pass of $G$'s step leaves gradients
# in $D$ as well; they do no harm, because `adam_D.zero_grad()` clears them before they are used.)
#
# ## Train it with `fit`
#
# The rest of the notebook uses `fit`, which plays the same game for any number of players. Each player has its own loss and its own optimizer, and moves nothing but its own weights.
# One trick makes the game easier to follow: `InstanceNoise` blurs what $D$ sees, real and fake alike, and the blur shrinks to zero during training. While it is strong, the
# eight modes melt into one ring, so that $G$ feels even those modes that it does not reach yet. (This ring is found without it, too, as a later chart shows.)


# %%
def begin(seed=0, world=ring, loss=gan.nonsaturating_loss, rates=(2e-3, 2e-3), every=(1, 1)):
    """A new game of G and D; rates and turns are those of D, then of G."""
    torch.manual_seed(seed)
    G, D = MLPGenerator((2,)), nn.Sequential(gan.InstanceNoise(0.0), MLPDiscriminator((2,)))
    of_D = lambda real: gan.discriminator_loss(*gan.real_and_fake(D, G, real))
    of_G = lambda real: loss(D(G(G.noise(len(real)))))
    player_D = Player(D, of_D, adam(D.parameters(), rates[0]), every[0])
    player_G = Player(G, of_G, adam(G.parameters(), rates[1]), every[1])
    game = SimpleNamespace(G=G, D=D, world=world, z=G.noise(300), real=world.sample(20_000))
    game.players, game.told = {"D": player_D, "G": player_G}, {"D": [], "G": [], "JSD": []}
    return game


def go_on(game, blur=0.0, who="DG", steps=125):
    """Take the game some steps further, and note the losses and the divergence."""
    game.D[0].std = blur
    losses = fit({n: game.players[n] for n in who}, minibatches(game.real, size=128), steps)
    for name in "DG":
        game.told[name].append(torch.tensor(losses.get(name, [])).mean().item())
    game.told["JSD"].append(judges.judged(game.G.sample(2000), game.world)["jsd"])


# %% [markdown]
# To watch the game, draw $D$ as a **field** over the plane: blue where it says real, orange where it says fake, white where it cannot tell. Real points are blue dots and fakes
# are orange ones. A black line starts at each fake and leads where the gradient of $G$'s loss sends it, which is all that $G$ learns from $D$:


# %%
cells = torch.cartesian_prod(*[torch.linspace(-2.95, 2.95, 60)] * 2)


@torch.enable_grad()
def scene(game):
    """D's field without the blur, real points, and fakes with their ways."""
    fake, D = game.G(game.z).detach().requires_grad_(), game.D[-1]
    way = -0.3 * len(fake) * torch.autograd.grad(gan.nonsaturating_loss(D(fake)), fake)[0]
    field, points = D(cells).detach().sigmoid().view(60, 60), {"real": game.real[:400]}
    return pictures.field(field, points | {"fake": fake}, 3, arrows=torch.cat([fake, way], 1))


# %% [markdown]
# And the game itself, 2500 steps in twenty pieces with a scene after each, which takes some ten seconds:


# %%
def record(blur=0.0, **settings):
    game, scenes = begin(**settings), []
    for piece in range(20):
        go_on(game, blur * max(0, 1 - piece / 14))
        scenes.append(scene(game))
    return game, torch.stack(scenes)


game, scenes = record(blur=1.0)
picked = [3, 7, 11, 13, 15, 19]
names = [f"step {125 * (piece + 1)}" for piece in picked]
pictures.rows({"": scenes[picked]}, columns=3, names=names)

# %% [markdown]
# First $D$ is pale, and the fakes form a loose cloud that soon closes to a ring. When the blur is nearly gone the field turns orange between the modes, the black lines
# lead away from there, and the fakes gather in the islands that are left. A thin line of fakes between the islands stays, because a generator is a continuous map and cannot tear its noise apart.
#
# ## Look: what has the generator learned?
#
# The warped grid shows this map itself, now after training:

# %%
warped(game.G)

# %% [markdown]
# The sheet of noise has been stretched into a ring. Most of its crossings lie in the modes, where nothing can be told apart any more, and long threads run
# between the modes, most of them along the ring and a few across it: a continuous map has to bridge the gaps somewhere.
#
# ### What do the losses tell?
#
# In all earlier notebooks a falling loss meant a better model. Here are both losses of the game beside the divergence, which can be computed because $p$ is known:


# %%
marks = {"D tosses a coin": math.log(4), "JSD of true points": judges.floor(ring, 2000)}
at = 125 * torch.arange(1, 21)
best = {"the best D": math.log(4) - 2 * torch.tensor(game.told["JSD"])}
pictures.curves(at, game.told | best, "step", "nats", marks=marks)

# %% [markdown]
# The loss of $D$ stays close to the dashed line of the coin for most of the game, and the loss of $G$ hardly falls at all. The curve "the best D" is $\log 4 - 2\,JSD$, which the formula promises. $D$ stays far above it, at first because it sees blurred points while the divergence is that of sharp ones, and later because this $D$ simply is not the best one. Only the divergence shows that the samples
# became much better. The losses say who is ahead at the moment, not how far both have come, so the quality of a GAN has to be measured on its samples.
#
# The lower dashed line is a warning about the divergence itself. Even 2000 *true* points do not score zero, because the divergence is counted on a grid of 60 × 60 cells, of which many stay empty by chance. Here that costs next to nothing, with fewer points it would cost more, so a chart of a divergence
# always needs this floor beside it.
#
# ## Break it: D too strong
#
# **D's loss goes to zero: is that good?** This is perhaps the most common question about GANs. To see the answer, make $D$ too strong on purpose: $G$ gets one turn in ten, learns at a tenth of the rate, and uses the minimax loss. Before you look: which of the two losses would get $G$ out of there? The chart has the same game with both:

# %%
strong, tight = record(rates=(2e-3, 2e-4), every=(1, 10), loss=gan.minimax_loss)
other, _ = record(rates=(2e-3, 2e-4), every=(1, 10))
both = ("minimax", strong), ("non-saturating", other)
shown = {f"{name}, {loss}": of.told[name] for loss, of in both for name in ("D", "JSD")}
pictures.curves(at, shown, "step", "nats")

# %% [markdown]
# For a thousand steps the loss of $D$ is zero, and for all this time the divergence is as large as it can be, $\log 2$. So the answer is no: a loss of zero means that $D$ separates
# real from fake perfectly, and then the minimax loss is flat and $G$ gets next to no gradient. With the non-saturating loss $G$ has as few turns and as small a rate, and yet the divergence begins to fall and the loss of $D$ leaves zero after some five hundred steps: a gradient arrives even from a sure $D$. In the healthy game above $D$ is nearly as unsure as a coin. That alone is no sign of health either, as the next section shows.
#
# ## Break it: mode collapse
#
# The opposite mistake is a $D$ that is too slow. Then a generator may please $D$ with a few points only, which is called **mode collapse** (모드 붕괴). Let $G$ have ten
# turns for each turn of $D$. Before you look: how many of the eight modes will it keep? Here are three games at the same moments (the two broken ones have no blur):

# %%
games = {"healthy": scenes, "D too strong": tight, "D too slow": record(every=(10, 1))[1]}
rows = {name: of[[1, 6, 13, 19]] for name, of in games.items()}
pictures.rows(rows, columns=4, names=["step 250", "step 875", "step 1750", "step 2500"])

# %% [markdown]
# In the middle row $D$ has drawn a sharp border around the fakes, which hardly move for the first half. The black lines there show what the *non-saturating* loss would tell them: away from here, in all directions and with force. The
# minimax loss, which this game uses, is flat inside the orange region.
#
# In the lowest row all fakes sit in one orange clump. The field stays pale, because by the time $D$ has learned that a place is fake the clump has already
# moved on. In none of these pictures has it split to visit several of the blue modes, although every batch of the data shows all eight.
#
# Five seeds per setting say how reliably this happens (`python benchmarks/gan.py collapse`). A mode counts as covered if at least 2 % of 10,000 samples lie within four standard deviations of its centre:

# %%
read = lambda part: json.loads(Path(f"../benchmarks/results/gan_{part}.json").read_text())["rows"]
each = lambda part, key: {n: [row[key] for row in seeds] for n, seeds in read(part).items()}
pictures.dots(each("collapse", "modes_itself"), "modes covered, of 8 (five seeds)")

# %% [markdown]
# Ten turns of $G$, or a $D$ that learns ten times more slowly, leave at most one mode. Five turns of $D$ lose a few modes, perhaps because $G$ then moves only 500 times, and with equal turns none is lost.
#
# ## GAN beside VAE
#
# The VAE of notebook 4 can learn the ring too, with a Gaussian for each of the two coordinates. It sees the same points for as many steps. Here are
# 2000 points of each as translucent dots, so that dense places are dark; "near" means within four standard deviations of a mode:

# %%
torch.manual_seed(0)
vae = models.VAE(models.mlp(2, 64, 4), models.mlp(2, 64, 4), models.gaussian, latent_dim=2)
bound = lambda x: models.negative_elbo(vae, x)
fit({"VAE": Player(vae, bound)}, minibatches(real, size=128), steps=2500)
draws = {"real": real[:10_000], "GAN": game.G.sample(10_000), "VAE": vae.sample(10_000)}
clouds = [pictures.cloud({"real" if n == "real" else n: x[:2000]}, 4) for n, x in draws.items()]
names = [f"{n}: {judges.judged(x, ring)['near']:.0%} near" for n, x in draws.items()]
pictures.rows({"": torch.stack(clouds)}, columns=3, names=names)

# %% [markdown]
# The GAN puts its dots into the modes and leaves a faint line between them. The VAE spreads its dots over a broad band, dense at two of the modes, and the
# other six cannot be seen. This is the usual difference between the two, although one small run does not prove it. The bound of a VAE punishes a missed point much harder than a wasted sample. For $D$ it is the other way round: it punishes wasted
# samples, and a missing mode moves $G$ only if some fakes are near, since all that $G$ learns arrives at its own fakes.
#
# ## What came after
#
# Three repairs are found in most later GANs, and each of them limits how steep $D$ can be.
#
# **WGAN with gradient penalty** ([Arjovsky et al. 2017](https://arxiv.org/abs/1701.07875), [Gulrajani et al. 2017](https://arxiv.org/abs/1704.00028)) replaces the classifier by a *critic* $C$ without a sigmoid. If its
# slope is at most 1 everywhere, the best critic measures the Wasserstein distance, which still grows when two distributions have nothing in common, while the $JSD$ is stuck at $\log 2$. A penalty keeps the slope near 1 between real and fake points $\hat x$:
#
# $$\text{loss of } C = E_z[C(G(z))] - E_p[C(x)] + \lambda\, E[(\|\nabla C(\hat x)\| - 1)^2]$$
#
# **R1** ([Mescheder et al. 2018](https://arxiv.org/abs/1801.04406)) keeps the classifier and asks it to be flat where the data is, so that a generator that has arrived is not pushed away again:
#
# $$\text{loss of } D = -V + \frac{\gamma}{2}\, E_p[\|\nabla D(x)\|^2]$$
#
# **Spectral normalisation** ([Miyato et al. 2018](https://arxiv.org/abs/1802.05957)) divides each weight matrix of $D$ by its largest singular value $\sigma(W)$, so that no layer can stretch a distance:
#
# $$W \to W / \sigma(W)$$
#
# All of them play on the ring without blur and without momentum, for 2500 steps and on five seeds (`python benchmarks/gan.py after`):

# %%
pictures.dots(each("after", "near"), "share of samples near a mode (five seeds)")

# %% [markdown]
# With equal turns none of the three beats the plain GAN, which has no difficulty on this small ring. With five turns of $D$, where the plain GAN suffers, R1 is ahead of it on every seed. The
# penalty of the WGAN needs care: with $\lambda = 10$, the value of the paper, it fails on all five seeds. Here is the first seed of each, with equal turns:

# %%
made = {n: torch.tensor(s[0]["points"]) for n, s in read("after").items() if "equal" in n}
clouds = torch.stack([pictures.cloud({"real": real[:300], "fake": x}) for x in made.values()])
pictures.rows({"": clouds}, columns=3, names=[n.removesuffix(", equal turns") for n in made])

# %% [markdown]
# The picture says what the shares mean. The second cloud is the WGAN with a penalty of 10, whose fakes form a closed curve, while the others form eight dots with a faint thread. What
# helps on images need not help on eight points, so choose such a repair because you have measured it.
#
# ## The exact p(x) of a GAN
#
# An implicit model gives no $p(x)$, but this does not mean that it has none. In a world that is small enough you can add it up. Take images of 3 x 3 pixels, of
# which 512 exist, and let the data be the fourteen that consist of whole rows or of whole columns, all equally likely:

# %%
images = every_image(9)
square = images.view(512, 3, 3)
in_data = (square == square[:, :, :1]).all((1, 2)) | (square == square[:, :1]).all((1, 2))
data = images[in_data]
pictures.show(data.view(14, 1, 3, 3), columns=7)

# %% [markdown]
# $G$ maps the two numbers of $z$ to nine logits, and a pixel is black where its logit is above zero. This threshold has no gradient, so during training $D$ sees the
# soft image $\sigma(\text{logits} / 0.3)$, whose pixels are nearly black or white. It could tell real from fake by the grey alone, and R1 keeps it from being too sure of it:


# %%
def learn_images(gamma):
    torch.manual_seed(0)
    G, D = MLPGenerator((9,)), MLPDiscriminator((9,))
    soft = lambda: (G(G.noise(128)) / 0.3).sigmoid()
    of_D = lambda x: gan.discriminator_loss(D(x), D(soft().detach())) + gamma * gan.r1_penalty(D, x)
    of_G = lambda x: gan.nonsaturating_loss(D(soft()))
    steps = [torch.optim.Adam(net.parameters(), 2e-3, (0.0, 0.99)) for net in (D, G)]
    players = {"D": Player(D, of_D, steps[0]), "G": Player(G, of_G, steps[1])}
    fit(players, minibatches(data.repeat(100, 1), size=128), steps=2000)
    return G


# %% [markdown]
# Now the sum. Cut the plane of $z$ into 400 by 400 cells of equal probability, by taking equal steps through the quantiles of the normal distribution. Push the middle of each cell
# through $G$, see which image comes out, and count: the probability of an image is its share of the cells.


# %%
def table(G, side=400):
    z = Normal(0.0, 1.0).icdf((torch.arange(side) + 0.5) / side)
    return metrics.frequencies((G(torch.cartesian_prod(z, z)) > 0).float()).double()


tables = {"GAN with R1": table(learn_images(1.0)), "GAN without R1": table(learn_images(0.0))}
assert all(abs(p.sum() - 1) < 1e-6 for p in tables.values())

# %% [markdown]
# Both tables sum to one, so they are probabilities like those of notebook 1. NADE and the VAE learn the same fourteen images for comparison. NADE's probability is exact, and that of the
# VAE is a lower bound from 1000 draws of $z$:

# %%
torch.manual_seed(0)
nade = models.NADE(9, 32)
vae = models.VAE(models.mlp(9, 64, 4), models.mlp(2, 64, 9), models.bernoulli, latent_dim=2)
for model, loss in (nade, lambda x: -nade.log_prob(x).mean()), (vae, bound):
    player = Player(model, loss, adam(model.parameters(), 1e-2))
    fit({"model": player}, minibatches(data.repeat(100, 1), size=128), steps=1000)
with torch.no_grad():
    tables["NADE"] = nade.log_prob(images).exp()
    tables["VAE, bound"] = vae.importance_bound(images, 1000).exp()

# %% [markdown]
# Draw $\log p(x)$ for the fourteen images of the data. The dashed line is the truth, $\log \frac{1}{14}$, and a red cross marks an image that none of the 160,000 cells of noise becomes, so that its $\log p$ is minus infinity as far as this grid can see:

# %% tags=["nbval-ignore-output"]
figure = pictures.Figure(6.8, 5.2)
for axis, (name, p) in zip(figure.subplots(4, sharex=True), tables.items(), strict=True):
    p, lost = p[in_data], (p[in_data] == 0).nonzero()
    axis.bar(range(14), 8 + p.clamp(min=math.exp(-8)).log(), bottom=-8, color="#e69f00")
    axis.plot(lost, torch.full(lost.shape, -7.2), "X", color="#d55e00")
    axis.axhline(-math.log(14), color="#666666", ls="--", lw=1)
    axis.set(ylim=(-8, 0), ylabel="log p(x)", xlabel="image of the data" * (name[:3] == "VAE"))
    axis.set_title(f"{name}: {-p.log().mean():.2f} nats per image, {p.sum():.0%} on the data")
figure

# %% [markdown]
# The GAN with R1 draws all fourteen images, and its nats are close to those of NADE although no likelihood was ever computed while it learned. The GAN without R1 has lost most of the images. Its nats
# are infinite, because a single image that cannot be drawn is enough: that is what mode collapse means to a likelihood. Is this the seed? (`python benchmarks/gan.py exact`)

# %%
pictures.dots(each("exact", "found"), "images of the data that G can draw, of 14 (five seeds)")

# %% [markdown]
# With R1 the GAN finds all fourteen images on three of five seeds and loses one on the other two, so that its nats are infinite there as well. Without R1 it
# finds at most half of them on each of the five. Its images are the cleaner ones, though: nearly all of them belong to the data, because a collapsed generator has less to get wrong.
#
# ## Play 1: the live game
#
# **How fast may each player learn?** Press Start, and move the controls while the game goes on; New begins it anew. To see one step at a time, stop it, choose who moves, and press Step.


# %%
WORLDS = {"ring": ring, "two moons": two_moons(), "spiral": spiral()}
live = SimpleNamespace()


def new(density="ring", seed=0):
    live.game = begin(seed, WORLDS[density])


def advance(moves="both", rate_D=2e-3, rate_G=2e-3, blur=0.0):
    for name, rate in ("D", rate_D), ("G", rate_G):
        live.game.players[name].optimizer.param_groups[0]["lr"] = rate
    go_on(live.game, blur, "DG" if moves == "both" else moves[0], steps=30)


# %% [markdown]
# What it shows is the scene of above beside the losses and the divergence so far; the loss of $D$ is $-V$:


# %%
def show_game(density="ring", seed=0, moves="both", rate_D=2e-3, rate_G=2e-3, blur=0.0):
    """The scene, and the losses so far.

    density: where the real points come from
    seed: which weights and noise the game begins with
    moves: who makes the next steps
    rate_D: the learning rate of the discriminator
    rate_G: the learning rate of the generator
    blur: how much noise the discriminator sees
    """
    figure = pictures.Figure(8.4, 4.4, margins=(0.01, 0.98, 0.12, 0.92))
    left, right = figure.subplots(1, 2)
    left.set(xticks=[], yticks=[], title=f"New begins: {density}, seed {seed}")
    left.imshow(scene(live.game).permute(1, 2, 0))
    for name, values in live.game.told.items():
        right.plot(values, label=name, color=pictures.COLOURS.get(name, "black"))
    right.set(xlabel=f"next: {moves}, rates {rate_D:g}, {rate_G:g}, blur {blur:.1f}", ylim=(0, 2))
    right.legend(loc="upper right", ncols=3, title="nats, by pieces of 30 steps")
    return figure


# %% [markdown]
# The stored picture shows a game that has already been played for 2100 steps, while the blur was taken away:

# %%
new()
for blur in [0.5] * 20 + [0.2] * 30 + [0.0] * 20:
    advance(blur=blur)
rates, who = [0.0002, 0.001, 0.002, 0.005, 0.01], ["both", "D alone", "G alone"]
controls = {"density": list(WORLDS), "seed": (0, 9), "moves": who, "blur": (0.0, 1.0, 0.1)}
Live(advance, show_game, new=new, rate_D=rates, rate_G=rates, **controls)

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The ring of the stored picture is found: most fakes sit on a blue mode, while both losses look as if nothing had happened. Press New and let $D$ learn at 0.0002 and $G$ at 0.01 without blur: the fakes jump about in one clump, because $D$
# cannot follow, and in 900 steps no mode is covered. In a new game with blur, let "D alone" move for some pieces: its field becomes sharp, and the black lines at the fakes grow long. Then let "G alone" move, and the fakes run off into the blue, past the modes, since nobody corrects the field.
# </details>
#
# ## Play 2: the best discriminator
#
# **When is $V$ lowest?** Two Gaussians on a line: $p$ stands still, and you move $g$, which is what the generator draws.


# %%
def show_best(mean=1.0, width=1.0):
    """p, g and the best D, with V and the divergence.

    mean: where the generator's bump is
    width: how wide it is; p has 1
    """
    x = torch.linspace(-6, 6, 601)
    p, g = (Normal(m, s).log_prob(x).exp() for m, s in ((0.0, 1.0), (mean, width)))
    jsd = metrics.jensen_shannon(p / p.sum(), g / g.sum())
    picture = pictures.lines(x, {"p": p, "g": g, "best D": p / (p + g)}, "x", (0, 1.05))
    return picture, f"JSD {jsd:.3f}, V of the best D {2 * jsd - math.log(4):.3f}"


# %% [markdown]
# Make them equal, then move $g$ away, then make it narrow:

# %%
question = "Where is V of the best D lowest?", ["g equal to p", "g far away", "g narrow"]
Panel(show_best, ask=question, mean=(-4.0, 4.0, 0.2), width=(0.2, 3.0, 0.1))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Where the bumps are equal, the best $D$ says 0.5 everywhere and $V = -\log 4 = -1.386$, its lowest value. As $g$ moves away, the $JSD$ grows towards $\log 2 = 0.693$ and stops
# growing there. All generators that are far away are therefore equally bad for it, which is the flat slope of the minimax loss once more, and the reason for the Wasserstein distance. A narrow
# $g$ in the right place still has a $JSD$ of 0.303, because it misses most of $p$; this is what collapse looks like to the best $D$.
# </details>
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
# **2. Write it** (10 minutes). The Jensen-Shannon divergence of two tables `p` and `g`, both $(K,)$ and positive, in nats.


# %%
def my_divergence(p, g):
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
# **3. Write it** (10 minutes). The non-saturating loss, $-$ the mean of $\log D$, from the logits of fakes. One of them may be $-200$.


# %%
def my_loss(logits):
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
# **4. Write one step** (15 minutes). You get `G`, `D`, a batch of noise `z`, and an `optimizer` that holds the weights of `G`. Make one step of the generator with the non-saturating loss, and return this loss as it
# was before the step. The check trains ten steps with your function, on small networks of its own.


# %%
def my_step(G, D, z, optimizer):
    return None  # your code


exercise.generator_step.check(my_step)

# %% [markdown]
# <details><summary>Hint</summary>
#
# It is the second half of the loop that was written by hand above. Is there anything to detach?
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# loss = nn.functional.softplus(-D(G(z))).mean()
# optimizer.zero_grad()
# loss.backward()
# optimizer.step()
# return loss.item()
# ```
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | A GAN is an implicit model: it draws, and has no $p(x)$. | holds in practice: nothing gives you $p(x)$; in a world of 512 images it can be added up | The exact p(x) of a GAN |
# | $z$ is a latent from which the fake starts. | holds: two normal numbers, and nothing about their law is learned | The question |
# | The discriminator classifies and learns the difference. | holds: $-V$ is the binary cross-entropy of a classifier | The equations as code |
# | The objective is a minimax game. | holds; but the loss that $G$ uses in practice is another one, because the game's own loss saturates | Why the minimax loss saturates |
# | With the best discriminator the objective is $2\,JSD - \log 4$. | holds: derived, and drawn for five states | What would the best discriminator say? |
# | It is theory only: the best discriminator is not guaranteed. | holds: $D$ learns a step at a time from batches while $G$ moves on, and nothing makes it the best | What do the losses tell? |
# | As the discriminator improves, the generator improves with it. | holds in part: they must keep step; a $D$ that is too strong stops $G$, one that is too slow lets it collapse | D's loss goes to zero; Mode collapse |
# | An expectation stands in the objective because we look for the distribution of the data. | holds: an expectation can be estimated from samples alone | The equations |
#
# ## Summary
#
# | model | $p(x)$? | nats on the fourteen images (best possible 2.64) | draws how | on the ring | what training tells |
# |---|---|---|---|---|---|
# | NADE | exact | 2.71 | pixel by pixel | not tried | its nats |
# | VAE | a bound | at most 2.98 | in one step | 2 of 8 modes | its bound |
# | **GAN** | none; added up in this tiny world | 2.73 with R1 if no image is lost, else infinite | in one step | 8 of 8 modes on five seeds with blur and five without | nothing: measure the samples |
#
# Where it breaks: on digits there is no known density to compute a divergence from, and networks of plain layers draw badly. Notebook 6 brings convolutions, and another way to measure.
#
# **References.** I. Goodfellow et al. (2014), *Generative Adversarial Nets*, [arXiv 1406.2661](https://arxiv.org/abs/1406.2661). C. Sonderby et al. (2017), *Amortised MAP Inference for Image Super-resolution* (instance noise), [arXiv 1610.04490](https://arxiv.org/abs/1610.04490). M. Arjovsky et al. (2017), *Wasserstein GAN*, [arXiv 1701.07875](https://arxiv.org/abs/1701.07875). I. Gulrajani et al. (2017), *Improved Training of Wasserstein GANs*, [arXiv 1704.00028](https://arxiv.org/abs/1704.00028). L. Mescheder et al. (2018), *Which Training Methods for GANs do actually Converge?*, [arXiv 1801.04406](https://arxiv.org/abs/1801.04406). T. Miyato et al. (2018), *Spectral Normalization for Generative Adversarial Networks*, [arXiv 1802.05957](https://arxiv.org/abs/1802.05957). M. Kahng et al. (2018), *GAN Lab*, [arXiv 1809.01587](https://arxiv.org/abs/1809.01587).
