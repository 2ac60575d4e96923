# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 12 · Progressive GAN: let the picture grow
#
# > A painter does not begin with the eyelashes. First comes a patch of colour for the head, then its outline, and the details last. Every GAN so far had to learn the eyelashes and the head at the same time.
#
# **Is it easier to learn a large picture if you learn a small one first?**
#
# After this notebook you can let two networks grow while they play, fade a new size in so that nothing jumps, say exactly what each ingredient of the Progressive GAN does, and measure what growing buys when every way gets the same seconds.
#
# Key terms: progressive growing (점진적 성장), fade-in (점진적 도입), pixel norm (픽셀 정규화), equalized learning rate (균등 학습률), minibatch standard deviation (미니배치 표준편차), sliced Wasserstein distance (슬라이스 바서슈타인 거리).
#
# Everything that this notebook needs is imported here, in one place.

# %%
import copy
import json
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from genlib import judges, metrics, pictures, weights
from genlib.data import many_faces
from genlib.exercises import progressive as exercise
from genlib.models import ProgressiveDiscriminator, ProgressiveGenerator
from genlib.models import progressive as growth
from genlib.models.gan import discriminator_loss, nonsaturating_loss, r1_penalty
from genlib.models.progressive import at_step, doubled, faded, halved, with_deviation
from genlib.recipes import course, progressive
from genlib.training import Average, Player, adam, fit, minibatches
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread
seeded = lambda seed=0: torch.Generator().manual_seed(seed)
large = lambda x, k=4: x.clamp(0, 1).repeat_interleave(k, 2).repeat_interleave(k, 3)
to32 = lambda x: large(x, 32 // x.shape[-1])

# %% [markdown]
# Here is the whole system of [Karras, Aila, Laine and Lehtinen (2018)](https://arxiv.org/abs/1710.10196), drawn up to 16 × 16. Each box is a block of two layers or three. The generator doubles the size from block to block, and the discriminator halves it on its way back:

# %%
up, down = "G at 4 -> G at 8 -> G at 16", "D at 16 -> D at 8 -> D at 4"
blocks = f"{up} -> {down}".split(" -> ")
pictures.diagram(f"z -> {up} -> fake\nfake, real -> {down} -> real?", learns=blocks)

# %% [markdown]
# At first only "G at 4" and "D at 4" exist, and the game is about pictures of 4 × 4 pixels. When it goes well, "G at 8" and "D at 8" are put in, and the game goes on with all four. That is **progressive growing** (점진적 성장). Blocks that are there go on learning.
#
# ## The question
#
# Why should anybody take this detour? Here are drawn faces, those of notebooks 9 and 11, at each of the sizes:

# %%
x = many_faces(8, seed=6)[0]
pictures.rows({f"{size} x {size}": to32(faded(x, size)) for size in (4, 8, 16, 32)})

# %% [markdown]
# At 4 × 4 there are 48 numbers, and they say which colour the ground, the hair and the skin have. The picture of 32 × 32 has 3072 numbers. Most of what they add is fine: an edge, the frame of the glasses. So the small game is the easier one, and what it teaches is needed later on.
#
# But is that true of GANs, or does it only sound good? Here are two trainings with the same networks, the same number of weights and about four minutes of one core each. The first one grew, and the second one saw 32 × 32 from its first step to its last (`make weights NAME=progressive_arms`):

# %%
arms = progressive.untrained_arms().eval()
weights.load_or_train("progressive_arms", arms)
drew = {name: G.sample(16, generator=seeded(3)).clamp(0, 1) for name, G in arms.items()}
pictures.rows({name: drew[name] for name in ("growing", "at once")})

# %% [markdown]
# Both drew faces. But look along a row of the second one: the same glasses and the same few heads of hair come back, and the edges are restless. Of the 48 kinds of face that there are (one of three colours of hair, with or without each of four other attributes), the one that grew shows 46, and the other one 27. Before we measure this, let us see how anything can grow while it is being trained.
#
# ## The equations
#
# What happens when a new block comes in? Its weights are drawn at random, so that its pictures are noise, and a $D$ that was nearly fooled sees through them at once. The authors let the new block come in slowly, by a number $\alpha$ that goes from 0 to 1. This is the **fade-in** (점진적 도입). Let $h$ be the maps that the old blocks make. They are made into colours by a convolution of 1 × 1, which every size has for itself:

# %%
flow = "h -> old colours -> doubled -> picture\nh -> G at 16 -> new colours -[alpha]-> picture"
pictures.diagram(flow, learns=["old colours", "G at 16", "new colours"])

# %% [markdown]
# $$\text{picture} = (1 - \alpha)\,\text{doubled}(\text{old picture}) + \alpha\,\text{new picture}$$
#
# "Doubled" repeats every pixel four times, so that at $\alpha = 0$ the large picture is the small one, and nothing has changed for $D$. At $\alpha = 1$ the old colours are gone.
#
# ## The equations as code
#
# Here is the fade, written down once more in one line, beside the library's. At its ends it is not only close but *equal*, and near 0 it changes in proportion to $\alpha$:

# %%
torch.manual_seed(0)
G, D = ProgressiveGenerator((32, 32, 16)), ProgressiveDiscriminator((32, 32, 16))
z = G.noise(8, seeded())
with torch.no_grad():
    old, new = G(z, 8), G(z, 16)
    for alpha in (0.0, 0.3, 1.0):
        assert torch.allclose(G(z, 16, alpha), (1 - alpha) * doubled(old) + alpha * new, atol=1e-6)
    assert torch.equal(G(z, 16, 0.0), doubled(old)) and torch.equal(G(z, 16, 1.0), new)
    alphas = [1e-6, 1e-4, 1e-2, 1.0]
    jump = [(G(z, 16, a) - doubled(old)).abs().max().log10() for a in alphas]
pictures.curves(alphas, {"change": jump}, "alpha", "largest change of a pixel, log10", logx=True)

# %% [markdown]
# $D$ is faded in the same way. At $\alpha = 0$ it halves the picture, by the mean of every four pixels, and looks at that with its old entrance. As halving undoes doubling, it then sees exactly what it saw before:

# %%
with torch.no_grad():
    picture = G(z, 16)
    assert torch.equal(D(picture, 0.0), D(halved(picture)))
    assert torch.allclose(halved(doubled(old)), old, atol=1e-6)
    score = torch.stack([D(picture, a) for a in torch.linspace(0, 1, 21).tolist()])
shades = {f"picture {k}": score[:, k] for k in range(4)}
pictures.curves(torch.linspace(0, 1, 21), shades, "alpha", "what D says")

# %% [markdown]
# The scores of four pictures move without a jump from what the old $D$ says, at the left, to what the new one says. There is a third place where $\alpha$ has to appear, and it is the one that is forgotten most often: the *real* pictures. While fakes are half blurred, sharp real ones could be told apart by their sharpness alone. So the real ones are blurred to the same degree:

# %%
alphas = [0.0, 0.25, 0.5, 0.75, 1.0]
real = torch.cat([faded(x[:1], 16, alpha) for alpha in alphas])
pictures.captioned(large(real, 6), [f"alpha = {alpha}" for alpha in alphas], columns=5)

# %% [markdown]
# ## What does each ingredient do?
#
# The paper has three more ideas and a habit. Each is a few lines, and each has a property that can be checked exactly.
#
# ### Equal rates for all layers
#
# Usually a layer's weights are drawn with a deviation of $\sqrt{2 / n}$, where $n$ is the *fan-in*, the number of inputs of a unit, and then left alone. Here they are drawn from $N(0, 1)$, and multiplied by $\sqrt{2 / n}$ *each time the layer runs*. At birth the two are the same. What would happen if somebody did both, or neither?

# %%
torch.manual_seed(0)
fans, found = [8, 32, 128, 512], {"as it should be": [], "scaled twice": [], "never scaled": []}
for inputs in fans:
    layer, h = growth.EqualizedConv2d(inputs, 256, kernel=1), torch.randn(4, inputs, 16, 16)
    for name, factor in zip(found, (1, layer.scale, 1 / layer.scale), strict=True):
        found[name].append(layer(factor * h).detach().var().log10())
pictures.curves(fans, found, "fan-in", "variance, log10", logx=True)

# %% [markdown]
# Scaled once, the variance is 2 whatever the fan-in, and the leaky ReLU behind it brings that back to about 1. Scaled twice, a signal fades from layer to layer, and without a scale it explodes.
#
# Why at run time, if both are the same at birth? Because of Adam, which moves every number by about the rate, be it large or small. A weight of size 1 and a weight of size 0.06 both move by 0.012 in the first step, and for the small one that is a lot:

# %%
moved = {}
for inputs in (8, 512):
    birth = growth.EqualizedConv2d(inputs, 4).scale
    for name, scale in (("scaled at birth", birth), ("at run time", 1)):
        weight = torch.nn.Parameter(scale * torch.randn(4, inputs, 3, 3, generator=seeded()))
        before, optimizer = weight.detach().clone(), adam([weight], 0.012, betas=(0.0, 0.99))
        weight.square().sum().backward()
        optimizer.step()
        moved[f"{name}, fan-in {9 * inputs}"] = [((weight - before).norm() / before.norm()).item()]
pictures.dots(moved, "how far Adam's first step moves a layer, as a share of its length", logx=True)

# %% [markdown]
# With the scale at run time every layer moves by 1.2 or 1.3 % of its length, whatever its fan-in. With the scale at birth the wide layer moves seven times as far as the narrow one, by more than half of its length. That is the **equalized learning rate** (균등 학습률): all layers learn at one pace.
#
# ### Pixels of one length
#
# After each convolution in the generator, the maps at every pixel are divided by the root of their mean square: $h / \sqrt{\frac{1}{C} \sum_c h_c^2 + 10^{-8}}$. This is **pixel norm** (픽셀 정규화). The length of a pixel with $C$ maps is then $\sqrt{C}$, and not 1, as is often said. What is it good for? Let all weights grow by a half, as they may when two networks outbid each other:

# %%
length, unit = {"pixel norm": [], "without": []}, torch.nn.LeakyReLU(0.2)
for name, norm in (("pixel norm", growth.PixelNorm()), ("without", torch.nn.Identity())):
    torch.manual_seed(0)
    h = torch.randn(8, 16, 8, 8)
    for _ in range(8):
        h = norm(unit(1.5 * growth.EqualizedConv2d(16, 16)(h))).detach()
        length[name].append(h.norm(dim=1).mean())
assert all(abs(value - 16**0.5) < 1e-3 for value in length["pixel norm"])
pictures.curves(list(range(1, 9)), length, "layer", "length of a pixel")

# %% [markdown]
# Without it the signal grows in nearly every layer, about ninefold in eight of them. With it the length stays at $\sqrt{16} = 4$, and the signal can only turn.
#
# ### Does the batch look alike?
#
# A generator that always draws the same good face is hard to catch for a $D$ that looks at one face at a time. So $D$ gets one more channel, the **minibatch standard deviation** (미니배치 표준편차). The batch is cut into groups of four. In a group, take the standard deviation over the four pictures for every number, and then the mean of all these:

# %%
sets = {"eight faces": x, "two faces, four times": x[:2].repeat(4, 1, 1, 1), "one face": x[[0] * 8]}
number = {name: with_deviation(images)[:, 3, 0, 0] for name, images in sets.items()}
assert torch.allclose(number["one face"], torch.tensor(1e-4), atol=1e-6)
pictures.dots(number, "the number in the new channel")

# %% [markdown]
# Different faces give a large number, and copies of one face give $10^{-4}$, which is the root of the small constant that keeps the root's slope finite. Did you expect "two faces, four times" to be above that? A group is every second picture of the eight, so that each group holds one face four times. Play with the order to see it.
#
# The fourth ingredient is as plain as can be. There is no tanh behind the generator, and no other limit: its pictures are *about* 0 to 1. If you look at one, you have to clamp it.
#
# ## Train it: from 4 × 4 to 16 × 16
#
# When to show what is a table: the size, where $\alpha$ starts, and how many steps. The authors' code shows 600,000 pictures in each phase, and we show between 4,800 and 12,800:

# %%
print(*progressive.LIVE, sep="\n")
steps = list(range(0, progressive.steps_of(progressive.LIVE) + 1, 25))
seen = [at_step(progressive.LIVE, step) for step in steps]
level = [np.log2(size) - 1 + alpha for size, alpha in seen]
pictures.curves(steps, {"size": level}, "step", "log2 of the size")

# %% [markdown]
# A slope is a fade-in, and a level part is a size that only learns. Each size is first let in, and then it settles.
#
# For the losses the paper takes the critic of notebooks 5 and 11, with the gradient penalty, and a small term $0.001\,E\,D(x)^2$ which keeps the critic's scores from drifting away. We take the game of notebook 5 with the R1 penalty, which reached more in the same steps here (you will see both in Play 4). Where is $\alpha$? Count its three places:


# %%
def of_D(real):
    shown, fake = faded(real, *now), G.sample(len(real), *now, generator=noise)
    loss = discriminator_loss(D(shown, now[1]), D(fake, now[1]))
    if next(turn) % 4:  # the penalty in each fourth step, four times as strong
        return loss
    return loss + 4 * 0.2 * r1_penalty(lambda x: D(x, now[1]), shown)


def of_G(real):
    return nonsaturating_loss(D(G(G.noise(len(real), noise), *now), now[1]))


# %% [markdown]
# Then the training itself, which takes less than a minute. In each phase Adam begins anew, as in the authors' code, because what it remembers of the slopes is about another game. On the way we keep what the moving average of $G$ draws from eight noises, and some copies of it:


# %%
def keep(_):
    step = next(count)
    now[:] = at_step(progressive.LIVE, step)
    if step in looks:
        grown[step] = copy.deepcopy(average.module)


torch.manual_seed(0)
D, G = progressive.progressive_pair((32, 32, 16)).values()
noise, turn, count, now, grown = seeded(), iter(range(9999)), iter(range(1, 9999)), [4, 1.0], {}
average, train = Average(G, 0.99, warm_up=True), many_faces(8000, seed=0)[0]
looks = [1, 50, 100, 200, 400, 600, 700, 750, 800, 900, 1200, 1300, 1400, 1500, 1600, 2000, 2400]
batches, rate = minibatches(train, size=16, generator=noise), {"lr": 0.012, "betas": (0.0, 0.99)}
for phase in progressive.LIVE:
    player_D = Player(D, of_D, adam(D.parameters(), **rate))
    player_G = Player(G, of_G, adam(G.parameters(), **rate))
    fit({"D": player_D, "G": player_G}, batches, phase.steps, [average, keep])
eight = G.noise(8, seeded(4))
look = lambda step, *at: to32(grown[step](eight, *at).detach())
shown = [(k, size) for k, size in ((600, 4), (1200, 8), (2400, 16)) if k in grown]
pictures.rows({f"after {k}": look(k, size) for k, size in shown})

# %% [markdown]
# The same eight noises after each of the sizes. What do you recognise in a column from row to row? Long dark hair stays where it was, in the first and the last column, and most grounds keep their tint, while other hair changes: brown becomes blond in the second column and black in the third. The old blocks go on learning, and nothing obliges them to keep what they had decided.
#
# ### Play 1: watch it grow
#
# **When does a face appear, and when is something lost?** Let it run:


# %%
looks, latest = list(grown), len(grown) - 1


def show_growth(moment=latest):
    step = looks[moment]
    size, alpha = at_step(progressive.LIVE, step)
    line = f"after {step} steps: {size} x {size}, alpha {alpha:.2f}"
    return pictures.sheet(large(look(step, size, alpha), 3), columns=4), line


Panel(show_growth, play="moment", moment=(0, latest))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# A spot in the middle comes first, in another colour than the ground: a head. When a new size fades in, nothing jumps, and yet something is lost: the pictures grow pale and take on one tint, because at first the new block paints much the same for every noise. In the phase that follows, when the size stays, the colours come back. Eyes are not there before 16 × 16, because at 8 × 8 an eye is smaller than a pixel.
# </details>
#
# ### Play 2: drag the fade-in
#
# Here you hold $\alpha$ in your own hand. Choose which size comes in, and how far the training was when you stopped it: at the beginning, in the middle or at the end of the fade-in, or later, when the size had stayed for a while. **What would have happened without a fade-in?** Set "when" to the beginning, and go to $\alpha = 1$ at once:


# %%
whens = ["beginning", "middle", "end", "later"]


def show_fade(size=16, when="later", alpha=1.0):
    step = {8: (600, 750, 900, 1200), 16: (1200, 1400, 1600, 2400)}[size][whens.index(when)]
    x, old = look(step, size, alpha), look(step, size // 2)
    line = f"mean distance to the old pictures: {(x - old).abs().mean():.1f}"
    return pictures.sheet(large(x, 3), columns=4), line


ask = exercise.ASKED["show_fade"]
Panel(show_fade, size=[8, 16], when=whens, alpha=(0.0, 1.0), ask=ask)

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# At the beginning the left end gives the old pictures without a flaw, and the right end is no face, because the new block has never been trained. In the middle of the fade-in *neither* end is good: the new picture has a single tint, and the old one leans to the opposite side. Only their mixture is right, near the $\alpha$ that $D$ saw at that time. The two have learnt to make up for each other. It takes the phase after the fade-in ("later") until the new end can stand alone, and by then the old one is forgotten.
# </details>
#
# ### Play 3: a walk at every size
#
# In notebook 6 you walked from one noise to another. **Is the middle of a walk a face at every size?** The upper row is by the generator as it was when 4 × 4 was done, and so on. The last row is another generator, which has grown up to 32 × 32 in about 25 minutes of one core, and is shipped with the course (`make weights NAME=progressive_faces`):


# %%
shipped = progressive.shipped_progressive()


def show_walk(first=0, second=6):
    z = torch.lerp(*G.noise(12, seeded(4))[[first, second], None], torch.linspace(0, 1, 8)[:, None])
    nets = {size: grown[k] for k, size in shown} | {32: shipped}
    return pictures.rows({f"{k} x {k}": to32(net(z, k)) for k, net in nets.items()})


Panel(show_walk, first=(0, 5), second=(6, 11))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# At 4 × 4 colours are mixed, so that the middle is a mixture. At 32 × 32 a picture in the middle is a face of its own: hair changes its colour or its length, and glasses come or go within a step or two. At 16 × 16 some pictures in the middle are still two faces in one. The walk is a straight line here, and not the great circle of notebook 6: the first thing this generator does to a noise is pixel norm, which makes all of them equally long.
# </details>
#
# ## 25 minutes instead of a minute
#
# Here are faces of the shipped generator, and below each the most similar one, at 8 × 8, of the 8000 faces of its training. Has it learnt them by heart?

# %%
made = torch.cat([shipped.sample(250, generator=seeded(k)) for k in range(8)]).clamp(0, 1)
small = lambda x: halved(halved(x)).flatten(1)  # compared at 8 x 8, to save memory
nearest = train[metrics.nearest_neighbours(small(made[:8]), small(train))]
pictures.rows({"grown": made[:8], "nearest": nearest})

# %% [markdown]
# The nearest faces of the training are similar, and they are others: a smile more or less in five of the eight, longer hair in two, other clothes or another ground. Some pairs are close, as they must be among 8000 faces with few attributes. No copy is among these eight, which is a look, and no proof.
#
# The judge of notebooks 9 and 11, a classifier of drawn faces, was no part of the game. It says how far the faces are from true ones (Frechet distance), how sure it is of an attribute, and how many of the 48 kinds of face come at least a fifth as often as they should. The arms of four minutes have three seeds each (`python benchmarks/progressive.py arms`):

# %%
told = json.loads(Path("../benchmarks/results/progressive_arms.json").read_text())
runs, floor = told["rows"], told["true"]
found = judges.judge_faces(made)
ends = lambda score: {name: [run[score] for run in rows] for name, rows in runs.items()}
named = ends("frechet") | {"shipped": [found["frechet"]], "true faces": [floor["frechet"]]}
pictures.dots(named, "Frechet distance at 32 x 32", logx=True)

# %% [markdown]
# The scale is logarithmic. About 25 minutes of growing, with a network almost three times as large, brings the distance down to about 1, while two sets of true faces are at about 0.1. After four minutes the one that grew is the nearest with each of the seeds, and the other two change places once. What is a distance of 100 to the eye? One reason is that some kinds of face never come:

# %%
sure = ends("sure") | {"shipped": found["sure"], "true faces": floor["sure"]}
print(", ".join(f"{name}: {np.mean(of):.2f}" for name, of in sure.items()))
kinds = ends("kinds") | {"shipped": [found["kinds"]], "true faces": [floor["kinds"]]}
pictures.dots(kinds, "kinds of face that are seen, of 48")

# %% [markdown]
# The printed line says how sure the classifier is of an attribute, in the mean. It is above 0.9 for all of them, and hardly tells the arms apart: a face can be clear, and the same as the last one. The kinds tell them apart. The shipped generator draws all 48.
#
# ## What does growing buy at equal seconds?
#
# There are three arms. "Growing" is the recipe above, with a last size of 32. "At once" has the same networks, at 32 × 32 from the beginning. "Sizes added" also begins at 32 × 32, and its picture is the *sum* of what all blocks paint, each doubled to the full size; its $D$ looks at the picture anew at each size. This is in the manner of [StyleGAN2](https://arxiv.org/abs/1912.04958), which took growing out again, and near to [MSG-GAN](https://arxiv.org/abs/1903.06048), which lets gradients in at all scales at once. One setting of it is no test of either. Each arm took 236 to 271 seconds of one core, the one that grows a little more than the others. Two things are not equal: the rate was chosen for the one that grows, and it falls to a tenth over the whole training of the other two, but only in the last phase of the one that grows:

# %%
grid = np.linspace(30, 240, 50)
over = lambda run: np.log10(np.interp(grid, *np.array(run["curve"])[:, [1, 3]].T))
named = {name: torch.tensor(np.array([over(run) for run in rows])) for name, rows in runs.items()}
pictures.curves(torch.tensor(grid), named, "seconds of one core", "Frechet distance, log10")

# %% [markdown]
# For more than a minute and a half the one that grows is no better than "at once", because it draws small pictures, which are enlarged for the judge. (Where a size fades in nobody looked, and its line is only drawn between the looks before and after.) But a step at 4 × 4 costs less than a quarter of a step at 32 × 32, so that more than half of its steps are done when 32 × 32 begins to come in. After less than three minutes it is far ahead. "Sizes added" has the same weights and does not grow. In the mean of three seeds it comes second, and it is still falling.

# %%
by = lambda key, size: {f"{size}, {n}": [r[key][size] for r in rows] for n, rows in runs.items()}
small = by("sizes", "4") | by("sizes", "8") | by("sizes", "16") | by("sizes", "32")
pictures.dots(small, "Frechet distance of the faces, made smaller", logx=True)

# %% [markdown]
# Even if all faces are made smaller, down to 4 × 4, the one that grew is nearer to the true ones than the one that did not. So the large game has not only missed the details. Kinds of face that are missing are missing at every size.
#
# ### A second ruler
#
# The paper measures with patches. Take away from a picture what half its size can show, and what is left is its finest detail. Cut patches of 7 × 7 out of that, and compare the patches of fakes with those of real pictures. How do you compare two clouds of points with 147 coordinates? In one dimension it is easy: sort both, and take the mean distance between neighbours in rank. So the **sliced Wasserstein distance** (슬라이스 바서슈타인 거리) projects both clouds on many random directions, and takes the mean. Here are the arms by patches of the finest detail, of the next coarser one, and by patches of the faces at 8 × 8:

# %%
runs["true faces"] = [floor]
patches = by("patches", "32") | by("patches", "16") | by("patches", "8")
pictures.dots(patches, "sliced Wasserstein distance of patches, times 1000")

# %% [markdown]
# The two rulers agree about the one that grew, and in the finest detail not about the others. On average "sizes added" has the smaller Frechet distance of the two, and yet it is the worst of all in the finest detail. A set of patches knows nothing of whole faces: it does not notice when one kind of face is missing. What does your own eye say? Here are all three:

# %%
pictures.rows(drew)

# %% [markdown]
# Look for the grain of "sizes added": its ground is chequered. That its variety is greater than that of "at once" is hard to see in sixteen faces, and clear in the count of kinds. The patch ruler at the finest detail sees the grain, and the Frechet distance of a classifier sees the variety. Neither of them is wrong, and a single number would have hidden one of the two.
#
# ### Play 4: switch an ingredient off
#
# Your training of a minute, but with a rate that falls in its last phase, and with one thing changed at a time. All of these were trained from the same seed, and their pictures are 16 × 16 (`make weights NAME=progressive_parts`). **Which ingredient would you miss?**


# %%
parts = progressive.untrained_parts().eval()
weights.load_or_train("progressive_parts", parts)
told = json.loads(Path("../benchmarks/results/progressive_parts.json").read_text())["rows"]
ended = {name: [run["frechet"] for run in rows] for name, rows in told.items()}


def show_part(change="no fading", seed=0):
    drawn = lambda name: large(parts[name].sample(12, generator=seeded(seed)), 2)
    mean = lambda name: f"{np.mean(ended[name]):.0f}"
    line = f"Frechet distance at 16 x 16: {mean(change)}, with all ingredients {mean('all')}"
    return pictures.rows({"all ingredients": drawn("all"), change: drawn(change)}, columns=6), line


Panel(show_part, change=[n for n in parts if n != "all"], seed=(0, 9))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# With the weights scaled at birth nothing is left of the faces: at this rate Adam throws the layers about, as the chart of its first step foretold. With a third of the rate that variant learns, too. The critic of the paper (WGAN-GP) is behind, at this rate. For all other changes you will hardly see a difference, and that is a result.
# </details>
#
# The pictures are from one seed. Here are all seeds, five with all ingredients and two for each change (`python benchmarks/progressive.py parts`):

# %%
pictures.dots(ended, "Frechet distance at 16 x 16", logx=True)

# %% [markdown]
# Three changes stand out from the spread of the seeds. The equalized rate is the one ingredient that this training, at this rate, cannot do without. Second, the critic with its gradient penalty, at the same rate, is behind after the same steps. Third, two seeds whose real pictures were *not* faded are better than all five with all ingredients, which nobody would have guessed from the equations. Without fading, without pixel norm or without the new channel the seeds lie at the upper end of the five or a little above, which hints at something and proves nothing. To begin at 16 × 16 is no worse than to grow up to it. So growing buys nothing at 16 × 16, and much at 32 × 32. An ingredient that helped at 1024 × 1024 need not help in a world of a minute: measure it where you need it.
#
# ## What does 1024 cost?
#
# Nobody here can train a picture of 1024 × 1024. But what it costs can be counted. The paper's networks have 512 maps from 4 × 4 to 32 × 32, and half as many at each further size. A convolution with $k \times k$ weights takes as many multiplications as it has weights, at each pixel. Added up over all layers, and checked against a counter that watches a real pass at 16 × 16:

# %%
with FlopCounterMode(display=False) as counter, torch.no_grad():
    D(G(G.noise(4, seeded()), 16))
assert counter.get_total_flops() == 2 * 4 * growth.multiplications(16, (32, 32, 16), G.latent_dim)
sides = [4 * 2**k for k in range(9)]
billions = [growth.multiplications(side, growth.paper_widths(), 512) / 1e9 for side in sides]
pictures.curves(
    sides, {"G and D": np.log10(billions).tolist()}, "size", "log10 of billions", logx=True
)

# %% [markdown]
# From 4 × 4 to 8 × 8 the cost grows about eightfold, as two blocks come in, and then up to 32 × 32 about fourfold each time, because there are four times as many pixels. From there on each adds the same amount: four times as many pixels, and a quarter of the weights, because the maps are halved. A picture of 1024 × 1024 takes 85 billion multiplications through both networks. How long is that on the card that the authors used, a V100? It can do at most 15.7 trillion additions and multiplications in a second ([data sheet](https://www.nvidia.com/en-us/data-center/v100/)). A step needs about ten such passes per picture: forward and back, for real and fake, for $D$ and for $G$. The authors' first version shows 0.8 million pictures in each phase, and 19 million in all:

# %%
millions = {side: 0.8 + 0.8 * (side > 4) for side in sides}  # pictures: in, and settled
millions[1024] += 19 - sum(millions.values())
day = 15.7e12 * 86_400 / 2  # multiplications, each with its addition
cost = [10 * n * 1e9 * 1e6 / day for n in billions]  # days for a million pictures, ten passes
days = {f"{side} x {side}": [c * millions[side]] for side, c in zip(sides, cost, strict=True)}
print(f"{sum(sum(d) for d in days.values()):.1f} days, at once {19 * cost[-1]:.1f} days")
pictures.dots(days, "days of a card that is never idle", logx=True)

# %% [markdown]
# Two weeks, if the card is never idle, and most of it for the last size. The authors report [about a month](https://github.com/tkarras/progressive_growing_of_gans) on one V100, so that by this count it was busy for half of the time. With all 19 million pictures at 1024 × 1024 it would be 24 days instead of 14. (This is arithmetic, with the ten passes as a guess, and nothing was run.)
#
# ## Break it
#
# **Mistake 1: two things called alpha.** The gradient penalty of notebook 11 draws a random number for each picture, and many call it `alpha`. If it overwrites the $\alpha$ of the fade-in, $D$'s slope is taken at a random mixture in each step, [as happened](https://github.com/azadis/SB-GAN/issues/9). No error is raised. The instrument is to let $D$ write down which $\alpha$ it is given. Here is what it would find:

# %%
steps = list(range(0, 400, 8))
right = [progressive.LIVE[3].alpha(step) for step in steps]
named = {"overwritten": torch.rand(50, generator=seeded()), "as it should be": right}
pictures.curves(steps, named, "step of the fade-in", "alpha that D is given")

# %% [markdown]
# **Mistake 2: scaled at birth and at run time.** You saw it above: the signal fades from layer to layer.
#
# **Mistake 3: real pictures that are not faded.** $D$ can then tell real from fake by sharpness alone, as long as $\alpha$ is small. Here that did no harm, as the chart above shows: both seeds ended better than all five with faded real pictures. We keep the paper's way at 32 × 32, where we did not try the other, and we do not know why.
#
# **A choice, and no mistake: the deviation over the whole batch.** The paper speaks of the minibatch, and the authors' code takes groups of four. What is the difference? Imagine that a quarter of the batch has collapsed to one face. We put it where it is seen best, into one group. Over groups, one number says so. Over the whole batch, the number hardly changes:

# %%
many = many_faces(16, seed=9)[0]
collapsed = many.clone()
collapsed[::4] = many[0]  # every fourth picture, which is one group of four
seen = {}
for group in (4, 16):
    for name, batch in {"varied": many, "a quarter collapsed": collapsed}.items():
        seen[f"groups of {group}, {name}"] = with_deviation(batch, group)[: 16 // group, 3, 0, 0]
pictures.dots(seen, "the number in the new channel")

# %% [markdown]
# **Mistake 4, or none: tanh at the output.** A user reported a collapse with it. At 16 × 16, in the chart above, it makes no difference that two seeds could show. So do not take every advice for large pictures as a law for small ones.
#
# ## Exercises
#
# **1. Predict, then run** (3 minutes). In the authors' code each phase lasts 600,000 pictures: first 4 × 4 alone, and then each next size fades in, and stays. After how many pictures has 32 × 32 completely faded in?

# %%
my_images = None  # your number
exercise.images.check(my_images)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Write the phases in a row: 4 stays, 8 fades in, 8 stays, and so on. Where in the row does 32 stop fading?
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_images = 600_000 * 6
# ```
# </details>
#
# **2. Write it** (5 minutes). Pixel norm: every pixel's maps, divided by the root of their mean square (plus $10^{-8}$).


# %%
def my_norm(h):  # (B, C, H, W) -> (B, C, H, W)
    return None  # your code


exercise.norm.check(my_norm)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The mean is taken over the channels, dimension 1, and `keepdim=True` keeps the shape right for the division.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# return h / (h.square().mean(1, keepdim=True) + 1e-8).sqrt()
# ```
# </details>
#
# **3. Write it** (8 minutes). Real pictures while a new size fades in: at `alpha` 0 halved by the mean of 2 × 2 and every pixel repeated, at 1 as they are.


# %%
def my_fade(x, alpha):  # (B, C, H, W), 0 to 1 -> (B, C, H, W)
    return None  # your code


exercise.fade.check(my_fade)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `avg_pool2d(x, 2)` halves, and `repeat_interleave(2, 2).repeat_interleave(2, 3)` doubles.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# small = torch.nn.functional.avg_pool2d(x, 2)
# blurred = small.repeat_interleave(2, 2).repeat_interleave(2, 3)
# return (1 - alpha) * blurred + alpha * x
# ```
# </details>
#
# **4. Write it** (10 minutes). The new channel of $D$ for a batch that is one group: everywhere the mean, over channels and pixels, of the standard deviation over the pictures (correction 0, and $10^{-8}$ under the root).


# %%
def my_deviation(h):  # (B, C, H, W) -> (B, C + 1, H, W)
    return None  # your code


exercise.deviation.check(my_deviation)

# %% [markdown]
# <details><summary>Hint</summary>
#
# First the deviation at each channel and pixel, over dimension 0, then one mean of all, then a plane of it beside the others.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# number = (h.var(0, correction=0) + 1e-8).sqrt().mean()
# return torch.cat([h, number.expand(len(h), 1, *h.shape[2:])], 1)
# ```
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | Progressive GAN makes high-quality pictures of 1024 × 1024. (“1024 high quality 사진”) | not tested here: it was published so; here the cost is counted, and the pictures have 32 × 32 pixels | What does 1024 cost? |
# | It starts at 4 × 4 and builds up to 1024 × 1024. (“4x4에서 쌓아올려서 1024*1024으로 올린다.”) | holds, here up to 32 × 32 | Train it; What does growing buy at equal seconds? |
#
# ## Summary
#
# Is it easier to learn a large picture if you learn a small one first? Here it is: with the same networks and the same seconds, growing ends at about a quarter of the distance, with 43 to 47 kinds of face in place of 21 to 34, and all three seeds agree. Which part of it does the work is less clear. At 16 × 16 the equalized rate was needed, and the fading hardly mattered; at 32 × 32, where growing helps, we did not switch anything off. It is not the only way. To add up the pictures of all sizes gives a part of that gain, in the mean, without any schedule, and later systems went that way.
#
# These models were compared here:
#
# | model | draws how | parameters ($G$ + $D$) | Frechet distance at 32 × 32 (true faces 0.14) | cost |
# |---|---|---|---|---|
# | Puzzle-GAN (notebook 9) | from three pieces | 479,580 + 42,865 | 13 | about seven minutes |
# | the same networks as below, at once, three seeds | in one step | 56,524 + 56,465 | 54 to 111 | four minutes |
# | sizes added, three seeds | in one step | 56,524 + 56,465 | 48 to 71 | four minutes |
# | Progressive GAN, three seeds | in one step | 56,524 + 56,465 | 13 to 25 | four minutes |
# | Progressive GAN, shipped | in one step | 149,740 + 182,385 | 0.9 to 1.1 | about 25 minutes |
#
# The table of the course is complete: a row for each notebook, and two for the eighth, which has a model of each sort. Only scores of one kind can be compared:
#
# | model | $p(x)$? | draws how | parameters | its score | where it breaks |
# |---|---|---|---|---|---|
# | Markov, memory 9 | exact | in 64 steps | 28,671 | 19.19 ± 0.23 nats; fair coins 44.36 | most of a longer memory's rows were never seen |
# | NADE, 128 hidden | exact | in 64 steps | 16,576 | 16.57 ± 0.25 nats | learns a stroke anew at each place |
# | Diagonal BiLSTM | exact | in 64 steps | 26,497 | 16.47 ± 0.24 nats | each pixel waits for the one before |
# | VAE, Z = 8 | a bound | in one step | 171,088 | at most 16.75 ± 0.22 nats | draws each pixel by itself: grain |
# | GAN on the ring | none | in one step | 4,482 + 4,417 | 8 of 8 modes, five seeds | its losses do not say how good it is |
# | DCGAN, Z = 16 | none | in one step | 49,857 + 34,465 | Frechet 12.9 to 15.2, five seeds; true digits 1.3 | no direction of its noise has a name |
# | InfoGAN, Z = 8 | none | in one step | 53,953 + 34,465 + 99,854 | matched 0.65 to 0.80, eight seeds; k-means 0.739 | finds classes of its own, not yours |
# | GAN-CLS | none | in one step, from a caption | 112,659 + 48,113 | all words right: seen 0.996, unseen 0.946 | keeps little of the variety |
# | tokens and transformer | a bound | token by token, from a caption | 191,860 + 477,457 | all words right: seen 0.998, unseen 0.958 | sixteen steps for a picture |
# | Puzzle-GAN | none | in one step, from three pieces | 479,580 + 42,865 | IoU of masks 0.832; constant mask 0.518 | its noise says next to nothing |
# | CycleGAN | none | in one step, from a horse or a zebra | 2 × 72,803 + 2 × 20,425 | error of a horse's body 0.049; another brown 0.03 | two translators for each pair of domains |
# | StarGAN | none | in one step, from a face and labels | 235,668 + 179,047 | error of an edit 0.024; no edit 0.040 | gender comes only a quarter nearer to the truth |
# | **Progressive GAN** | none | in one step | 149,740 + 182,385 | Frechet 0.9; true faces 0.14 | about 25 minutes for 32 × 32 pixels |
#
# ## The last page: twelve notebooks side by side
#
# Here are eight pictures from each of the models that are shipped (notebooks 1 and 5 ship none). Each is drawn from noise alone, or also from what the model is given:

# %%
eights = {name: entry.draw(8, seeded(7)) for name, entry in course.course().items()}
ink = lambda x: x if x.shape[1] == 3 else 1 - x.expand(-1, 3, -1, -1)
pictures.rows({name: to32(ink(x)) for name, x in eights.items()})

# %% [markdown]
# The digits of the first three rows are 8 × 8 and black or white, and those of DCGAN and InfoGAN have 16 × 16 grey pixels. Below them the pictures do what they are told: four words, three pieces of a face, a horse, six labels. The last row needs noise alone. And this is what they cost (`python benchmarks/course.py`):

# %%
rows = json.loads(Path("../benchmarks/results/course_page.json").read_text())["rows"]
print(f"{'model':23}{'p(x)':9}{'parameters':>11}{'trained, s':>12}  score")
for row in rows:
    print(
        f"{row['model']:23}{row['p(x)']:9}{row['parameters']:11,}{row['seconds']:12,}  {row['score'][:52]}"
    )
slow = {row["model"]: [row["milliseconds"]] for row in rows}
pictures.dots(slow, "milliseconds of one core to draw a picture", logx=True)

# %% [markdown]
# A picture that is drawn token by token, or through a large network, takes a hundred times as long as one of the 64 pixels from the VAE's small decoder, or longer, and much of that is the size of the picture.
#
# Only the first two can tell you the probability of a picture. The VAE and the tokens give a bound, and all GANs none at all, so that their scores are distances and shares, most of them in the eyes of a judge that somebody had to train. No number here ranks all of them, and that is the most important line of the table: *what a model can be asked* differs more than how good it is. (Parameters are those that draw; seconds are CPU time of all trainings that the file needed.)
#
# ### Where the field went next
#
# **Normalizing flows** (정규화 흐름) turn noise into a picture by steps that can be undone, so that the change of variables of probability theory gives $p(x)$ exactly, and a picture still comes in one pass. [Glow](https://arxiv.org/abs/1807.03039) (Kingma and Dhariwal, 2018) is the one to read first. The price is that every layer has to be invertible.
#
# **Diffusion models** (확산 모델) learn to take away a little noise, and draw by doing it many times, from pure noise to a picture. Training is a plain regression, with no opponent: [Ho, Jain and Abbeel (2020)](https://arxiv.org/abs/2006.11239). They optimise a bound, as the VAE of notebook 4 does, weighted anew, with many latent layers whose encoder is fixed. Small pictures first is an idea that came back in them, too: [cascades](https://arxiv.org/abs/2106.15282) (Ho et al., 2021) draw a small picture first, and others make it larger.
#
# **Large transformers** predict pictures and words as one sequence of tokens. That is the chain rule of notebook 1 again, with a bigger network: [DALL·E](https://arxiv.org/abs/2102.12092) (Ramesh et al., 2021), whose two stages you built in notebook 8.
#
# **References.** T. Karras, T. Aila, S. Laine and J. Lehtinen (2018), *Progressive Growing of GANs for Improved Quality, Stability, and Variation*, [arXiv 1710.10196](https://arxiv.org/abs/1710.10196). A. Karnewar and O. Wang (2020), *MSG-GAN: Multi-Scale Gradients for Generative Adversarial Networks*, [arXiv 1903.06048](https://arxiv.org/abs/1903.06048). T. Karras, S. Laine, M. Aittala, J. Hellsten, J. Lehtinen and T. Aila (2020), *Analyzing and Improving the Image Quality of StyleGAN*, [arXiv 1912.04958](https://arxiv.org/abs/1912.04958). L. Mescheder, A. Geiger and S. Nowozin (2018), *Which Training Methods for GANs do actually Converge?*, [arXiv 1801.04406](https://arxiv.org/abs/1801.04406).
