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
from functools import partial
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
# drawn independently once $z$ is given. A **generator** (생성자) $G$ is freer, because it turns noise into data by any network that a gradient can pass through. Nobody asks
# it how probable its outputs are, which is why it is called an **implicit model** (암시적 모델). How do you train a network that has no likelihood?
#
# The idea of a GAN is to train a second network beside it. The **discriminator** (판별자) $D$ is a classifier with two classes, real and fake, and
# the generator learns to make this classifier err. Here are both:

# %%
text = "z -> G -> fake -> D\nreal -> D -> logit"
shapes = {"z": "(B, 2) normal", "fake": "(B, 2)", "real": "(B, 2)", "logit": "(B,)"}
pictures.diagram(text, shapes, learns=["G", "D"])

# %% [markdown]
# The noise $z$ consists of two independent standard normal numbers per sample, and nothing about it is learnt. $G$ maps it to a fake point $G(z)$ of
# the plane, and $D$ maps any point to a logit, the logarithm of the odds that the point is real. Both are small: $G$ has 4,482 parameters and $D$ has 4,417.
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
# if fakes are called fake. Both are expectations, written $E$. You may read them as means over very many points, so a mean over a batch estimates
# them, even for the data, whose density nobody knows.
#
# > Aside: what the letters under each $E$ stand for is taken apart in
# > [this discussion](https://datascience.stackexchange.com/questions/49232/understanding-notation-of-goodfellows-gan-objective-function).
#
# The players move in turn. When $D$ moves, $G$ stands still and only delivers fakes:

# %%
text = "z -> G -> fake -> D\nreal -> D -> V\nV ~[gradient]~> D"
pictures.diagram(text, learns=["D"], frozen=["G"], title="D's step: V goes up")

# %% [markdown]
# When $G$ moves, $D$ stands still. The gradient still passes *through* it on the way back to $G$, and it is the only information about the data that the
# generator ever gets. (The drawing lets the arrow of the gradient jump over $D$ to $G$, but its way leads through $D$.)

# %%
text = "z -> G -> fake -> D -> V\nV ~[gradient]~> G"
pictures.diagram(text, learns=["G"], frozen=["D"], title="G's step: V goes down")

# %% [markdown]
# Compare the hatched boxes of the two drawings: each step freezes the network that the other step trains.
#
# ## The equations as code
#
# You know $V$ already under another name. It is the negative **binary cross-entropy** (이진 교차 엔트로피) of a classifier whose label is 1 for real points
# and 0 for fakes: the mean over the real points and the mean over the fakes, added up. Take three made-up logits of real points and three of fakes. The formula, plain torch and the library's `gan.value`, which takes
# logits too, then give the same number:

# %%
bce = nn.functional.binary_cross_entropy_with_logits
on_real, on_fake = torch.tensor([2.0, 0.5, 1.0]), torch.tensor([-3.0, -0.2, -1.0])  # logits
V = on_real.sigmoid().log().mean() + (1 - on_fake.sigmoid()).log().mean()
loss = bce(on_real, torch.ones(3)) + bce(on_fake, torch.zeros(3))
assert torch.isclose(V, -loss) and torch.isclose(V, gan.value(on_real, on_fake))
print(f"V = {V:.4f}, cross-entropy = {loss:.4f}; for a coin V = {-math.log(4):.4f}")

# %% [markdown]
# So $D$'s step is the training of an ordinary classifier. A coin, which says one half for every point, reaches $V = -\log 4 = -1.3863$. The six logits
# above all have the right sign, and so their $V$ is well above that. Keep the number of the coin in mind, because it is also what $D$ gets when it can tell nothing apart.
#
# ## What would the best discriminator say?
#
# Let $g$ be the density of the fakes, and look at a single place $x$. Real points fall near it in proportion to $p(x)$, and fakes in proportion to $g(x)$. So with
# $a = p(x)$, $b = g(x)$ and $y = D(x)$ the place adds $a \log y + b \log (1 - y)$ to $V$. Set the derivative by $y$ to zero:
#
# $$\frac{a}{y} - \frac{b}{1 - y} = 0 \quad\Longrightarrow\quad a (1 - y) = b y \quad\Longrightarrow\quad D^*(x) = y = \frac{p(x)}{p(x) + g(x)}$$
#
# Now recall the Kullback-Leibler divergence of notebooks 1 and 4, $KL(p \| m) = E_p[\log \frac{p}{m}]$, which is zero only where the two agree. Let $m = (p + g) / 2$ be the middle of the two densities.
# Then $p + g = 2m$, so that $D^* = \frac{p}{2m}$ and $1 - D^* = \frac{g}{2m}$. In a logarithm the 2 comes out as a separate term, $\log \frac{p}{2m} = \log \frac{p}{m} - \log 2$. Put all this into $V$, and $\log 2$ is subtracted twice:
#
# $$V(D^*, G) = E_p\Big[\log \frac{p}{2m}\Big] + E_g\Big[\log \frac{g}{2m}\Big] = KL(p \| m) - \log 2 + KL(g \| m) - \log 2 = 2\, JSD(p, g) - \log 4$$
#
# The **Jensen-Shannon divergence** (젠슨-섀넌 발산) $JSD$ is the mean of these two divergences from the middle. It is zero only where $p$ and $g$ agree. Its largest value is $\log 2$, reached where they have nothing in common:
# there $m$ is $p / 2$ wherever $p$ is, and $g / 2$ wherever $g$ is, so each $KL$ is $\log 2$.
#
# This finishes the argument. Against the best $D$ a generator does best when $g = p$, and then $D^*$ is one half everywhere and $V = -\log 4$, the value of a coin. Whether the two players ever get there is another question.
#
# Look at all this in a world of five states, where $p$ and $g$ are two short tables. The loop needs no formula for $D^*$. It begins at one half and follows the slope of $V$, not by $y$ but by the logit $l$ that a network
# gives. With $y = \sigma(l)$ and $\frac{dy}{dl} = y (1 - y)$, the chain rule turns $\frac{a}{y} - \frac{b}{1 - y}$ into $a (1 - y) - b y = a - (a + b)\, y$, which is the line in the loop:

# %%
p, g = torch.tensor([[0.15, 0.3, 0.25, 0.2, 0.1], [0.4, 0.3, 0.1, 0.05, 0.15]])
best_D, states, logits = p / (p + g), torch.arange(5), torch.zeros(5)
V = (p * best_D.log() + g * (1 - best_D).log()).sum().item()
assert abs(V - (2 * metrics.jensen_shannon(p, g) - math.log(4))) < 1e-6
axis = pictures.Figure(6.8, 3.0).add_subplot(xlabel="state", ylabel="probability", ylim=(0, 1))
axis.bar(states - 0.15, p, 0.3, color=pictures.COLOURS["real"], label="real, p")
axis.bar(states + 0.15, g, 0.3, color=pictures.COLOURS["fake"], label="fake, g")
axis.plot(states, best_D, "D", color="#009e73", mfc="none", ms=12, label="best D")
for step in range(1, 31):
    logits += 3 * (p - (p + g) * logits.sigmoid())  # up the slope of V
    if step in (3, 30):
        axis.plot(states, logits.sigmoid(), ".x"[step == 3], c="k", label=f"D, step {step}")
axis.legend(ncols=5, loc="upper center", fontsize=8).figure

# %% [markdown]
# Where the fakes are more frequent than the data (the orange bar above the blue one), the best $D$ falls below one half, and where the data is more frequent it rises above.
# The assertion holds as well: the value of this $D$ is $2\, JSD - \log 4$. Where $p$ and $g$ differ, the crosses are on their way after three steps, and after thirty steps each dot sits inside the diamond of the best $D$.
#
# Now move $g$ yourself. **When is $V$ of the best $D$ lowest?** There are two Gaussians on a line. The data $p$ stands still at 0 with width 1, and you move $g$, which is what the generator draws, by its `mean` and its `width`.
# Make a guess, make the two equal, then move $g$ far away, then bring it back and make it narrow:


# %%
def show_best(mean=1.0, width=1.0):
    x = torch.linspace(-9, 9, 901)
    p, g = (Normal(m, s).log_prob(x).exp() for m, s in ((0.0, 1.0), (mean, width)))
    jsd = metrics.jensen_shannon(p / p.sum(), g / g.sum())
    picture = pictures.lines(x, {"p": p, "g": g, "best D": p / (p + g)}, "x", (0, 1.05))
    return picture, f"JSD {jsd:.3f}, V of the best D {2 * jsd - math.log(4):.3f}"


Panel(show_best, ask=exercise.ASKED["show_best"], mean=(-6.0, 6.0, 0.2), width=(0.2, 3.0, 0.1))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Where the bumps are equal, the best $D$ says 0.5 everywhere and $V = -\log 4 = -1.386$, its lowest value. As $g$ moves away, the $JSD$ grows faster at first and then more and more slowly, towards $\log 2 = 0.693$, its largest value.
# At a width of 1 it is 0.633 when $g$ stands at 4, and 0.689 when $g$ stands at 6. From there on all generators are nearly equally bad for it, however far away they are.
# A narrow $g$ of width 0.2 in the right place still has a $JSD$ of 0.303, because it misses most of $p$. This is what it looks like to the best $D$ when a generator draws too little.
# </details>
#
# ### Why the minimax loss saturates
#
# Suppose the fakes are bad and $D$ is sure of it, as happens whenever $D$ learns faster than $G$. Then the logit of a fake is far below zero. What does $G$ feel there? Compare its part of $V$ with another loss
# that Goodfellow and others (2014) propose beside it, $-E \log D(G(z))$, the **non-saturating** one. It asks $D$ for the label "real" instead of punishing the label "fake":

# %%
logit = torch.linspace(-8, 8, 161)
minimax, other = -nn.functional.softplus(logit), nn.functional.softplus(-logit)
curves = {"minimax: log(1 - D)": minimax, "non-saturating: -log D": other}
pictures.lines(logit, curves, "logit of a fake (left: D is sure that it is fake)", (-8, 8))

# %% [markdown]
# Both curves fall to the right, so both losses want fakes that look real. They differ at the left, where a beginner stands: the minimax curve is flat there,
# which is called **saturation** (포화), while the non-saturating curve is steepest. There it still gives a gradient, so that a bad generator can learn. That is why nearly everybody uses it, although
# it is no longer the objective of the minimax game.
#
# ## Train it by hand, once
#
# This is the whole training loop of a GAN. The library only lends the two networks, the sampler of real points and `adam`, which is the optimizer Adam with a smaller momentum than usual. Read the loop with the two drawings above in mind. `fake.detach()` cuts the way back to
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
# After 800 steps the orange fakes have left the centre and reach all eight modes. Many wasted points lie on threads between them, and some inside the ring. (The backward pass of $G$'s step leaves gradients
# in $D$ as well; they do no harm, because `adam_D.zero_grad()` clears them before they are used.)
#
# ## Train it with `fit`
#
# The rest of the notebook uses `fit`, which plays the same game for any number of players. A `Player` has a loss and an optimizer, and moves nothing but its own weights. Its `every` says how often it has a turn: with 10, at each tenth step.
#
# One more tool makes the game easier to follow. `InstanceNoise` blurs what $D$ sees, real and fake alike, and the blur can shrink to zero during training. While it is strong, the
# eight modes melt into one ring, so that $G$ feels even those modes that it does not reach yet. Does $G$ need this? You will see the same game with and without it.
#
# `begin` sets up a game, and `go_on` plays some steps of it. `rates` and `every` are pairs, one value for $D$ and one for $G$. The lists in `game.told` keep the losses of both players and the $JSD$ between fakes and data, one number for each call of `go_on`:


# %%
def begin(seed=0, world=ring, loss=gan.nonsaturating_loss, rates=(2e-3, 2e-3), every=(1, 1)):
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
    game.D[0].std = blur
    losses = fit({n: game.players[n] for n in who}, minibatches(game.real, size=128), steps)
    for name in "DG":
        game.told[name].append(torch.tensor(losses.get(name, [])).mean().item())
    game.told["JSD"].append(judges.judged(game.G.sample(2000), game.world)["jsd"])


# %% [markdown]
# To watch the game, draw $D$ as a **field** over the plane: blue where it says real, orange where it says fake, white where it cannot tell. Where the fakes have arrived at a mode, a good $D$ says one half, so do not expect much blue there. Real points are blue dots, and 300 fakes
# are dark orange ones. Sixty of the fakes carry a black arrow, which begins at the fake and points where the gradient of $G$'s loss sends it. The arrow is 0.3 times as long as this
# gradient, on the same scale as the plane. The arrows are those of $D$ itself. While there is a blur, $G$ trains through it, so that what it feels is not exactly what the arrows show:


# %%
cells = torch.cartesian_prod(*[torch.linspace(-2.95, 2.95, 60)] * 2)


@torch.enable_grad()
def scene(game):
    fake, D = game.G(game.z).detach().requires_grad_(), game.D[-1]
    way = -0.3 * len(fake) * torch.autograd.grad(gan.nonsaturating_loss(D(fake)), fake)[0]
    start, way, turn = fake[:60], way[:60], torch.tensor([[-0.26, 0.15], [-0.15, -0.26]])
    head = way / (2 * way.norm(dim=1, keepdim=True)).clamp(min=1)  # not larger on a long arrow
    lines = (start, way), (start + way, head @ turn), (start + way, head @ turn.T)
    field, points = D(cells).sigmoid().view(60, 60), {"real": game.real[:400], "fake": fake}
    return pictures.field(field, points, 3, arrows=torch.cat([*map(torch.hstack, lines)]))


# %% [markdown]
# And the game itself, 2500 steps in twenty pieces with a scene after each. It is played twice, with a blur that is gone after piece 14 and without any, which takes some twenty seconds.
# Make a guess, press the play button, which runs through the twenty moments, then choose the other game and play it too:


# %% tags=["nbval-ignore-output"]
def record(blur=0.0, **settings):
    game, scenes = begin(**settings), []
    for piece in range(20):
        go_on(game, blur * max(0, 1 - piece / 14))
        scenes.append((255 * scene(game)).round().byte())  # a quarter of the memory
    return game, torch.stack(scenes)


def show_moment(game, moment=1):
    told, scenes = games[game][0].told, games[game][1]
    loss, jsd = told["D"][moment - 1], told["JSD"][moment - 1]
    return scenes[moment - 1] / 255, f"step {125 * moment}: loss of D {loss:.2f}, JSD {jsd:.2f}"


games = {"with blur": record(blur=1.0), "without blur": record()}
at_14, guess = partial(show_moment, moment=14), exercise.ASKED["show_moment_0"]
Panel(at_14, ask=guess, play="moment", game=list(games)[:2], moment=(1, 20))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# In the game with blur $D$ is pale at first, and the fakes form a loose cloud that soon closes to a ring. The picture that is stored above comes from the moment when the blur is nearly gone. There is hardly any blue in it: near the modes real points and fakes lie together, so that $D$ says about one half. The field is orange between the modes, and several of the arrows there lead along the ring towards a white island.
# In the last moments most fakes have gathered in the islands. There the arrows point in several directions, some of them away from the mode.
#
# Without blur the same happens sooner: the ring is there near step 500, and the islands soon after. So $G$ does not need the blur on this data. It only slows the game, so that you see the ring first and the modes afterwards.
# </details>
#
# A few fakes stay on the way between two islands. A generator is a continuous map, so it cannot tear its noise apart.
#
# ## Look: what has the generator learnt?
#
# The warped grid shows this map itself, now after training:

# %%
game = games["with blur"][0]
warped(game.G)

# %% [markdown]
# The sheet of noise has been stretched into a ring, and thick bundles of lines run along it from each mode to the next. A few thin threads cut across the middle.
# They are straight lines between neighbours of a coarse grid, so between its two ends the map itself may take another way. Since it is continuous, it has to bridge the gaps somewhere.
#
# ### What do the losses tell?
#
# In the notebooks before, a loss that falls on held-out data meant a better model. Is that so here? These are both losses of the game beside the divergence, which can be computed because $p$ is known. A coin in the place of $D$ would lose $\log 4$, the upper dashed line. Against it $G$ would lose $\log 2 = 0.69$:


# %%
marks = {"D tosses a coin": math.log(4), "JSD of true points": judges.floor(ring, 2000)}
at = 125 * torch.arange(1, 21)
best = {"the best D": math.log(4) - 2 * torch.tensor(game.told["JSD"])}
pictures.curves(at, game.told | best, "step", "nats", marks=marks)

# %% [markdown]
# The loss of $D$ stays close to the dashed line of the coin for most of the game, and the loss of $G$ hardly falls at all. After step 1500 it even rises for a while, although the divergence falls. Only the divergence shows that the samples became much better.
#
# The curve "the best D" is $\log 4 - 2\,JSD$, which the formula promises. The $D$ of the game stays above it, far at first and still clearly at the end. At first the two are not asked the same question, since $D$ sees blurred points and the divergence compares sharp ones. Later the blur is gone, and this $D$ simply is not the best one.
#
# The divergence itself falls in jumps up and down, because nothing makes such a game come to rest, and at the end it is still well above that of true points. Further down you will see that 90 % of the fakes of this same game lie near a mode. This is no contradiction: to be near is easier than to fill each mode with the right density, which the $JSD$ asks for.
# The losses say who is ahead at the moment, not how far both have come, so the quality of a GAN has to be measured on its samples.
#
# The lowest dashed line belongs to the divergence. Even 2000 *true* points do not score zero, because the divergence is counted on a grid of 60 × 60 cells, and such counts scatter by chance. Here this floor is so low that you can forget it. With fewer points it would be higher, so a chart of such a divergence should
# always show its floor.
#
# ## Break it: D too strong
#
# **D's loss goes to zero: is that good?** This is perhaps the most common question about GANs. To see the answer, make $D$ too strong on purpose: $G$ gets one turn in ten, learns at a tenth of the rate, and has no blur.
# The game is recorded with both losses. The arrows show the gradient of the non-saturating loss in both games, because they tell where $D$ would send the fakes. The minimax loss pulls each fake in the same direction, but weakly where $D$ is sure. The panel shows the first moment, where the two look alike. A game has *recovered* when the loss of $D$ leaves zero. Make a guess, and then play both games:

# %%
losses = {"minimax": gan.minimax_loss, "non-saturating": gan.nonsaturating_loss}
games |= {n: record(loss=of, rates=(2e-3, 2e-4), every=(1, 10)) for n, of in losses.items()}
guess = exercise.ASKED["show_moment"]
Panel(show_moment, ask=guess, play="moment", game=list(losses), moment=(1, 20))

# %% [markdown]
# Here are the loss of $D$ and the divergence of both games over the steps:

# %%
shown = {f"{n}, {loss}": games[loss][0].told[n] for loss in losses for n in ("D", "JSD")}
pictures.curves(at, shown, "step", "nats")

# %% [markdown]
# Both games recover, the one with the non-saturating loss much earlier. At first the loss of $D$ falls to zero in both games, and the divergence is as large as it can be, $\log 2 = 0.69$. So the answer is no: a loss of zero means that $D$ separates
# real from fake perfectly. Where $D$ is so sure, the minimax loss is nearly flat, and in the panel its fakes hardly move for about a thousand steps. With the non-saturating loss $G$ has as few turns and as small a rate, and yet $D$'s loss leaves zero and the divergence begins to fall near step 500.
#
# The minimax game follows only near step 1300, so the flat slope delays it and does not stop it for ever. To recover in this sense is not much. Neither game is good at the end, since both divergences are still above 0.5, and the minimax game ends with its fakes in one streak, as the pictures of the next section show. In the healthy game above, $D$ is nearly as unsure as a coin. That alone is no sign of health either, as the next section shows.
#
# ## Break it: mode collapse
#
# The opposite mistake is a $D$ that is too slow. Suppose that $D$ stands still. Then the best that $G$ can do is to send *every* $z$ to the one place where $D$ is highest, because no loss of $G$ asks its fakes to differ. When $D$ moves at last it marks this place as fake, and $G$ sends all its fakes to the next one. A generator that pleases $D$ with a few points only shows **mode collapse** (모드 붕괴). Let $G$ have ten
# turns for each turn of $D$, and ask how many of the eight modes it will keep. Again, guess before you press play:

# %%
games["D too slow"] = record(every=(10, 1))
at_2, guess = partial(show_moment, moment=2), exercise.ASKED["show_moment_2"]
Panel(at_2, ask=guess, play="moment", game=["D too slow", "without blur"], moment=(1, 20))

# %% [markdown]
# Here are three games side by side at the same moments: the healthy game with blur, the game with a $D$ that is too strong and the minimax loss, and the one with a $D$ that is too slow:

# %%
picked = {n: games[n][1][[1, 6, 13, 19]] for n in ("with blur", "minimax", "D too slow")}
rows = {n: nn.functional.avg_pool2d(scenes / 255, 2) for n, scenes in picked.items()}
pictures.rows(rows, columns=4, names=["step 250", "step 875", "step 1750", "step 2500"])

# %% [markdown]
# In the middle row $D$ has drawn a sharp border around the fakes, which hardly move for the first half. The arrows there show what the *non-saturating* loss would tell them. In the first two pictures they are long and lead away in all directions, and in the last two mostly to the right. The
# minimax loss, which this game uses, is nearly flat where $D$ is sure of a fake.
#
# In the lowest row all fakes sit in one clump, in another place each time. The field is light orange in the first picture and nearly white in the others. $D$ hardly tells one place from another there, no arrow is long enough to be seen, and nothing tells the fakes to part.
# How many modes does $G$ keep? One at most: in none of these pictures has the clump split to visit several of the blue modes, although every batch of the data shows all eight.
#
# Five seeds per setting say how reliably this happens (`python benchmarks/gan.py collapse`). A mode counts as covered if at least 2 % of 10,000 samples lie within four standard deviations of its centre. The second row changes two things. Its $D$ learns at a tenth of the rate, and both players use a momentum of 0.9, where all games so far had 0.5. Momentum (모멘텀) is the share of earlier gradients that each step of the optimizer keeps:

# %%
read = lambda part: json.loads(Path(f"../benchmarks/results/gan_{part}.json").read_text())["rows"]
each = lambda part, key: {n: [row[key] for row in seeds] for n, seeds in read(part).items()}
pictures.dots(each("collapse", "modes_itself"), "modes covered, of 8 (five seeds)")

# %% [markdown]
# Ten turns of $G$, or a slow $D$ together with more momentum, leave at most one mode. A mean of 0.4 is no fraction of a mode: a wandering clump covers one mode on two of the seeds, and none on the other three. Five turns of $D$ lose a few modes, except on one seed, which keeps all eight. In that game $G$ moves only 500 times, and nobody has measured whether more moves of $G$ would find them. With equal turns no mode is lost.
#
# ## GAN beside VAE
#
# The VAE of notebook 4 can learn the ring too, with a Gaussian for each of the two coordinates. It learns from points of the same density, for as many steps. Here are
# 2000 points of each as translucent dots, so that dense places are dark; "near" means within four standard deviations of a mode:

# %%
torch.manual_seed(0)
vae = models.VAE(models.mlp(2, 64, 4), models.mlp(2, 64, 4), models.gaussian, latent_dim=2)
bound = lambda x: models.negative_elbo(vae, x)
fit({"VAE": Player(vae, bound)}, minibatches(real, size=128), steps=2500)
draws = {"real": real[:10_000], "GAN": game.G.sample(10_000), "VAE": vae.sample(10_000)}
clouds = [pictures.cloud({n if n == "real" else "fake": x[:2000]}, 4) for n, x in draws.items()]
names = [f"{n}: {judges.judged(x, ring)['near']:.0%} near" for n, x in draws.items()]
pictures.rows({"": torch.stack(clouds)}, columns=3, names=names)

# %% [markdown]
# The GAN puts its dots into the modes and leaves a faint line between them. The VAE spreads its dots over a broad band, dense at two of the modes, and the
# other six cannot be seen. This is the usual difference between the two, although one small run does not prove it. The bound of a VAE is a mean over the data, so every real point that the model misses costs something, while a sample in an empty place costs nothing directly. In a GAN
# all that $G$ learns arrives at its own fakes. A wasted fake is told so, but a missing mode is felt only if some fakes are near it.
#
# ## What came after
#
# Three repairs are found in most later GANs, and each of them limits how steep $D$ can be.
#
# **WGAN with gradient penalty** ([Arjovsky et al. 2017](https://arxiv.org/abs/1701.07875), [Gulrajani et al. 2017](https://arxiv.org/abs/1704.00028)) measures another distance. Think of the fakes as heaps of sand that must become the heaps of the data: the **Wasserstein distance** (바서슈타인 거리)
# is the amount of sand times the way that it must travel, for the cheapest plan. It keeps growing when $g$ moves farther away, whereas you saw the $JSD$ come to a halt at $\log 2$. A network can measure it: replace the classifier by a **critic** (비평가) $C$ without a sigmoid, whose slope is at most 1 everywhere. It is a theorem (by Kantorovich and Rubinstein) that the largest possible
# difference between its mean on the data and its mean on the fakes is this distance. The best critic has a slope of exactly 1 nearly everywhere between the two, and therefore a **gradient penalty** (기울기 벌점) asks for that slope at points $\hat x$ that are picked at random between a real point and a fake. $\lambda$ is its weight:
#
# $$\text{loss of } C = E_z[C(G(z))] - E_p[C(x)] + \lambda\, E[(\|\nabla C(\hat x)\| - 1)^2]$$
#
# **R1** ([Mescheder et al. 2018](https://arxiv.org/abs/1801.04406)) keeps the classifier and asks it to be flat where the data is, so that a generator that has arrived is not pushed away again. The slope is that of the logit, and the number $\gamma$ is the weight of this wish:
#
# $$\text{loss of } D = -V + \frac{\gamma}{2}\, E_p[\|\nabla D(x)\|^2]$$
#
# **Spectral normalisation** (스펙트럼 정규화, [Miyato et al. 2018](https://arxiv.org/abs/1802.05957)) divides each weight matrix $W$ of $D$ by the largest factor by which it can stretch a vector. Afterwards no layer can stretch a distance. This factor is the largest singular value, here written $s(W)$ because $\sigma$ already is the sigmoid:
#
# $$W \to W / s(W)$$
#
# All of them play on the ring without blur and with a momentum of zero, for 2500 steps and on five seeds. What is scored is a $G$ whose weights are a moving average over the last steps (`python benchmarks/gan.py after`):

# %%
pictures.dots(each("after", "near"), "share of samples near a mode (five seeds)")

# %% [markdown]
# With equal turns none of the three beats the mean of the plain GAN, which has no difficulty on this small ring. With five turns of $D$ the plain GAN suffers, and R1 is ahead of it on every seed. All rows with five turns leave $G$ only a fifth of its moves, so compare them with one another and not with the rows above. The
# penalty of the WGAN needs care: with $\lambda = 10$, the value of the paper, less than 40 % of its samples are near a mode on every seed. Here is the first seed of each, with equal turns:

# %%
made = {n: torch.tensor(s[0]["points"]) for n, s in read("after").items() if "equal" in n}
clouds = torch.stack([pictures.cloud({"real": real[:300], "fake": x}) for x in made.values()])
pictures.rows({"": clouds}, columns=3, names=[n.removesuffix(", equal turns") for n in made])

# %% [markdown]
# The picture says what the shares mean. The second cloud is the WGAN with a penalty of 10, whose fakes form a nearly closed curve; three of its other seeds have hardly a sample near a mode. The others show eight dots. The threads between them are faint for the plain GAN and R1, and clearly denser on parts of the ring for the WGAN with penalty 1 and the spectral norm. What
# helps on images need not help on eight points, so choose such a repair because you have measured it.
#
# ## The exact p(x) of a GAN
#
# An implicit model gives no $p(x)$, but this does not mean that it has none. In a world that is small enough you can add it up. Take images of 3 × 3 pixels, of
# which 512 exist, and let the data be the fourteen that consist of whole rows or of whole columns, all equally likely:

# %%
images = every_image(9)
square = images.view(512, 3, 3)
in_data = (square == square[:, :, :1]).all((1, 2)) | (square == square[:, :1]).all((1, 2))
data = images[in_data]
pictures.show(data.view(14, 1, 3, 3), columns=7)

# %% [markdown]
# $G$ maps the two numbers of $z$ to nine logits, and a pixel is black where its logit is above zero. This threshold has no gradient, so during training $D$ sees the
# soft image $\sigma(\text{logits} / 0.3)$, whose pixels are nearly black or white. $D$ could tell real images from fakes by the grey alone, and would then be so sure that no gradient is left for $G$. R1 is there to prevent that: it keeps $D$ flat around the real images, so that a nearly black pixel cannot be judged much worse than a black one.
# The function `gan.r1_penalty` already contains the factor one half of the formula:


# %%
def learn_images(gamma):
    torch.manual_seed(0)
    G, D = MLPGenerator((9,)), MLPDiscriminator((9,))
    soft = lambda: (G(G.noise(128)) / 0.3).sigmoid()
    r1 = lambda x: gamma * gan.r1_penalty(D, x) if gamma else 0.0
    of_D = lambda x: gan.discriminator_loss(D(x), D(soft().detach())) + r1(x)
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
# Both tables count every cell once and so sum to one, as the assertion says, which makes them probabilities like those of notebook 1. NADE and the VAE learn the same fourteen images for comparison. NADE's probability is exact, and that of the
# VAE is estimated from 1000 draws of $z$. Its logarithm is the bound of notebook 4, which lies below the truth on average, though not in every single draw:

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
# Draw $p(x)$ for the fourteen images of the data. The dashed line is the truth, $\frac{1}{14}$, and a red cross marks an image that none of the 160,000 cells of noise becomes, so that it costs infinitely many nats as far as this grid can see:

# %% tags=["nbval-ignore-output"]
figure = pictures.Figure(6.8, 5.2)
for axis, (name, p) in zip(figure.subplots(4, sharex=True), tables.items(), strict=True):
    p, lost = p[in_data], (p[in_data] == 0).nonzero()
    axis.bar(range(14), p, color="#e69f00")
    axis.plot(lost, 0 * lost + 0.02, "X", color="#d55e00")
    axis.axhline(1 / 14, color="#666666", ls="--", lw=1)
    axis.set(ylim=(0, 0.25), ylabel="p(x)", xlabel="image of the data" * (name[:3] == "VAE"))
    axis.set_title(f"{name}: {-p.log().mean():.2f} nats per image, {p.sum():.0%} on the data")
figure

# %% [markdown]
# The GAN with R1 draws thirteen of the fourteen images, and where it has a bar the bar ends near the truth, although no likelihood was ever computed while it learnt. One image is lost all the same. Its nats
# are infinite then, because a single image that cannot be drawn is enough: that is what mode collapse means to a likelihood. The GAN without R1 has lost most of the images.
# The numbers in the title of the VAE are estimates. The estimate of $p(x)$ is right on average, so its share of 73 % may lie on either side of the true one. Its logarithm is too low on average, so the 2.98 nats are probably a little too high.
# Is all this the seed? (`python benchmarks/gan.py exact`)

# %%
pictures.dots(each("exact", "found"), "images of the data that G can draw, of 14 (five seeds)")

# %% [markdown]
# With R1 the GAN finds nine to thirteen of the fourteen images, and without it five on each of the seeds. So R1 saves most of them, but on none of the five seeds does it save all. What is left to a collapsed generator is drawn well:
# without R1 at least 96 % of its images belong to the data on every seed, and with R1 from 64 to 92 %. A generator that draws five images has less to get wrong.
#
# ## Play: the live game
#
# **How fast may each player learn?** Press Start, and move the controls while the game goes on; New begins it anew. To see one piece of 30 steps at a time, stop it, choose who moves, and press Step.


# %%
WORLDS, live = {"ring": ring, "two moons": two_moons(), "spiral": spiral()}, SimpleNamespace()


def new(density="ring", seed=0):
    live.game = begin(seed, WORLDS[density])


def advance(moves="both", rate_D=2e-3, rate_G=2e-3, blur=0.0):
    for name, rate in ("D", rate_D), ("G", rate_G):
        live.game.players[name].optimizer.param_groups[0]["lr"] = rate
    go_on(live.game, blur, "DG" if moves == "both" else moves[0], steps=30)


# %% [markdown]
# `show_game` draws the scene that you know at the left. At the right are the losses and the divergence so far, with one point for each piece of 30 steps; the loss of $D$ is $-V$. What the controls are set to for a new game stands above the scene, and what they are set to for the next piece stands below the curves:


# %%
def show_game(density="ring", seed=0, moves="both", rate_D=2e-3, rate_G=2e-3, blur=0.0):
    figure = pictures.Figure(8.4, 4.4, margins=(0.01, 0.98, 0.12, 0.92))
    left, right = figure.subplots(1, 2)
    left.set(xticks=[], yticks=[], title=f"New begins: {density}, seed {seed}")
    left.imshow(scene(live.game).permute(1, 2, 0))
    for name, values in live.game.told.items():
        right.plot(values, label=name, color=pictures.COLOURS[name])
    right.set(xlabel=f"next: {moves}, rates {rate_D:g}, {rate_G:g}, blur {blur:.1f}", ylim=(0, 2))
    right.legend(loc="upper right", ncols=3, title="nats, by pieces of 30 steps")
    return figure


# %% [markdown]
# The picture shows a game on the ring that has already been played for 2100 steps, while the blur was taken away. The controls `density` and `seed` are read when you press New, and all others hold from the next piece on:

# %%
new()
for blur in [0.5] * 20 + [0.2] * 30 + [0.0] * 20:
    advance(blur=blur)
rates, who = [0.0002, 0.001, 0.002, 0.005, 0.01], ["both", "D alone", "G alone"]
controls = {"density": list(WORLDS), "seed": (0, 9), "moves": who, "rate_D": rates, "rate_G": rates}
Live(advance, show_game, new=new, **controls, blur=(0.0, 1.0, 0.1))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The ring of the stored picture is found: most fakes sit on a blue mode. Both losses have stayed in bands less than 0.2 wide, while the divergence has fallen, with many jumps. Press New and let $D$ learn at 0.0002 and $G$ at 0.01 without blur: the fakes jump about in a clump or a streak, because $D$
# cannot follow, and they do not settle on the modes. In a new game with blur, let "D alone" move for some pieces: its field becomes sharp, and the arrows at the fakes grow long. Then let "G alone" move, and the fakes run off into the blue, past the modes, since nobody corrects the field.
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
# ## Ask yourself
#
# **1.** The loss of $D$ stays where a coin would have it. Is the game going well?
#
# <details><summary>Answer</summary>
#
# It may be: the best $D$ says one half everywhere once the fakes are like the data. But a $D$ that is too slow hardly tells one place from another either, and then at most one mode is left ("Break it: mode collapse"). Only a measure of the samples tells the two apart ("What do the losses tell?").
# </details>
#
# **2.** The gradient of $G$'s loss runs through $D$. Why do $D$'s weights stay as they are in $G$'s step?
#
# <details><summary>Answer</summary>
#
# The optimizer of this step holds the weights of $G$ alone. What the backward pass leaves in $D$ is cleared before $D$ moves ("Train it by hand, once").
# </details>
#
# **3.** Why does hardly anybody train $G$ with the loss of the minimax game itself?
#
# <details><summary>Answer</summary>
#
# Where $D$ is sure of a fake that loss is nearly flat, so a beginner learns next to nothing. The non-saturating loss is steepest there ("Why the minimax loss saturates"), and its game recovered much earlier ("Break it: D too strong").
# </details>
#
# **4.** A generator draws thirteen of fourteen images perfectly, and never the last. What does a likelihood say, and what does a look at its samples say?
#
# <details><summary>Answer</summary>
#
# The likelihood says infinitely many nats, because one image of the data has the probability zero. The samples all look right, so a look finds nothing. In a world that can be listed the table shows the gap ("The exact p(x) of a GAN").
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | As the discriminator improves, the generator improves with it. (“discriminator을 따라 generator도 성능이 향상.”) | holds in part: they must keep step; a $D$ that is too strong holds $G$ up for long, one that is too slow lets it collapse | Break it: D too strong; Break it: mode collapse |
# | A GAN is an implicit model: it draws, and has no $p(x)$. (“implicit model”, 암시적 모델) | holds: in practice nothing gives you $p(x)$; in a world of 512 images it can be added up | The exact p(x) of a GAN |
# | $z$ is a latent from which the fake starts. (“z라는 latent에서 시작해서 fake가 나온다.”) | holds: two normal numbers, and nothing about their law is learned | The question |
# | The discriminator classifies and learns the difference. (“discriminator가 분류.” “차이를 학습.”) | holds: $-V$ is the binary cross-entropy of a classifier | The equations as code |
# | The objective is a minimax game: one side raises it and the other lowers it. (“gan objective: minmax 게임.” “한쪽은 높이고 한쪽은 낮추는 싸움.”) | holds; but the loss that $G$ uses in practice is another one, because the game's own loss saturates | The equations; Why the minimax loss saturates |
# | With the best discriminator the objective is $2\,JSD - \log 4$. (“최적화 discriminator”: 이때 목적 함수는 $2\,JSD - \log 4$) | holds: derived, and drawn for five states | What would the best discriminator say? |
# | It is theory only: the best discriminator is not guaranteed. (이론일 뿐이고, 최적의 판별자는 보장되지 않는다.) | holds: $D$ learns a step at a time from batches while $G$ moves on, and nothing makes it the best | What do the losses tell? |
# | Why does an expectation stand in the objective? Because we look for the distribution of the data. (“수식에서 왜 expectation을 쓰는지?” “데이터의 분포를 알아내는 것이기 때문이다.”) | holds: an expectation can be estimated from samples alone | The equations |
#
# ## Summary
#
# Three kinds of model were compared here on fourteen small images, and two of them on a ring of points:
#
# | model | $p(x)$? | nats on the fourteen images (best possible 2.64) | parameters there | on the ring | what training tells |
# |---|---|---|---|---|---|
# | NADE | exact | 2.66 | 617 | not tried | its nats |
# | VAE | a bound | about 2.98, on average an overestimate | 9,997 | dense at 2 of 8 modes (by eye, one seed) | its bound |
# | GAN | none; added up in this tiny world | infinite as far as the grid sees, because an image or more is lost on every seed | 4,937 + 4,865 | 8 of 8 modes on five seeds with blur and five without | who is ahead, not how good the samples are |
#
# The table of the course goes on with the rows of the notebooks before, this one's last. Only scores of one kind can be compared:
#
# | model | $p(x)$? | draws how | parameters | its score | where it breaks |
# |---|---|---|---|---|---|
# | Markov, memory 9 | exact | in 64 steps | 28,671 | 19.19 ± 0.23 nats; fair coins 44.36 | most of a longer memory's rows were never seen |
# | NADE, 128 hidden | exact | in 64 steps | 16,576 | 16.57 ± 0.25 nats | learns a stroke anew at each place |
# | Diagonal BiLSTM | exact | in 64 steps | 26,497 | 16.47 ± 0.24 nats | each pixel waits for the one before |
# | VAE, Z = 8 | a bound | in one step | 171,088 | at most 16.75 ± 0.22 nats | draws each pixel by itself: grain |
# | **GAN on the ring** | none | in one step | 4,482 + 4,417 | 8 of 8 modes, five seeds | its losses do not say how good it is |
#
# Where it breaks: on digits there is no known density to compute a divergence from, and networks of plain layers draw badly. Notebook 6 brings convolutions, and another way to measure.
#
# **References.** I. Goodfellow et al. (2014), *Generative Adversarial Nets*, [arXiv 1406.2661](https://arxiv.org/abs/1406.2661). C. Sonderby et al. (2017), *Amortised MAP Inference for Image Super-resolution* (instance noise), [arXiv 1610.04490](https://arxiv.org/abs/1610.04490). M. Arjovsky et al. (2017), *Wasserstein GAN*, [arXiv 1701.07875](https://arxiv.org/abs/1701.07875). I. Gulrajani et al. (2017), *Improved Training of Wasserstein GANs*, [arXiv 1704.00028](https://arxiv.org/abs/1704.00028). L. Mescheder et al. (2018), *Which Training Methods for GANs do actually Converge?*, [arXiv 1801.04406](https://arxiv.org/abs/1801.04406). T. Miyato et al. (2018), *Spectral Normalization for Generative Adversarial Networks*, [arXiv 1802.05957](https://arxiv.org/abs/1802.05957). M. Kahng et al. (2018), *GAN Lab*, [arXiv 1809.01587](https://arxiv.org/abs/1809.01587).
