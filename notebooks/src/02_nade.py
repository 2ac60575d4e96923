# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2 · NADE: one hidden layer for all the conditionals
#
# > To guess pixel $t$, NADE looks at all the pixels from 1 to $t - 1$. It is an explicit model: give it an image, and it says how probable that image is. With real-valued pixels it uses Gaussians.
#
# **Can one small network stand in for all 64 tables?**
#
# After this notebook you can write NADE's likelihood from its equations and prove that it is a probability. You can train it on real digits in seconds, compare two models fairly, and let a model finish half a drawn image.
#
# Key terms: NADE (neural autoregressive distribution estimator, 신경 자기회귀 분포 추정기), hidden layer (은닉층), weight sharing (가중치 공유), logistic regression (로지스틱 회귀), mixture of Gaussians (가우시안 혼합), ensemble (앙상블), Jensen's inequality (옌센 부등식).
#
# Everything that this notebook needs is imported here, in one place.

# %%
import inspect
import json
import math
from pathlib import Path

import torch

from genlib import metrics, pictures, weights
from genlib.data import binarize, dequantize, digits, every_image
from genlib.exercises import nade as exercise
from genlib.judges import nats
from genlib.models import NADE, RNADE, LogisticAutoregression, OrderEnsemble
from genlib.training import train_by_score
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# ## The question
#
# The chain rule $p(x) = \prod_i p(x_i \mid x_{<i})$ asks for one guess per pixel, where $x_{<i}$ stands for all pixels before pixel $i$. Notebook 1 kept each guess in a table, which has one row for each possible past. The last of 64 pixels has 63 others before it, so its table would need $2^{63}$ rows. Notebook 1 therefore cut the past short. It stopped at nine pixels, where a digit costs 19.19 nats on average.
#
# This time we keep the whole past, and replace the *tables* by one small network. Here it is for an image of four pixels. An arrow means "is read by". The arrows from the pixels are coloured, and those of one colour carry the same weights:

# %%
names, up = range(1, 5), {"x": 0.0, "h": 1.4, "p": 2.5}
places = {f"{kind}{i}": (1.3 * i, y) for kind, y in up.items() for i in names}
guess = [(f"h{i}", f"p{i}") for i in names]
reads = [(f"x{j}", f"h{i}") for i in names for j in range(1, i)]
pictures.graph(places, guess, strong=reads, coloured="from", title="NADE")

# %% [markdown]
# The lowest row holds the pixels. Above each pixel stands a small hidden layer (은닉층) $h_i$, one circle for a whole row of units, and on top of it the guess $p_i$ that pixel $i$ is black. Look at where the arrows go: $h_1$ reads nothing, $h_2$ reads the first pixel, and $h_4$ reads the first three. No arrow leads from a pixel to its own guess. Pixel 4 is read by nobody, because no pixel comes after it.
#
# The colours hold the idea of this notebook. Everything that leaves $x_1$ is blue, because $x_1$ speaks to all later layers with one and the same set of weights. We will get there in two steps, and begin with a model that has no hidden layer at all. These are the digits that it will learn, the same as in notebook 1:

# %%
grey = {split: digits(split)[0] for split in ("train", "valid", "test")}
labels = {split: digits(split)[1] for split in grey}
train, valid, test = (binarize(grey[split]).flatten(1) for split in grey)
pictures.show(test[:20].view(-1, 1, 8, 8), columns=10, pixels=640)

# %% [markdown]
# Each digit has 8 × 8 pixels, black or white. They are split as before, into 1297 for training, 200 for choices (the validation digits) and 300 for the test. In the usual **raster order** a model reads them like a page, row by row, from left to right.
#
# ### A first formula: logistic regression
#
# The simplest formula gives each earlier pixel a weight and adds up:
#
# $$p(x_i = 1 \mid x_{<i}) = \sigma\Big(b_i + \sum_{j<i} W_{ij}\, x_j\Big) \qquad \sigma(a) = \frac{1}{1 + e^{-a}}$$
#
# The weight $W_{ij}$ says how much ink at pixel $j$ speaks for ink at pixel $i$, and $b_i$ is the sum while nothing is black yet. The sum is called the **logit** (로짓), and the sigmoid $\sigma$ squashes it into a probability. This is one logistic regression (로지스틱 회귀) per pixel, together also called a fully visible sigmoid belief net (Neal 1992). Write $D$ for the number of pixels, which notebook 1 called $n$. Then the model needs $D (D + 1) / 2$ numbers, which are 2080 for our 64.
#
# These numbers cannot be counted from the data, as those of a table could. They are trained, in steps. The **loss** is what should become small: the mean nats of 32 training digits. The **gradient** (기울기) says for each number how the loss changes with it, and a step moves every number a little against its gradient. How far is set by the learning rate, `lr`, and by the rule for the steps, here AdamW. It also shrinks all weights a little at each step (weight decay, 가중치 감쇠), so that none grows large without need. That is all there is in this loop:

# %%
torch.manual_seed(0)
logistic, losses = LogisticAutoregression(64), []
optimizer = torch.optim.AdamW(logistic.parameters(), lr=0.04, weight_decay=0.05)
for _ in range(1000):
    loss = -logistic.log_prob(train[torch.randint(len(train), (32,))]).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
pictures.lines(torch.arange(1000), {"loss, nats": torch.tensor(losses)}, "step", (10, 46))

# %% [markdown]
# The loss starts at 64 fair coins, $64 \ln 2 = 44.4$ nats, and falls steeply in the first hundred steps. After that it hardly falls and rattles, because every step sees other digits, and some digits are harder than others.
#
# What did it learn? Take the pixel at row 4 and column 4, counted from zero, and lay the weights of all pixels before it out as an image:

# %%
by_logistic = nats(logistic, test).mean().item()
W = torch.zeros(64, 64).index_put(tuple(logistic.below), logistic.W.detach())
assert by_logistic < 19.19
pictures.matrix(W[36].view(8, 8), "column", "row")

# %% [markdown]
# Red pixels speak for ink and blue ones against it. The two darkest red ones are the left neighbour of the pixel (row 4, column 3) and the one directly above it. Where a stroke has arrived, it tends to go on. (Some weights at the right border are large too, where the digits above have hardly any ink.) From the pixel itself onwards all weights are exactly zero, since the formula may not see the future. As the assertion says, this model is already better than the 19.19 nats of the Markov chain, with 2080 numbers in place of 28,671.
#
# ### What a sum cannot say
#
# The formula can only add up. Take a world of three pixels where the third is black if *exactly one* of the first two is. Let logistic regression and NADE both learn it. In the picture the first pixel goes to the right and the second one up, so that each corner is one past. Black dots mark the two corners where the third pixel is black. The ground shows the guess of the model, from orange (surely white) to blue (surely black):

# %%
xor = torch.tensor([[0.0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
torch.manual_seed(0)
dots = 2 * xor[1:3, :2].repeat(60, 1) - 1 + 0.07 * torch.randn(120, 2)
plane = torch.cartesian_prod(*[torch.linspace(-0.25, 1.25, 60)] * 2, torch.zeros(1))
fields, cost = {}, lambda model, x: nats(model, x).mean().item()
for name, model in {"logistic": LogisticAutoregression(3), "NADE": NADE(3, hidden=8)}.items():
    model = train_by_score(model, xor.repeat(16, 1), lambda m: cost(m, xor), lr=0.1, steps=400)
    guesses = model.conditionals(plane).probs[:, 2].detach().view(60, 60)
    fields[f"{name}: {cost(model, xor):.2f} nats"] = pictures.field(guesses, dots, 1.5)
pictures.rows({"": torch.stack(list(fields.values()))}, names=list(fields))

# %% [markdown]
# At the left the ground is white everywhere: logistic regression guesses one half in all four corners. No weighted sum of two pixels says "exactly one", so the world costs it $3 \ln 2 = 2.08$ nats, three coins. NADE, at the right, bends its guess around the corners: blue where the dots are, orange where they are not. It comes close to the truth, which is two coins or $2 \ln 2 = 1.39$ nats. What does it have that the sum has not?
#
# ## The equations
#
# NADE puts $H$ hidden units between the past and the guess:
#
# $$h_i = \sigma(c + W_{:,<i}\; x_{<i}) \qquad\qquad p(x_i = 1 \mid x_{<i}) = \sigma(b_i + V_i \cdot h_i)$$
#
# Read it along the drawing above. Column $j$ of the matrix $W$, written $W_{:,j}$, is what pixel $j$ says to the hidden units: one colour of arrows. $W_{:,<i}\, x_{<i}$ adds up the columns of those earlier pixels that are black. The vector $c$ is where the hidden units start. Row $V_i$ of a second matrix turns them into the guess for pixel $i$, and $b_i$ is the guess without them.
#
# **The same $W$ and $c$ serve all guesses.** This is called weight sharing (가중치 공유). Column $j$ is what pixel $j$ says, and every later guess reads this one column. Row $V_i$ and $b_i$, in contrast, are used for the guess of pixel $i$ alone. (The last column is never read, because no guess comes after the last pixel.) In all, $W$ has $H$ rows and $D$ columns, $V$ has $D$ rows and $H$ columns, $c$ holds $H$ numbers and $b$ holds $D$.
#
# Write $p_i$ for the guess $p(x_i = 1 \mid x_{<i})$. The chain rule multiplies one factor per pixel, $p_i$ where the pixel is black and $1 - p_i$ where it is white. As a logarithm, it is a sum:
#
# $$\log p(x) = \sum_{i=1}^{D} \big[x_i \log p_i + (1 - x_i) \log (1 - p_i)\big]$$
#
# ## The equations as code
#
# Here they are word for word, one pixel at a time. Nothing in this function is clever, so there is little in it that could be wrong:


# %%
def nade_log_prob(x, W, c, V, b):
    total = 0.0
    for i in range(len(x)):
        h = torch.sigmoid(c + W[:, :i] @ x[:i])
        p = torch.sigmoid(b[i] + V[i] @ h)
        total += torch.log(p if x[i] == 1 else 1 - p)
    return total


# %% [markdown]
# ## Is it a probability?
#
# An explicit model makes a promise: the probabilities of all images add up to one. With eight pixels there are only 256 images, so we can check. Take random numbers for all weights, list the images, and add up their probabilities one after the other. Then do the same with the pixels in another, shuffled order:

# %%
torch.manual_seed(0)
W, c, V, b = torch.randn(5, 8), torch.randn(5), torch.randn(8, 5), torch.randn(8)
every, sums = every_image(8), {}
for name, order in {"raster order": torch.arange(8), "shuffled order": torch.randperm(8)}.items():
    sums[name] = torch.stack([nade_log_prob(x[order], W, c, V, b) for x in every]).exp().cumsum(0)
    assert torch.isclose(sums[name][-1], torch.tensor(1.0))
pictures.lines(torch.arange(1, 257), sums, "how many of the 256 images are added up", (0, 1.05))

# %% [markdown]
# The curves climb in steps of their own, because the two orders give the images different probabilities. Both arrive at exactly one. No training was needed for that. Add up over the last pixel first: its guess $p_D$ and the opposite, $1 - p_D$, add up to one, whatever the pixels before it are, so the last factor is gone. Then the last but one goes in the same way, and so on, until nothing but 1 is left.
#
# ## The same numbers, faster
#
# The naive loop adds up $W_{:,<i}\, x_{<i}$ anew for every pixel. That is $O(D^2 H)$ work per image, and most of it has been done before. Write $a_i$ for what stands inside the sigmoid, so that $h_i = \sigma(a_i)$. Then
#
# $$a_1 = c \qquad\qquad a_{i+1} = a_i + W_{:,i}\, x_i$$
#
# The sum for the next pixel is the last sum plus **one column**. So the same network can be drawn as a chain:

# %%
up = {"a": (0, 1.0), "h": (0, 2.0), "p": (0, 3.0), "x": (0.5, 0.0)}
chain = {f"{kind}{i}": (i + right, y) for kind, (right, y) in up.items() for i in names}
carry = [(f"a{i}", f"a{i + 1}") for i in range(1, 4)] + [(f"a{i}", f"h{i}") for i in names]
column = [(f"x{i}", f"a{i + 1}") for i in range(1, 4)]
pictures.graph(chain, carry + guess, strong=column, coloured="from", title="NADE as a chain")

# %% [markdown]
# Follow the row of the $a$ from left to right. Each pixel adds its column once, in its own colour, and the sum carries it to all later layers. Six coloured arrows of the first drawing have become three, and for $D$ pixels the work falls from $O(D^2 H)$ to $O(DH)$. The library's sampler has exactly this shape:

# %%
print(inspect.getsource(NADE.sample))
small = NADE(8, hidden=5)
small.load_state_dict({"W": W, "c": c, "V": V, "b": b})
naive = torch.stack([nade_log_prob(x, W, c, V, b) for x in every])
assert torch.allclose(naive, small.log_prob(every), atol=1e-5)

# %% [markdown]
# In the loop a pixel is drawn from its guess, and then its column is added to `a`. The assertion compares the library's `log_prob`, which carries the same sum, with the naive function on all 256 images: the numbers agree.
#
# How much time does it save? A benchmark measured images of 784 pixels with 500 hidden units (`python benchmarks/nade.py`). A training step of 100 images was done in three ways. "All pixels at once" computes all sums with one big operation. "Loop" carries the sum and lets torch remember each step for the gradient. NADE in `genlib` remembers only the last sum, and takes the columns off again on the way back. The first three rows are such steps. The last two are the time to draw sixteen samples:

# %%
read = lambda part: json.loads(Path(f"../benchmarks/results/{part}.json").read_text())
step, draw = (read("nade_speed")[part][-1] for part in ("steps", "samples"))
times = {"all pixels at once": step["cumsum"], "loop": step["loop"], "NADE": step["nade"]}
times |= {"16 samples, full passes": draw["full"], "16 samples, running sum": draw["nade"]}
pictures.dots({n: [ms / 1000] for n, ms in times.items()}, "seconds (logarithmic)", logx=True)

# %% [markdown]
# Note that the axis is logarithmic. The running sum draws sixteen images about three hundred times as fast as a sampler that runs the whole network again for every pixel. For training, the big operation looks parallel, and yet it is the slowest of the three by far. It works on a table with a number for each image, pixel and hidden unit, 39 million of them here, while the loops work on one pixel at a time. Moving so much memory may be the reason, but that was not tested. All this was measured on one core; on a graphics card the ranking may be another. Fewer operations in the code do not always take less time.
#
# ### What sharing saves
#
# The lecture makes two remarks about NADE: the nodes are independent of each other, so that *the graphs do not entangle in the network*, and the weights grow towards the later nodes. Both describe another network, in which each pixel has a hidden layer of its own. Draw it like the first one, but give each *layer* a colour, since now every layer brings its own weights:

# %%
pictures.graph(places, guess, strong=reads, coloured="to", title="separate hidden layers")

# %% [markdown]
# Here no colour is used by two layers. One could cut the drawing into four separate networks that have nothing in common but the pixels that they read. In this sense the graphs do not entangle. In NADE they do: a blue weight serves three layers, and when training changes it for one guess, it changes it for the others too.
#
# The price of the separate layers shows if you count how many weights are *new* at each pixel. Take 64 pixels and 16 hidden units:

# %%
pixel, H = torch.arange(1, 65), 16
new = {"separate layers": H * (pixel + 1) + 1, "NADE": 0 * pixel + 2 * H + 1, "logistic": pixel}
pictures.lines(pixel, new, "pixel (upwards: new numbers that it brings)", (0, 1080))

# %% [markdown]
# The blue line is the lecture's sentence: with separate layers, the weights grow from pixel to pixel. The flat line is NADE. Every pixel brings one column of $W$, one row of $V$ and one $b_i$, wherever it stands. Logistic regressions grow as well, but slowly, because each earlier pixel brings one weight and not sixteen.
#
# Added up over all pixels, layers of their own need a number of weights that grows with $D^2 H$. NADE needs $2HD + H + D$, which is 785,284 numbers for 784 pixels and 500 hidden units.
#
# ### A cousin: MADE
#
# There is a second way to share. MADE (masked autoencoder for distribution estimation, 마스크 오토인코더) takes an ordinary network with one hidden layer and cuts connections, until no path leads from a pixel to its own guess or an earlier one. Each hidden unit $k$ gets a degree $m(k)$, the last pixel that it may read. A **mask** (마스크) of zeros and ones then multiplies each weight matrix. Pixel $d$ leads to unit $k$ if $m(k) \ge d$, and unit $k$ leads to guess $d$ if $d > m(k)$. The product of the two masks then counts the paths from each pixel to each guess. Here are five pixels and eight hidden units:

# %%
d, m = torch.arange(1, 6), torch.arange(8) % 4 + 1
masks = {"mask 1": (m[:, None] >= d).long(), "mask 2": (d[:, None] > m).long()}
paths = masks["mask 2"] @ masks["mask 1"]
assert torch.equal(paths > 0, torch.ones(5, 5).tril(-1) > 0)
pictures.grids(masks | {"paths": paths.clamp(max=1)}, ["cut", "kept"], {"paths": paths})

# %% [markdown]
# Mask 1 has a row per hidden unit and a column per pixel, mask 2 a row per guess and a column per unit. Blue connections are kept. The last grid counts paths, with a row per guess and a column per pixel. It is blue strictly below its diagonal: guess 3, in the third row, is reached from pixels 1 and 2 and from nothing else. So MADE is autoregressive too, and all its guesses come out of two matrix products at once. What it trades for this is a weight matrix of which a part is always multiplied by zero. Drawing still takes $D$ passes, because a pixel must be drawn before the next one can be guessed.
#
# ## What does it see?
#
# The drawings promise that a guess depends on all earlier pixels and on no other. Does the code keep the promise? The **Jacobian** (야코비안), the table of all derivatives, says how much each logit reacts to each pixel. Here it is for a NADE with random weights. The colours are therefore random too, and what counts is where there are none:

# %%
torch.manual_seed(0)
untrained = NADE(64, hidden=16)
logits = lambda x: untrained.conditionals(x[None]).logits[0]
sees = torch.autograd.functional.jacobian(logits, test[0])
assert sees.triu().abs().max() == 0 and (sees.tril(-1) != 0).sum() == 64 * 63 / 2
pictures.matrix(sees, "pixel j", "logit of pixel i")

# %% [markdown]
# Each row belongs to one guess. The lower triangle is full, and the diagonal and everything above it are exactly zero, as the assertion confirms entry by entry. The Markov chain of notebook 1 had only a band here.
#
# ## Train it
#
# The first loop of this notebook was plain. `train_by_score` runs the same loop with two habits more. The weights are averaged over the last steps, which takes the rattle out. And the average that scores best on the validation digits is what is kept, because NADE learns fast and can then get worse on digits it has not seen.
#
# We train four NADEs with 2, 8, 32 and 128 hidden units. At some steps we record sixteen samples and the mean nats on the training, validation and test digits. All this takes about ten seconds:


# %%
moments = [1, 2, 5, 10, 20, 50, 100, 200, 400, 600, 800, 1000]


def record(hidden):
    def keep(step, model):
        if step + 1 in moments:
            images = model.sample(16, generator=torch.Generator().manual_seed(0))
            kept[step + 1] = images, *[cost(model, x) for x in (train, valid, test)]

    torch.manual_seed(0)
    kept = {}
    return train_by_score(NADE(64, hidden), train, lambda m: cost(m, valid), on_step=keep), kept


runs = {hidden: record(hidden) for hidden in (2, 8, 32, 128)}
nade, frames = runs[128]
told = {n: [frames[m][k] for m in [*frames][4:]] for k, n in ((1, "training"), (2, "validation"))}
pictures.curves([*frames][4:], told, "step", "nats per digit", logx=True)

# %% [markdown]
# These are the curves of the largest, from step 20 on. Both fall together at first. Near step 200 they begin to part: the training digits become cheaper and cheaper, while the curve of the validation digits flattens and is level from step 600 on. The gap that opens is the overfitting that you know from notebook 1: the model learns details of the 1297 digits that other digits do not share. The gap is why a model must be judged on digits that it was not trained on.
#
# Numbers fall, but what does the model draw meanwhile? All rows use the same random numbers:

# %%
some = {1, 50, 100, 200, 1000} & frames.keys()
rows = {f"step {m}": frames[m][0][:8].view(-1, 1, 8, 8) for m in sorted(some)}
pictures.rows(rows)

# %% [markdown]
# After a single step ink lies in the middle already, because the first step of AdamW moves nearly all of the 16,576 numbers by the full learning rate. But the samples look alike: each is the same blurred shape with other specks. At step 100 they begin to differ, and from step 200 on strokes are closed or open, and specks at the border are gone. At the end several samples can be read, such as the 5 in the first column and the 9 in the third.
#
# Is that good? The chart compares models on the same test digits. Each dot is one training, and NADE was trained with ten seeds (`python benchmarks/nade_digits.py`). The row "yours" is the model that you just trained:

# %%
ladder, seeds = read("nade_ladder"), lambda rows: [r.get("seeds", [r["test"]]) for r in rows]
known = ["independent", "Markov order 9", "80 Bernoullis", "logistic", "NADE, ten seeds"]
bars = dict(zip(known, seeds(ladder["ladder"]), strict=True))
bars["NADE, yours"] = nats(nade, test).mean()[None]
assert 16.2 < bars["NADE, yours"] < by_logistic - 0.5
pictures.dots(bars, "nats per test digit", {"64 coins": 64 * math.log(2)})

# %% [markdown]
# NADE is the best of them. The row "80 Bernoullis" is the mixture of notebook 1 with 80 groups, also called a mixture of Bernoullis (베르누이 혼합). To draw, it picks one of its 80 tables and tosses the 64 coins of that table, so it knows no strokes but only whole shapes. NADE's ten dots lie so close together that they merge into one short upright bar. So the luck of the seed is far smaller than the distance to the next model.
#
# ## Look
#
# Good nats do not prove that the samples are new, because a model could draw the training digits once more. Put the training digit that is nearest to it below each sample. For comparison, do the same with ten test digits, which nobody copied from the training set:

# %%
samples = nade.sample(10, generator=torch.Generator().manual_seed(1))
near = lambda x: train[metrics.nearest_neighbours(x, train)]
shown = {"NADE": samples, "nearest": near(samples), "test": test[:10], "closest": near(test[:10])}
pictures.rows({name: x.view(-1, 1, 8, 8) for name, x in shown.items()}, columns=10)

# %% [markdown]
# Most samples have the strokes of a digit, and a few, such as the third and the fourth, stay unfinished. None of them is an exact copy of the digit below it, but some come within one or two pixels. Test digits are often as near to a training digit: on 8 × 8 pixels there are only so many ways to write an 8. Remember that nearest neighbours do not show whether a sample was learnt or copied, unless you know how near real digits are.
#
# An explicit model can also *judge*. In notebook 1 a mirrored digit was the hardest damage to find. Its AUC is the share of all pairs, one test digit and one mirrored digit, in which the mirrored one costs more nats. For the chain of memory 8 it was 0.79. Here are eight test digits and their mirror images, each with NADE's nats in its corner:

# %%
mirrored = test.view(-1, 8, 8).flip(2).flatten(1)
costs = {"test": nats(nade, test), "mirrored": nats(nade, mirrored)}
assert (costs["mirrored"][:, None] > costs["test"]).float().mean() > 0.83  # the area
shown = {n: x[:8].view(-1, 1, 8, 8) for n, x in {"test": test, "mirrored": mirrored}.items()}
pictures.rows(shown, names=[f"{cost:.0f}" for of in costs.values() for cost in of[:8]])

# %% [markdown]
# Each of the eight mirrored digits costs more than the digit above it. Over all pairs, the AUC is above 0.83, as the assertion checks. So NADE notices better than the Markov chain in which direction people write.
#
# ## The order of the pixels
#
# The chain rule holds in any order. For the tables of notebook 1 the order mattered much, because a short past is worth more if the pixel above is in it. Does it matter for a model that sees the whole past? To find out we must compare models that differ little, while single digits cost anything between 6 and 32 nats. Look at two models side by side first, where every dot is one test digit:

# %%
each = {row["model"]: row["each"] for row in [*ladder["ladder"], *ladder["orders"].values()]}
axis = pictures.Figure(4.4, 4.0).add_subplot(xlabel="nats by NADE", ylabel="nats by logistic")
axis.plot(each["NADE, raster"], each["LogisticAutoregression"], "o", [4, 40], [4, 40], "k--", ms=4)
axis.figure

# %% [markdown]
# The cloud is long and thin. It is long because some digits are hard, and thin because *the same digits are hard for both models*. Most dots lie above the dashed line, where both would be equal, so NADE is better on most digits.
#
# The length of the cloud is what makes the standard error of a mean as large as 0.25 nats. For a comparison it does not matter, and it can be removed: subtract the nats of the two models digit by digit, and take the mean of the differences. This is called a **paired** comparison (대응 비교). Its error comes from the thickness of the cloud alone. Here are the test nats of NADE in five orders, ten seeds each, and of a mixture of four of them:

# %%
above = {r["model"][6:]: torch.tensor(r["seeds"]) - 16 for r in ladder["orders"].values()}
pictures.dots(above, "nats per test digit above 16")

# %% [markdown]
# The chart shows only what each has above 16 nats, to make the small differences visible. The five single orders lie within a quarter of a nat. "Random" orders were shuffled once and then kept. Which of these differences are more than luck? The next chart shows paired ones (`python benchmarks/paired.py`). In each row the middle dot is the mean difference, and the outer two are one standard error away from it:

# %%
pairs = ["NADE - logistic", "column - raster", "random b - c", "four - column", "four - raster"]
around = torch.tensor([-1, 0, 1])
found = [row["difference"] + row["error"] * around for row in read("paired")["nade"]]
pictures.dots(dict(zip(pairs, found, strict=True)), "difference in nats per digit", {"equal": 0})

# %% [markdown]
# Raster and column order do not differ: zero lies between the outer dots. The two orders that differ most, both random, lie 0.23 nats apart, which is three times the error. (This pair was picked because it differs most, so a part of that is luck.) So the order may cost NADE something, but little. For chains of memory 1 the step from raster to column order was worth 1.79 nats (notebook 1, exercise 3). A table sees the pixel above only if the order puts it last, while NADE sees it in any order, as long as it comes before.
#
# The last two rows compare an **ensemble** (앙상블) with two of its members. It takes four orders as one mixture, $p(x) = \frac{1}{4} \sum_k p_k(x)$. It beats even the best of them, the column order, by 0.30 nats. Where one order is unsure, another may know. But any four networks make a better mixture than one, and how much of the gain comes from the orders was not measured here. You will meet the four members in Play 1, one at a time.
#
# ## Real-valued pixels: RNADE
#
# Our digits have 17 levels of grey, which we have rounded to black and white so far. The lecture says that a Gaussian takes the place of the coin if the data is continuous. RNADE keeps the shared hidden layer, and lets it set a **mixture of Gaussians** (가우시안 혼합) for each pixel:
#
# $$p(x_i \mid x_{<i}) = \sum_{k=1}^{K} w_k\, \mathcal N(x_i;\, \mu_k, s_k)$$
#
# Each pixel has three small matrices and biases of its own, which turn $h_i$ into logits of the weights, into means and into logarithms of the standard deviations. The softmax then makes the weights $w_k$ positive with the sum one, and the exponential makes each $s_k$ positive. Here $K = 6$ Gaussians serve each pixel. One more step is needed. A density belongs to real numbers, and levels are steps. So each level is spread over a cell of its own, $(\text{level} + u) / 17$ with $u$ uniform between 0 and 1. This is called **dequantisation** (역양자화), and new noise is drawn at every step of the training, which takes about three seconds:

# %%
grey_train, grey_valid, grey_test = (grey[split].flatten(1) for split in grey)
noise = torch.Generator().manual_seed(0)
spread, noisy = dequantize(grey_valid, noise), lambda x: dequantize(x, noise)
torch.manual_seed(0)
rnade, loss = RNADE(64, hidden=64), lambda model: cost(model, spread)
rnade = train_by_score(rnade, grey_train, loss, noisy=noisy, lr=0.01)
rows = {"test": grey_test[:8], "RNADE": rnade.sample(8, generator=noise).clamp(0, 1)}
pictures.rows({name: x.view(-1, 1, 8, 8) for name, x in rows.items()})

# %% [markdown]
# The lower row is drawn by RNADE, pixel by pixel, and shown between 0 and 1. Its strokes have dark cores and grey rims like those of the test digits, and around them the paper is nearly white, with faint specks. Not every sample can be read.
#
# ### From a density to nats
#
# A density is no probability: it may be larger than one, and only its *integral* must be one. How can it be compared with a model of levels? The 17 levels of a pixel are cells of width $1/17$, so an image of $D$ pixels is a cell of volume $17^{-D}$. Its probability is the integral of the density over this cell. Write the integral as volume times mean, where $E_u$ is the mean over the noise and $x_u$ is the image spread with $u$:
#
# $$P(\text{levels}) = \int_{\text{cell}} p(x)\, dx = 17^{-D}\, E_u[p(x_u)]$$
#
# Take logarithms, $\ln P = \ln E_u[p(x_u)] - D \ln 17$. The mean stands *inside* the logarithm, where it is hard to estimate. **Jensen's inequality** (옌센 부등식), which you met in notebook 1, moves it outside. The picture shows why that is allowed, for a density that takes just two values in the cell, 0.4 and 3.6:

# %%
x, ends = torch.linspace(0.2, 4.0, 200), torch.tensor([0.4, 3.6])
axis = pictures.Figure(5.6, 3.2).add_subplot(xlabel="density", ylabel="logarithm")
axis.plot(x, x.log(), label="ln")
axis.plot(ends, ends.log(), "o-", label="chord")
axis.plot([2, 2], [ends.log().mean(), math.log(2)], "k^:", label="at the mean density")
axis.legend(loc="lower right").figure

# %% [markdown]
# The logarithm bends downwards, so every chord runs below it. Halfway along the chord lies the mean of the logarithms (the lower triangle), and straight above it lies the logarithm of the mean (the upper one). Hence $\ln E_u[p(x_u)] \ge E_u[\ln p(x_u)]$, and so
#
# $$-\ln P(\text{levels}) \;\le\; D \ln 17 - E_u[\ln p(x_u)]$$
#
# The right side is easy to compute: spread the digit, take the negative log density, and add $D \ln 17$. It is never below the true nats in the mean over the noise, so a model cannot look better by it than it is. For a single pixel we can afford both sides. Here they are for each pixel of the first test digit, given the pixels before it:

# %%
grid = torch.linspace(-0.5, 1.5, 401)
inside = (16 * grey_test[0] + torch.linspace(0.005, 0.995, 100)[:, None]) / 17  # of each cell
with torch.no_grad():
    guess_of = rnade.conditionals(dequantize(grey_test[:1], torch.Generator().manual_seed(0)))
    log_p, p = guess_of.log_prob(inside), guess_of.log_prob(grid[:, None]).exp()
exact, bound = math.log(17) - log_p.exp().mean(0).log(), math.log(17) - log_p.mean(0)
assert (bound >= exact - 1e-4).all() and (torch.trapezoid(p, grid, dim=0) - 1).abs().max() < 0.02
pictures.lines(torch.arange(1, 65), {"exact": exact, "bound": bound}, "pixel", (-0.2, 4))

# %% [markdown]
# The bound runs above the exact nats or on them at all 64 pixels. The gap is small at nearly all of them, so that the two lines almost coincide. The assertion also confirms that the density of each pixel has the integral one. Small as the gaps are, there are 64 of them, so the bound of a whole digit lies some nats above the truth. Remember that the nats of a density are an upper bound on those of the levels.
#
# Now densities and tables of levels can stand in one chart. Every row is either exact, for levels, or such a bound, for densities (`python benchmarks/nade_digits.py grey`). The dashed line is what 17 equally probable levels cost:

# %%
known = ["independent levels", "one Gaussian", "100 Gaussians", "RNADE, K = 1", "RNADE, K = 6"]
bars = dict(zip(known, seeds(read("nade_grey")["grey"]), strict=True))
pictures.dots(bars, "nats per test digit", {"uniform levels": 64 * math.log(17)})

# %% [markdown]
# ("One Gaussian" and "100 Gaussians" are densities over all 64 pixels together: a single one that knows how each pixel goes with each other, and a mixture of a hundred that do not.) Three of the four rows with Gaussians lose to the first row, which knows nothing of how pixels go together. RNADE with a single Gaussian per pixel is one of them, and with six it is the best of all, although its number is only a bound. So the lecture's sentence needs one word more: for continuous data NADE uses a *mixture* of Gaussians.
#
# Why should one Gaussian fail here? Many pixels are empty in most digits and grey in the rest. A table has one number for "empty", and a mixture can keep one narrow Gaussian for it, while a single Gaussian must stretch over both. In Play 3 you can see the narrow part.
#
# As in notebook 1, you may divide nats by the number of pixels and by $\ln 2$, which gives **bits per pixel** (픽셀당 비트). The 181.3 nats of uniform levels are then $\log_2 17 = 4.09$ bits, whatever the size of the image, and RNADE's 94.1 nats are 2.12 bits.
#
# ## Play 1: finish the image
#
# **How much must NADE see before its completions agree, and in which order do the pixels say most?** The four models of the ensemble are loaded from a small file (`make weights NAME=nade_orders`). Each of them gets the first pixels of a test digit *in its own order* and finishes it eight times. The first image shows what it sees, with grey where a pixel is hidden, and the others are its completions. A completion counts as the digit of the training image nearest to it:

# %%
ensemble = OrderEnsemble([NADE(64, 128) for _ in range(4)], torch.arange(64).expand(4, 64))
weights.load_or_train("nade_orders", ensemble)
order_names = ["raster", "column", "random a", "random b"]


def show_finish(order="raster", known=16, digit=0, generator=None):
    k = order_names.index(order)
    model, positions = ensemble.models[k], ensemble.orders[k]
    given = test[digit, positions[:known]]
    drawn = model.sample(8, given, generator)[:, positions.argsort()]
    read_as = labels["train"][metrics.nearest_neighbours(drawn, train)]
    agree = int((read_as == labels["test"][digit]).sum())
    seen = torch.full((64,), 0.4).index_put((positions[:known],), given)
    sheet = pictures.sheet(torch.cat([seen[None], drawn]).view(-1, 1, 8, 8), columns=3)
    return sheet, f"{agree} of 8 completions look like the true digit, {labels['test'][digit]}"


question = exercise.ASKED["show_finish"]
Panel(show_finish, ask=question, order=order_names, known=(0, 56, 8), digit=(0, 299), seed=(0, 20))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Digit 0 is a 4. With 16 pixels known and seed 0, raster order gets 1 of 8 right and column order 3, while the two random orders get 8 and 6. Sixteen pixels in raster order are the two upper rows, which say little about a digit. In a random order they are spread over the whole image. With 24 pixels raster order has caught up, with 7 of 8.
#
# Digit 3 (an 8) is harder: with 32 pixels raster order gets 5 of 8, with 40 it gets 7 and with 48 only 3, and at 56 all of them. Do not trust a single count too much: the nearest training digit is only a stand-in for a reader.
#
# Note what no setting can do: fill in the *upper* half of a digit from the lower one in raster order. A NADE finishes what comes last in its own order and nothing else. A later model trains one network for all orders at once (Uria, Murray and Larochelle 2014).
# </details>
#
# ## Play 2: width and training time
#
# **What does NADE learn first, and what does it need many hidden units for?** The panel shows the recorded samples of the four NADEs that you trained. The thick curve belongs to the chosen `hidden`, the number of hidden units, and the dot on it to the chosen `step`. All samples use the same random numbers. Press the play button at 128 hidden units, and then with 2:

# %%
curves = {f"{n} hidden": [frame[3] for frame in kept.values()] for n, (_, kept) in runs.items()}


def show_training(step=200, hidden=128):
    images, *_, cost = runs[hidden][1][step]
    images, chosen = images.view(-1, 1, 8, 8), f"{hidden} hidden"
    picture = pictures.progress(images, moments, curves, step, "step", "test nats", chosen)
    return picture, f"step {step}, {chosen} units: {cost:.1f} nats per test digit"


question = exercise.ASKED["show_training"]
Panel(show_training, ask=question, play="step", step=moments, hidden=list(runs))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# With 2 hidden units the samples at step 1000 are ragged shapes in the right place: a blob with holes, and hardly a stroke. The test nats end at 22.9, only a little better than independent pixels (25.2 in the chart of "Train it"). Each step up in width pays less than the one before: 8 units end at 19.4, 32 at 17.1 and 128 at 16.5.
#
# What comes first is the same for all widths: where the ink is. Strokes need the hidden units, since a stroke is a matter of several pixels together. At step 100 the widths 32 and 128 are nearly equal, at 22.8 and 22.5 nats, and the larger one pulls ahead later.
# </details>
#
# ## Play 3: the density of one pixel
#
# **When does RNADE know a pixel for sure?** The orange-red frame marks a pixel of a grey test digit. It and all pixels behind it are hatched, since RNADE has not seen them. The curve is the density of the framed pixel, given the pixels that you see. The dashed line is its true grey, spread in its cell. Move the frame along a row:


# %%
def show_density(row=4, column=3, digit=3):
    i, image = 8 * row + column, dequantize(grey_test[digit], torch.Generator().manual_seed(digit))
    p = rnade.conditionals(image[None]).log_prob(grid[:, None])[:, i].exp()
    at_value = p[(grid - image[i]).abs().argmin()].log()
    picture = pictures.pixel(image.view(8, 8), (row, column), grid, p, image[i])
    return picture, f"log density at the true grey: {at_value:.1f} nats"


question = exercise.ASKED["show_density"]
Panel(show_density, ask=question, row=(0, 7), column=(0, 7), digit=(0, 299))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# At the left and right border (try row 4, column 0) the density is a narrow spike at no ink, far above one. For most of the first 100 test digits the log density at the true grey lies between 2.2 and 3.1 there. In the middle (row 4, column 3) the density is broad and has several humps, one for each thing that could come next, and the log density is mostly between $-0.6$ and 2.1. (The scale at the left changes with the pixel, so read how high a spike is.)
#
# The hump near zero is the narrow Gaussian for "empty". In the middle of the digit it is still there, beside the broad ones: that is what one Gaussian alone cannot do.
# </details>
#
# ## Play 4: larger digits
#
# **How much of a digit is decided by its top?** The last NADE of this notebook has 784 pixels and 317 hidden units, the most that fit into a file of 1 MB. It was trained on **static binarized MNIST**: images of 28 × 28 pixels whose grey values were taken as the probabilities of coins, and each coin was tossed *once*, for all researchers. With the dynamic variant the coins are tossed anew during training. That gives a model more to learn from and other test images, so numbers of the two kinds must not be compared. Here is its training (`python benchmarks/nade.py --data PATH mnist_317`):

# %%
told = read("nade_mnist_317")["curve"]
curve = {name: [row[name] for row in told] for name in ("step", "valid", "test")}
pictures.curves(curve.pop("step"), curve, "step", "nats", marks={"NADE's authors: 88.33": 88.33})

# %% [markdown]
# The dashed line is the NADE of its authors in one fixed order, as their public code reports it (`deepnade/` in [MarcCote/NADE](https://github.com/MarcCote/NADE)). Ours falls below that line on the 10,000 test images. Its training digits are the same, but recipe and size are not, so this says that the code works, and not that one is the better model.
#
# The panel begins with 21 digits that it drew. One of them, `image`, stands at the top left. NADE keeps the upper `rows` of it and finishes them seven times anew. Begin with 4 rows, which are mostly empty paper, and then add rows one pair at a time:

# %%
large = NADE(784, hidden=317)
weights.load_or_train("nade_mnist", large)
own = large.sample(21, generator=torch.Generator().manual_seed(0))


def show_large(rows=10, image=5, generator=None):
    drawn = large.sample(7, own[image, : 28 * rows], generator)
    return pictures.sheet(torch.cat([own[image, None], drawn]).view(-1, 1, 28, 28), columns=4)


Panel(show_large, rows=(0, 20, 2), image=(0, 20), seed=(0, 20))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Image 5 is a 3. Its first four rows are empty, and the seven completions are digits of many kinds. With ten rows the upper arc is known: some completions become a 3 again and others a 2. With sixteen rows most of them look like a 3, and only their lower ends differ. Image 0, a 6, is settled sooner: with ten rows most of its completions are a 6 already.
#
# Most samples consist of strokes, with ragged edges and some specks, and by far not every sample is a digit. Each of the 784 pixels has weights of its own, so this NADE has to learn a stroke anew at each place of the image.
# </details>
#
# ## Break it
#
# **Mistake 1: the sigmoid twice.** The NADE of a public library ([pytorch-generative](https://github.com/EugenHotaj/pytorch-generative)) hands probabilities to a loss that expects logits, and so squashes them again. Does the check of this notebook find it? Take the NADE of eight pixels once more, and sort its 256 images by their true probability. One line is the honest `log_prob`, one the mistaken one, and one says how often the sampler draws each image:

# %%
guesses = small.conditionals(every).logits.detach()
prob = lambda logits: torch.distributions.Bernoulli(logits=logits).log_prob(every).sum(1).exp()
draws = small.sample(20_000, generator=torch.Generator().manual_seed(0))
p = {"drawn": metrics.frequencies(draws), "honest": prob(guesses), "twice": prob(guesses.sigmoid())}
order = p["honest"].argsort(descending=True)[:60]
shown = {f"{name}, sum {values.sum():.2f}": values[order] for name, values in p.items()}
pictures.lines(torch.arange(1, 61), shown, "the 60 most probable images", (0, 0.25))

# %% [markdown]
# The legend says that all three sums are one, so listing all images does not find the mistake. The **samples** do. They follow the honest curve, because the sampler squashes once, and they have nothing to do with the mistaken one. There is a second sign: a sigmoid of a probability lies between $\sigma(0) = 0.5$ and $\sigma(1) = 0.73$, so this model can never be sure that a pixel is white.
#
# **Mistake 2: the own pixel in the sum.** Add the column of pixel $i$ first and guess it afterwards. **Mistake 3: an ensemble of averaged guesses.** Take two coins that always agree, and two perfect models of them, of which one reads from left to right and the other from right to left. Average their *guesses* pixel by pixel, as probabilities or as logits, instead of their joint probabilities. What do the probabilities of all images then add up to?

# %%
with_own = torch.sigmoid(small.c + (every[:, :, None] * small.W.T).cumsum(1))
sums = {"own pixel": prob((with_own * small.V).sum(2) + small.b).sum()[None]}
one = torch.tensor([[0.5, 1.0], [0.5, 0.0], [0.5, 0.0], [0.5, 1.0]])  # of 00, 01, 10, 11
other = one.flip(1)
sums["guesses averaged"] = ((one + other) / 2).prod(1).sum()[None]
sums["logits averaged"] = ((one.logit() + other.logit()) / 2).sigmoid().prod(1).sum()[None]
sums["joint averaged"] = ((one.prod(1) + other.prod(1)) / 2).sum()[None]
pictures.dots(sums, "sum over all images", {"a probability": 1})

# %% [markdown]
# This time the sum finds all three mistakes, and only the joint average is a probability. You can check one by hand: for the image of two black pixels, one model guesses 0.5 and then 1, the other 1 and 0.5, so the averaged guesses are 0.75 and 0.75, with the product 0.5625. The images 00 and 11 get this, 01 and 10 get $0.25^2 = 0.0625$ each, and all four add up to 1.25. The averaged guesses hand out 1.25 or even 2 in place of 1, so they look *better* in nats than the truth itself. Check the sum before you believe a record.
#
# ## Exercises
#
# **1. Predict, then run** (5 minutes). The NADE of Play 4 has 784 pixels and 317 hidden units. How many numbers is that?

# %%
my_count = None  # your number
exercise.large_size.check(my_count)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The shapes are under "The equations".
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_count = 2 * 784 * 317 + 317 + 784
# ```
# </details>
#
# **2. Write it** (15 minutes). Return the logits of all $D$ pixels of one image `x`, $(D,)$, in $O(DH)$: carry one running sum $a$, and add up nothing anew. The check counts the operations of torch, and so it sees whether the work grows with $D$ or with $D^2$.


# %%
def my_logits(x, W, c, V, b):
    return None  # your code


exercise.running_sum.check(my_logits)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $a$ starts at $c$, and pixel $i$ adds its column *after* it was guessed.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# a, logits = c, []
# for i in range(len(x)):
#     logits.append(b[i] + V[i] @ torch.sigmoid(a))
#     a = a + W[:, i] * x[i]
# return torch.stack(logits)
# ```
# </details>
#
# **3. Write it** (10 minutes). For the ensemble you get the log-probabilities of $B$ images in $K$ orders, $(K, B)$. Return those of their mixture, $(B,)$: the logarithm of the mean probability.


# %%
def my_mixture(log_probs):
    return None  # your code


exercise.mixture.check(my_mixture)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.logsumexp` does not underflow.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# K = torch.tensor(len(log_probs))
# return log_probs.logsumexp(0) - K.log()
# ```
# </details>
#
# ## Ask yourself
#
# **1.** Why does NADE need no more weights for the last pixel than for the second one?
#
# <details><summary>Answer</summary>
#
# Each pixel brings one column of $W$, one row of $V$ and one $b_i$, wherever it stands. All that is said about earlier pixels is said by columns that are shared ("What sharing saves").
# </details>
#
# **2.** A colleague shows that the probabilities of all images add up to one, and concludes that `log_prob` is right. What would you check next?
#
# <details><summary>Answer</summary>
#
# Whether samples come as often as `log_prob` says. With the sigmoid twice the sum is still one, but the samples follow another distribution ("Break it", mistake 1).
# </details>
#
# **3.** Two random orders of NADE differ by 0.23 nats, while the mean nats of each have a standard error of about 0.25. How can the difference nevertheless be three times its own error?
#
# <details><summary>Answer</summary>
#
# The ± of a mean comes from hard and easy digits, which are hard and easy for both models. Subtracting digit by digit removes that, and the error of what is left is about three times smaller ("The order of the pixels").
# </details>
#
# **4.** Why is the number for RNADE a bound, and on which side does the truth lie?
#
# <details><summary>Answer</summary>
#
# The probability of a level is the mean density in its cell, and we average logarithms instead. By Jensen's inequality that mean is never larger, so the true nats are at most the number in the chart ("From a density to nats").
# </details>
#
# **5.** Both NADE and MADE are autoregressive. What can MADE do in one pass that a running sum does one after the other, and what can neither do?
#
# <details><summary>Answer</summary>
#
# MADE gets the guesses for all pixels of a given image out of two masked matrix products. Neither can draw all pixels at once, because each pixel must be drawn before the next can be guessed ("A cousin: MADE").
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | NADE stands for Neural Autoregressive Density Estimator. (“NADE(Neural Autoregressive Density Estimator)”, 신경 자기회귀 밀도 추정기) | holds in part: the title of the paper has *distribution* in place of *density* | Summary |
# | To guess node $t$, NADE looks at the nodes 1 to $t - 1$. (“현재 t번째 노드의 확률을 예측할 때 1번 노드부터 t-1번 까지의 노드들을 고려한다.”) | holds: at all of them, and at none later | What does it see? |
# | But the nodes are independent of each other. (“그런데 각 노드들은 서로 독립적이다.”) | holds in part: no hidden layer reads another, only pixels; but all layers share $W$ and $c$, and every guess depends on all pixels before it | The equations; The same numbers, faster; What does it see? |
# | A drawback: the weights grow towards the lower nodes. (“단점: 밑 노드로 갈수록 weight가 커짐.”) | holds in part: their *number* grows with separate layers and with logistic regressions; in NADE each pixel brings equally many | What sharing saves |
# | So the graphs do not entangle in the network. (“그래서 신경망에서 그래프들이 서로 엮이지 않음.”) | holds in part: separate layers can be cut apart; in NADE one column serves all later guesses | What sharing saves |
# | NADE is explicit, so that it gives a probability. (“NADE는 explicit 모델이라서 확률 분포 값을 알아낼 수 있다.”) | holds: listed, and added up to one | Is it a probability? |
# | For continuous data it uses a Gaussian. (“continuous 데이터라면 가우시안을 분포로 사용.”) | holds in part: on these digits a single Gaussian loses to independent levels, and a *mixture* of six wins | Real-valued pixels; From a density to nats |
#
# ## Summary
#
# These models were compared here. All of them have an exact $p(x)$:
#
# | model | draws how | parameters (64 pixels) | test nats on the binary digits | cost of one image |
# |---|---|---|---|---|
# | uniform | 64 coins at once | 0 | 44.36 | nothing |
# | independent pixels | 64 coins at once | 64 | 25.18 ± 0.22 | $D$ look-ups |
# | Markov, memory 9 | in 64 steps | 28,671 | 19.19 ± 0.23 | $D$ look-ups |
# | 80 Bernoullis | 64 coins at once, of one table | 5,199 | 17.89 ± 0.29 | $80\,D$ |
# | logistic regressions | in 64 steps | 2,080 | 18.19 ± 0.22 | $O(D^2)$ |
# | NADE, 128 hidden | in 64 steps | 16,576 | 16.57 ± 0.25 | $O(DH)$ |
# | four orders of NADE | in 64 steps | 66,304 | 16.21 ± 0.24 | $4 \times O(DH)$ |
#
# The table of the course goes on with the rows of the notebooks before, this one's last. Only scores of one kind can be compared:
#
# | model | $p(x)$? | draws how | parameters | its score | where it breaks |
# |---|---|---|---|---|---|
# | Markov, memory 9 | exact | in 64 steps | 28,671 | 19.19 ± 0.23 nats; fair coins 44.36 | most of a longer memory's rows were never seen |
# | **NADE, 128 hidden** | exact | in 64 steps | 16,576 | 16.57 ± 0.25 nats | learns a stroke anew at each place |
#
# Where it breaks: each pixel has its own row of $V$, so NADE learns a stroke anew at each place of the image. And $D$ pixels
# cost $D$ steps to draw. Notebook 3 keeps the chain rule and lets a **memory** walk over the image.
#
# **References.** R. Neal (1992), *Connectionist Learning of Belief Networks*. Y. Bengio and S. Bengio (2000), *Modeling High-Dimensional Discrete Data with Multi-Layer Neural Networks*. R. Salakhutdinov and I. Murray (2008), *On the Quantitative Analysis of Deep Belief Networks* (whose binary digits became the static MNIST). B. Uria, I. Murray and H. Larochelle (2014), *A Deep and Tractable Density Estimator*, [arXiv 1310.1757](https://arxiv.org/abs/1310.1757). H. Larochelle and I. Murray (2011), *The Neural Autoregressive Distribution Estimator*, [PMLR 15](https://proceedings.mlr.press/v15/larochelle11a.html). B. Uria, I. Murray and H. Larochelle (2013), *RNADE: The real-valued neural autoregressive density-estimator*, [arXiv 1306.0186](https://arxiv.org/abs/1306.0186). B. Uria et al. (2016), *Neural Autoregressive Distribution Estimation* (orders and ensembles), [arXiv 1605.02226](https://arxiv.org/abs/1605.02226). M. Germain et al. (2015), *MADE: Masked Autoencoder for Distribution Estimation*, [arXiv 1502.03509](https://arxiv.org/abs/1502.03509). L. Theis, A. van den Oord and M. Bethge (2016), *A note on the evaluation of generative models* (dequantisation), [arXiv 1511.01844](https://arxiv.org/abs/1511.01844).
