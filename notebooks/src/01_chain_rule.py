# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1 · The chain rule, and what it costs
#
# > A generative model is more than a machine that makes pictures. If it can tell you how probable a
# > picture is, it can draw, judge and classify. The way there: guess each pixel from those before it.
#
# **How many numbers does it take to know the probability of every image?**
#
# After this notebook you can count the numbers that a model needs, prove that the chain rule loses
# nothing, fit a Markov chain to real digits by counting, and measure in *nats* how good it is. You will
# use one and the same model to draw, to find odd images, and to classify.
#
# Key terms: generative model (생성 모델), parameter (매개변수), chain rule (연쇄 법칙), conditional
# independence (조건부 독립), Markov assumption (마르코프 가정), autoregressive model (자기회귀 모델),
# likelihood (가능도).
#
# Everything is imported in one place. It takes a few seconds.

# %%
import inspect
import math
from functools import cache

import torch
from ipywidgets import SelectionSlider
from sklearn.metrics import roc_auc_score

from genlib import pictures
from genlib.data import binarize, digits, every_image
from genlib.exercises import chain_rule as exercise
from genlib.metrics import frequencies, mean_and_error, nearest_neighbours, total_variation
from genlib.models import Autoregressive, FullTable, Independent, MarkovChain, count_parameters
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# ## What is a generative model for?
#
# You are given images. You want the distribution $p(x)$ they came from. With it you can
#
# - **draw** (생성, generation): make new images;
# - **judge** (밀도 추정, density estimation): put an image in, get one number out, and call it odd if
#   the number is small;
# - **represent** (표현 학습, representation learning): find features of images without any labels.
#
# A model that answers $p(x)$ is called **explicit** (명시적). A model that only draws is called
# **implicit** (암시적). Notebooks 1 to 4 are about explicit models (the last one answers with a bound), the
# rest about implicit ones.
#
# Here are the images of this course: 1797 digits that people wrote by hand, 8 by 8 pixels. We cut them
# to black and white. 1297 are for training, 200 to choose settings, 300 to test. That split is random, so it shares
# its writers, and it never changes.


# %%
def load(split):
    """Binary digits (N, 64) and their labels (N,)."""
    images, labels = digits(split)
    return binarize(images).flatten(1), labels


train, train_labels = load("train")
valid, valid_labels = load("valid")
test, test_labels = load("test")

for name, x in {"valid": valid, "test": test}.items():
    seen = (x[:, None] == train).all(2).any(1).sum()
    print(f"{seen} of {len(x)} digits of {name} are also in train")
pictures.show(train[:24].view(-1, 1, 8, 8), columns=12)

# %% [markdown]
# The picture shows the first 24 training digits after the cut. They are small, but you can read most
# of them. No grey digit stands twice, but the cut makes some equal: 9 and 12. Those are easy: the NADE of
# notebook 2 has 8.7 nats on the twelve, 16.9 on the others.
#
# ## The question: how many numbers?
#
# Start with one coin, the Bernoulli distribution (베르누이 분포). It needs **one** number: the
# probability of heads. Tails gets the rest. Such a number, free to choose, is a **parameter** (매개변수). A
# die has six faces, and the last face gets the rest too:

# %%
die = torch.tensor([0.1, 0.2, 0.1, 0.3, 0.1])  # five numbers, freely chosen
torch.cat([die, 1 - die.sum(0, keepdim=True)])

# %% [markdown]
# So a categorical distribution (범주형 분포) over $m$ outcomes needs $m - 1$ numbers. One pixel of a
# colour photo has 256 levels of red, of green and of blue. Each triple is one outcome:

# %%
256**3 - 1

# %% [markdown]
# Almost 17 million numbers for **one pixel**. Now take $n$ pixels that are only black or white. There
# are $2^n$ images, so the table of all their probabilities has $2^n - 1$ free numbers. For an image of
# 28 by 28 pixels that is a number with this many digits:

# %%
len(str(2**784 - 1))

# %% [markdown]
# This is the number that hurts. No computer stores it, and no amount of data fills it.
#
# ### Way out 1: pretend that pixels are independent
#
# If no pixel knew of another, $p(x) = p(x_1) p(x_2) \cdots p(x_n)$. That needs only $n$ numbers: how
# often each pixel is black. Count them on the training digits and draw:

# %%
independent = Independent(64).count(train)
noise = torch.Generator().manual_seed(0)

print(independent.num_parameters, "numbers")
pictures.show(independent.sample(24, generator=noise).view(-1, 1, 8, 8), columns=12)

# %% [markdown]
# You see dust in the shape of an average digit. There are still $2^{64}$ possible images, but the model
# cannot say that strokes hang together. We need to pay for *some* dependence. The question is how much.
#
# ## The equations
#
# The **chain rule** (연쇄 법칙) splits any distribution, without assuming anything:
#
# $$p(x_1, \ldots, x_n) = p(x_1)\; p(x_2 \mid x_1)\; p(x_3 \mid x_1, x_2) \cdots p(x_n \mid x_1, \ldots, x_{n-1})$$
#
# In words: guess the first pixel, then the second when you know the first, and so on. We write $x_{<i}$
# for all pixels before pixel $i$, so that $p(x) = \prod_i p(x_i \mid x_{<i})$.
#
# ## The equations as code
#
# Take a world of four pixels. It has 16 images. Give them random probabilities, and get each conditional
# by adding up the images that agree:

# %%
torch.manual_seed(0)
every = every_image(4)  # (16, 4), all images there are
p = torch.rand(16)
p = p / p.sum()


def conditional(x, i, order):
    """p(pixel order[i] of x | the pixels order[:i] of x), straight from the table."""
    past = (every[:, order[:i]] == x[order[:i]]).all(1)
    present = every[:, order[i]] == x[order[i]]
    return p[past & present].sum() / p[past].sum()


def chain_rule(x, order):
    """The product of all conditionals of one image x, (4,)."""
    return math.prod(conditional(x, i, order) for i in range(4))


# %% [markdown]
# ## Is it a probability?
#
# The product must be the table again, for all 16 images. And nothing in the chain rule says which pixel
# comes first. So it must hold for **any order** of the pixels. Try your own order:

# %%
for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]):
    product = torch.stack([chain_rule(x, order) for x in every])
    assert torch.allclose(product, p)
    print(order, "largest difference", f"{(product - p).abs().max():.0e}")

# %% [markdown]
# It holds up to the rounding of the computer. Two more rules follow from the same table. **Bayes' rule**
# (베이즈 정리) turns a condition round: $p(a \mid b) = p(b \mid a)\, p(a) / p(b)$. Here $a$ is "pixel 0
# is black" and $b$ is "pixel 1 is black":

# %%
a, b = every[:, 0] == 1, every[:, 1] == 1
p_a, p_b, p_ab = p[a].sum(), p[b].sum(), p[a & b].sum()

assert torch.isclose(p_ab / p_b, (p_ab / p_a) * p_a / p_b)
print(f"p(a) = {p_a:.3f}, but p(a | b) = {p_ab / p_b:.3f}")

# %% [markdown]
# Does the chain rule save numbers? The table for pixel $i$ has one row for each past, $2^{i-1}$ rows.
# Add them up for all 784 pixels:

# %%
assert sum(2**i for i in range(784)) == 2**784 - 1

# %% [markdown]
# Not a single number is saved: $1 + 2 + 4 + \ldots = 2^n - 1$. The chain rule is exact, and so it costs
# as much as the table. To save, you must **assume** something.
#
# ### Way out 2: forget most of the past
#
# $x$ and $y$ are **conditionally independent** (조건부 독립) given $z$, written $x \perp y \mid z$, if $x$ tells
# you nothing new about $y$ once you know $z$: $p(y \mid x, z) = p(y \mid z)$. The **Markov assumption** (마르코프 가정) says this
# of every pixel: given the one before, the older ones tell nothing new. So
#
# $$p(x) = p(x_1)\; p(x_2 \mid x_1)\; p(x_3 \mid x_2) \cdots p(x_n \mid x_{n-1})$$
#
# That is one number for the first pixel and two for each other one: $1 + 2(n - 1) = 2n - 1$. With
# **order** $k$ each pixel looks at the $k$ pixels before it. This is an autoregressive model (자기회귀
# 모델) with tables. It needs $(2^k - 1) + (n - k)\, 2^k$ numbers:

# %%
for k in (0, 1, 2, 8, 16, 32):
    print(f"order {k:2}: {count_parameters(784, k):>22,} numbers for 784 pixels")

# %% [markdown]
# While $k$ is far below $n$, each step of $k$ nearly doubles the count. Order 0 is independence. Order $n - 1$ is the whole table, and the
# library refuses to build that one for 64 pixels:

# %%
try:
    FullTable(64)
except ValueError as error:
    print(error)

# %% [markdown]
# Check the assumption in a world of three pixels, $x$, $z$, $y$ in a row. In a Markov chain of order 1,
# $p(y \mid x, z)$ does not change with $x$. In a table without assumptions it does:

# %%
three, noise = every_image(3), torch.Generator().manual_seed(1)
odds = torch.rand(8, generator=noise)
some_images = three[odds.multinomial(50, replacement=True, generator=noise)]

for model in (MarkovChain(3, order=1), FullTable(3)):
    joint = model.count(some_images).log_prob(three).exp().view(2, 2, 2)  # axes x, z, y
    y_given_xz = joint[:, :, 1] / joint.sum(2)  # p(y = 1 | x, z), rows x, columns z
    change = (y_given_xz[0] - y_given_xz[1]).abs().max()
    print(f"{type(model).__name__:12} p(y | x, z) changes with x by {change:.2f}")

# %% [markdown]
# ## The same numbers, faster
#
# How do you find the numbers of a table? Count. Counts make the training images as probable as a table of this
# shape can. The naive way goes through all images for every pixel. So that what was never seen stays possible,
# every count begins at `add` instead of 0. That is called **smoothing** (평활화):


# %%
def naive_log_prob(x, images, add):
    """log p(x) of one image x, (64,), under an order-1 chain counted on `images`."""
    total = 0.0
    for i in range(64):
        past = images[:, i - 1] == x[i - 1] if i else torch.ones(len(images), dtype=torch.bool)
        hits = (images[past, i] == x[i]).sum()
        total += torch.log((hits + add) / (past.sum() + 2 * add))
    return total


# %% [markdown]
# `genlib` counts all tables in one pass and looks all pixels up at once. Two derivations of one number
# must meet:

# %%
chain = MarkovChain(64, order=1).count(train, add=0.3)
naive = torch.stack([naive_log_prob(x, train, add=0.3) for x in test[:10]])

assert torch.allclose(naive, chain.log_prob(test[:10]), atol=1e-3)

# %% [markdown]
# Everything else is written once, for tables and for all the neural networks of the next notebooks.
# A model only says what its `conditionals` are. This is the chain rule, as the library has it
# (a `condition`, which later notebooks give, may say what the image should fit):

# %%
print(inspect.getsource(Autoregressive.log_prob))

# %% [markdown]
# The sum of logarithms is the product of the equation. The logarithm keeps tiny numbers away from zero.
# $\log p(x)$ of data is called its log-likelihood (가능도). We score a model by $-\log p(x)$, the mean over
# images: how surprised it is. The unit is the **nat** (natural logarithm). One nat less means $e$ times more
# probable, and 20 nats are a probability of $e^{-20} \approx 2 \cdot 10^{-9}$.
#
# ## What does it see?
#
# A model of order $k$ *claims* to look at $k$ pixels. Measure it: flip pixel $j$ of a digit and see which
# predictions move. Row $i$ of the picture shows what the prediction of pixel $i$ reacts to.


# %%
def sees(model, x):
    """How much P(pixel i is black) changes when pixel j of x, (64,), flips: (i, j)."""
    flipped = (x - torch.eye(64)).abs()  # row j: x with pixel j flipped
    return (model.conditionals(flipped).mean - model.conditionals(x[None]).mean).T


change = sees(MarkovChain(64, order=8).count(train, add=0.3), test[2])
assert change.triu().abs().max() == 0

pictures.matrix(change, "pixel j that was flipped", "pixel i that is predicted")

# %% [markdown]
# For this digit, all coloured points lie in a band eight pixels wide under the diagonal. On the diagonal and above it
# everything is exactly zero: no pixel sees itself or the future. The points at the lower edge of the band
# are at distance 8. In an image 8 pixels wide, that is **the pixel above**.
#
# ## Fit the ladder
#
# Now climb a ladder of models: uniform noise, independent pixels, then longer and longer memories. Each rung is
# counted on the training digits. Its `add` is chosen on the 200 digits for choosing, called validation digits
# (검증), so that the test stays untouched.


# %%
def fitted(order, images, check):
    """The chain of this order, counted on `images` with the `add` that is best on `check`."""
    chains = [MarkovChain(64, order).count(images, add) for add in (0.01, 0.03, 0.1, 0.3, 1.0)]
    return max(chains, key=lambda chain: chain.log_prob(check).mean())


ladder = {"uniform": Independent(64)}  # a table is uniform until it has counted
for order in (0, 1, 2, 4, 7, 8, 9, 10, 12):
    ladder[f"order {order}"] = fitted(order, train, valid)

for name, model in ladder.items():
    mean, error = mean_and_error(-model.log_prob(test))
    on_train, on_valid = (-model.log_prob(x).mean() for x in (train, valid))
    numbers = f"{model.num_parameters if name != 'uniform' else 0:,}"
    columns = f"train {on_train:.2f}  valid {on_valid:.2f}  test {mean:.2f} ± {error:.2f} nats"
    print(f"{name:8} {numbers:>8} numbers  {columns}")

# %% [markdown]
# Read the columns from top to bottom: fewer nats are better. 44.36 is $64 \ln 2$, pure noise.
# The number after ± is the standard error (표준 오차): the mean of 300 digits is typically this far from the mean
# over all digits. Order 9 is the best on the validation digits, so that is the one we would choose.

# %%
orders = [name for name in ladder if name != "uniform"]
pictures.curves(
    [ladder[name].num_parameters for name in orders],
    {
        "train": [-ladder[name].log_prob(train).mean().item() for name in orders],
        "test": [-ladder[name].log_prob(test).mean().item() for name in orders],
    },
    xlabel="numbers in the tables",
    ylabel="nats per image",
    logx=True,
)

# %% [markdown]
# Three things to see in the two curves:
#
# - **A jump.** From order 4 to order 7, three steps, the test nats fall by 1.75. Order 8 alone brings
#   another 1.71: it is the first that sees the pixel above.
# - **A turn.** On the training digits more numbers are always better. On the test digits they stop helping
#   after order 9 and then harm. This is overfitting (과적합). Order 12 has 217,087 rows. The 1297 images of
#   64 pixels touch at most 83,008 of them, so most rows were never seen.
# - **A gap.** The curves part where the model begins to learn the training digits by heart.
#
# ## Look
#
# Twelve samples of each rung. All rows use the same random numbers, so you can compare them column by column.
# The last row shows, for each sample of order 9, the nearest training digit (fewest pixels differ):

# %%
samples = {}
for name in ("order 0", "order 1", "order 4", "order 9"):
    noise = torch.Generator().manual_seed(0)
    samples[name] = ladder[name].sample(12, generator=noise)
samples["nearest digit"] = train[nearest_neighbours(samples["order 9"], train)]

differ = (samples["order 9"] != samples["nearest digit"]).sum(1)
print(f"from their nearest digit they differ in {differ.min()} to {differ.max()} of 64 pixels")

pictures.rows({name: x.view(-1, 1, 8, 8) for name, x in samples.items()}, columns=12)

# %% [markdown]
# Strokes that hold together appear in the order-9 row, where each pixel sees the one above. Few of them are
# digits. None is a copy of the digit below it, so at least the model invents what it draws.
#
# ## Judge: which images are odd?
#
# An explicit model can be **asked**. Damage the test digits in five ways and ask: is the damaged image less
# probable than a true one? The area under the ROC curve, AUC, is the share of pairs (a true digit, a damaged
# one) that the model puts in the right order. 0.5 is guessing and 1 is perfect.

# %%
noise = torch.Generator().manual_seed(0)
blots = torch.bernoulli(torch.full_like(test, 0.05), generator=noise)
odd = {
    "negative": 1 - test,
    "shuffled": test[:, torch.randperm(64, generator=noise)],
    "noise": torch.bernoulli(torch.full_like(test, 0.5), generator=noise),
    "blots": (test - blots).abs(),
    "mirrored": test.view(-1, 8, 8).flip(2).flatten(1),
}
is_odd = [0] * len(test) + [1] * len(test)

for name in ("order 0", "order 1", "order 8", "order 12"):
    nats = {kind: -ladder[name].log_prob(torch.cat([test, x])) for kind, x in odd.items()}
    areas = [f"{kind} {roc_auc_score(is_odd, n):.2f}" for kind, n in nats.items()]
    print(f"{name:8}", "  ".join(areas))

# %% [markdown]
# The coarse damages are found by every rung, even by independent pixels. The fine ones gain from dependence, mirrored
# digits most of all. A mirrored digit is made of good strokes, so it is the hardest.
#
# ## Classify: one model a class
#
# Count one chain for each digit: that is $p(x \mid \text{class})$. Bayes' rule makes it a classifier: the class with the
# largest $p(x \mid \text{class})\, p(\text{class})$ wins. $p(\text{class})$, known before you see $x$, is the
# **prior** (사전 확률). No classifier was trained.


# %%
def accuracy(order):
    """The share of test digits whose most probable class is the true one."""
    of_class = [
        fitted(order, train[train_labels == c], valid[valid_labels == c]) for c in range(10)
    ]
    log_prior = (train_labels.bincount() / len(train)).log()
    log_joint = torch.stack([model.log_prob(test) for model in of_class], 1) + log_prior
    return (log_joint.argmax(1) == test_labels).float().mean()


for order in (0, 1, 8):
    right = accuracy(order)
    error = (right * (1 - right) / len(test)).sqrt()
    print(f"order {order}: {right:.1%} ± {error:.1%} of the test digits right")

# %% [markdown]
# So a generative model contains a classifier, as the lecture says. The third use, representation, needs a
# model with features inside. Tables have none. Notebook 4 comes back to it.
#
# ## Play 1: counting
#
# **How fast do the numbers grow, and which of the three controls is to blame?** The picture needs a short
# way to write a number of 237 digits:


# %%
def in_words(number):
    """All digits of a number up to 24 of them, else its size."""
    power = len(str(number)) - 1
    return f"{number:,}" if power < 24 else f"about {number / 10**power:.2f} x 10^{power}"


def show_counts(pixels=64, levels=2, order=1):
    """The numbers that each model needs.

    pixels: how many pixels an image has
    levels: how many grey levels a pixel has
    order: how many earlier pixels a Markov chain looks at
    """
    order = min(order, pixels - 1)
    names = {"independent": 0, f"Markov, order {order}": order, "the whole table": pixels - 1}
    counts = {name: count_parameters(pixels, k, levels) for name, k in names.items()}
    powers = {name: math.log10(count) for name, count in counts.items()}
    bars = pictures.bars(powers, "powers of ten", limit=20, marks=ONE_GB)
    return bars, "\n".join(f"{name}: {in_words(count)} numbers" for name, count in counts.items())


ONE_GB = {"1 GB": math.log10(2**30 / 4)}  # numbers of four bytes

# %% [markdown]
# Set the pixels to 784 and the levels to 2. Then raise the order. Then raise the levels. One unit on the axis is
# ten times as many numbers; a bar that is too long is cut off. The dashed line is what fits into one
# gigabyte: 268 million numbers.

# %%
level_choice = SelectionSlider(options=[2, 3, 17, 256], value=2)
Panel(show_counts, pixels=(2, 784), levels=level_choice, order=(0, 12))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# With 784 pixels of 2 levels the whole table has about $1.02 \times 10^{236}$ numbers, and order 12 has
# 3,166,207. With 256 levels order 1 takes 51,114,495 numbers, and order 2 takes 13,068,599,295: beyond the
# dashed line. The pixels move the Markov bar a little. Order and levels move it by powers.
# </details>
#
# ## Play 2: samples
#
# **Where do samples begin to have strokes, and what does smoothing do to them?** Each chain is counted when
# you first ask for it, and kept:


# %%
@cache
def counted(order, smoothing):
    """A chain, its nats on train and on test."""
    chain = MarkovChain(64, order).count(train, smoothing)
    return chain, -chain.log_prob(train).mean().item(), -chain.log_prob(test).mean().item()


def show_samples(order=8, smoothing=0.3, generator=None):
    """Thirty-two samples of a chain.

    order: how many earlier pixels each pixel looks at
    smoothing: `add`, the count at which every table entry begins
    """
    chain, on_train, on_test = counted(order, smoothing)
    images = chain.sample(32, generator=generator).view(-1, 1, 8, 8)
    line = f"{chain.num_parameters:,} numbers, train {on_train:.2f}, test {on_test:.2f} nats"
    return pictures.sheet(images), line


# %% [markdown]
# Move the order from 0 to 12. Then, at order 12, move the smoothing from 0 to 10 and watch the two
# numbers of nats. The seed draws other samples from the same chain.

# %%
smoothings = SelectionSlider(options=[0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0], value=0.3)
Panel(show_samples, order=(0, 12), smoothing=smoothings, seed=(0, 20))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Strokes come with order 8. At order 12 the test nats are 20.73 with smoothing 0.01, 19.73 with 0.1 and 27.08
# with 10, while the training nats only rise. Too little smoothing trusts rare counts, too much drowns all of
# them. With smoothing 0 the test nats are infinite from order 1 on: some test digit holds a pair of pixels
# that no training digit had at this place. Its probability is 0, and $-\log 0 = \infty$.
# </details>
#
# ## Play 3: score it
#
# **Which damage does which rung notice?** First the tools of a vandal:


# %%
def damaged(image, damage, amount, generator):
    """A digit (64,) after some damage."""
    many = round(64 * amount)
    where = torch.randperm(64, generator=generator)[:many]
    result = image.clone()
    if damage == "flip pixels":
        result[where] = 1 - result[where]
    elif damage == "swap pixels":
        result[where] = result[where.roll(1)]
    elif damage == "invert the top":
        result[:many] = 1 - result[:many]
    elif damage == "shift right":
        result = image.view(8, 8).roll(math.ceil(7 * amount), 1).flatten()
    return result


# %% [markdown]
# Each rung needs to know what is usual. Its band leaves out the 5 % of the validation digits that it finds
# least probable, and the 5 % that it finds most probable:

# %%
rungs = {name: ladder[name] for name in ("order 0", "order 1", "order 4", "order 8", "order 12")}
ends = torch.tensor([0.05, 0.95])
bands = {name: model.log_prob(valid).quantile(ends).tolist() for name, model in rungs.items()}


def show_score(digit=2, damage="swap pixels", amount=0.1, generator=None):
    """A digit, its log p under each rung, and the verdict.

    digit: which of the 300 test digits
    damage: what is done to it
    amount: which share of the image is touched
    """
    image = damaged(test[digit], damage, amount, generator)
    log_p = {name: model.log_prob(image[None]).item() for name, model in rungs.items()}
    scales = {name: (*bands[name], log_p[name]) for name in rungs}
    odd_for = [name for name in rungs if log_p[name] < bands[name][0]]
    line = f"a {test_labels[digit]}, odd for: {', '.join(odd_for) or 'none of them'}"
    return pictures.scores(image.view(1, 8, 8), scales, "log p(x) in nats"), line


def off(digit, damage, amount, seed):
    """Without damage its kind does not matter, and the seed only where it chooses some of the pixels."""
    chosen = damage == "swap pixels" or (damage == "flip pixels" and amount < 1)
    return ["damage", "seed"] if amount == 0 else [] if chosen else ["seed"]


# %% [markdown]
# The grey bands are what is usual. A blue dot is not odd, a red cross is. Set the amount to 0 first. Then
# find a damage and an amount that only the long memories notice. The seed flips or swaps other pixels, and a
# control is greyed where it has nothing to change.

# %%
damages = ["flip pixels", "swap pixels", "invert the top", "shift right"]
Panel(show_score, off=off, digit=(0, 299), damage=damages, amount=(0.0, 1.0, 0.05), seed=(0, 20))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# With seed 0, digit 2 (a 7): swapping at 0.05 is odd for order 8 only, at 0.10 for all five rungs. Flipping at 0.05 is
# odd for orders 4, 8 and 12. A shift by one column (0.05) is odd for order 8 alone. Swapping does not change the amount
# of ink: order 0 only sees ink at unusual places, a longer memory sees broken strokes as well. Other digits
# behave differently, because one digit is one case: AUC above counts all of them.
# </details>
#
# ## Break it
#
# Three classical mistakes. For each: which instrument shows it, and which does not?
#
# **Mistake 1: "a Markov chain needs $2n$ numbers."** The instrument is a table in your hand, and the smallest
# case. One pixel is a coin, and a coin needs one number, not two:

# %%
for n in (1, 2, 5):
    in_the_tables = MarkovChain(n, order=min(1, n - 1)).num_parameters
    print(f"{n} pixels: 2n = {2 * n}, in the tables {in_the_tables}")

# %% [markdown]
# **Mistake 2: "a colour pixel needs $256 \cdot 3$ numbers."** Two slips at once: three separate channels, and 256
# where 255 are free. Here that would be $2 \cdot 3 = 6$ for 3. The instrument for the first slip is a world so small that you can list it: a pixel with two levels a channel that is always grey,
# black (0, 0, 0) or white (1, 1, 1). Total variation (총변동 거리) is the largest error in the probability of
# any event:

# %%
grey_world = torch.tensor([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]).repeat(50, 1)

for model in (Independent(3), FullTable(3)):
    p_model = model.count(grey_world, add=0).log_prob(three).exp()
    distance = total_variation(p_model, frequencies(grey_world))
    print(f"{type(model).__name__:11} {model.num_parameters} numbers, distance {distance:.2f}")

# %% [markdown]
# Three numbers cannot say that the channels agree: three quarters of their probability lies on colours that
# never occur. Seven numbers, $2^3 - 1$, get it exactly.
#
# **Mistake 3: a conditional that sees its own pixel.** An index that is off by one is enough. Guess each
# pixel from itself, and look at the score:


# %%
def peeking_log_prob(x, images):
    """log "p"(x) where pixel i is guessed by counting the images that have the same pixel i."""
    black = images.sum(0)
    agree = torch.where(x == 1, black, len(images) - black)
    return ((agree + 0.3) / (agree + 0.6)).log().sum(1)


nats = -peeking_log_prob(test, train).mean()
row = slice(24, 32)  # eight pixels in the middle of the image
total = peeking_log_prob(every_image(8), train[:, row]).exp().sum()
print(f"{nats:.2f} nats on the test digits; the 256 images of one row sum to {total:.0f}")

# %% [markdown]
# The nats are wonderful, on test digits too: far below every honest model. So the score cannot show this
# mistake. Two other instruments do. The probabilities of all images must sum to **one**. And the diagonal of
# the picture in "What does it see?" must be zero. From now on every explicit model of this course that can be
# listed must pass both.
#
# ## Exercises
#
# **1. Predict, then run** (5 minutes). Ten dice with six faces are thrown in a row. Each depends only on the one
# before it. How many free numbers does that Markov chain have?

# %%
my_count = None  # your number
exercise.dice.check(my_count)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A row of the table holds six probabilities that sum to one.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_count = 5 + 9 * 6 * 5
# ```
#
# `count_parameters(10, 1, levels=6)` counts the same 275.
# </details>
#
# **2. Write it** (10 minutes). The log-likelihood of a binary chain of order 1. Python counts pixels from 0:
# `first` is $p(x_0 = 1)$, and `table[i - 1, v]` is $p(x_i = 1 \mid x_{i-1} = v)$ for $i = 1, 2, \ldots$


# %%
def my_log_prob(x, first, table):
    """log p(x) of one image x, (n,)."""
    return None  # your code


exercise.chain_log_prob.check(my_log_prob)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A white pixel contributes $\log(1 - p)$.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# total = torch.log(first if x[0] == 1 else 1 - first)
# for i in range(1, len(x)):
#     p = table[i - 1, int(x[i - 1])]
#     total = total + torch.log(p if x[i] == 1 else 1 - p)
# return total
# ```
# </details>
#
# **3. Change the model** (10 minutes). Order 8 is good because it sees the pixel above, but it pays 14,591 numbers. Give
# order 1 the pixel above with 127 numbers: find the order of the pixels that runs **down the columns**.

# %%
my_order = None  # a tensor of 64 positions that begins 0, 8, 16
exercise.column_order.check(my_order)

# %% [markdown]
# The chain rule does not care about the order. Does the Markov assumption? Run this before and after you
# have found yours. It takes raster order until yours holds each position once:

# %%
order = exercise.order(my_order)
name = "raster order" if order.equal(torch.arange(64)) else "your order"
reordered = MarkovChain(64, order=1).count(train[:, order], add=0.3)
nats = -reordered.log_prob(test[:, order]).mean()
print(f"{nats:.2f} nats with {reordered.num_parameters} numbers in {name}")

# %% [markdown]
# <details><summary>Hint</summary>
#
# Write the positions as an 8 by 8 grid.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_order = torch.arange(64).view(8, 8).T.flatten()
# ```
#
# It falls from 24.09 to 22.30 nats: with the same 127 numbers it is better than order 4 in raster order with 975.
# </details>
#
# **4. Write it** (10 minutes). Bayes' rule for a batch. From $\log p(x \mid \text{class})$, a matrix (B, classes), and
# the prior $\log p(\text{class})$, (classes,), get $p(\text{class} \mid x)$.


# %%
def my_posterior(log_likelihood, log_prior):
    """p(class | x), (B, classes)."""
    return None  # your code


exercise.posterior.check(my_posterior)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $p(x)$ is the sum of $p(x, \text{class})$ over the classes.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# joint = (log_likelihood + log_prior).exp()
# return joint / joint.sum(1, keepdim=True)
# ```
#
# torch's name for that is `(log_likelihood + log_prior).softmax(1)`.
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | To generate is not only to make pictures or sentences. | holds: one model drew, judged and classified | Look, Judge, Classify |
# | A density tells dogs from cats, so a generative model contains a classifier. | holds if there is one $p(x \mid \text{class})$ a class; one $p(x)$ alone tells only odd from usual | Classify, Judge |
# | Explicit models give a probability, implicit ones only draw. | holds | What is a generative model for? |
# | Features found without labels also count as generative modelling. | holds, but tables have no features: notebook 4 | Classify |
# | A colour pixel has $256^3$ outcomes and needs $256^3 - 1$ numbers. | holds | How many numbers?, Break it |
# | $n$ binary pixels have $2^n$ cases and need $2^n - 1$ numbers. | holds | How many numbers? |
# | If you know $p(x)$, you can also sample. | holds: pixel after pixel | Look |
# | Predict each pixel from the ones before it, or around it. | *before* holds exactly, in any order; *around* does not multiply to a probability | Is it a probability?, Break it |
# | So look only at near pixels: conditional independence. | an assumption, not a fact: it decides how good the model can be | Fit the ladder |
# | With the Markov assumption the chain rule becomes simple. | holds: $2n - 1$ numbers for order 1 | Way out 2 |
# | How many earlier pixels to look at is a hyperparameter. | holds: a setting chosen on the validation digits, 9 here | Fit the ladder |
# | A model that looks at the last $n$ steps is called autoregressive. | holds; looking at *all* steps before is autoregressive too | Way out 2, notebook 2 |
#
# ## Summary
#
# This table grows with the course.
#
# | model | $p(x)$? | draws how | numbers (64 pixels) | test nats on the binary digits | cost of one image |
# |---|---|---|---|---|---|
# | uniform | exact | 64 coins at once | 0 | 44.36 | nothing |
# | independent pixels | exact | 64 coins at once | $n = 64$ | 25.18 ± 0.22 | $n$ look-ups |
# | Markov, order 1 | exact | in 64 steps | $2n - 1 = 127$ | 24.09 ± 0.20 | $n$ look-ups |
# | Markov, order 9 | exact | in 64 steps | 28,671 | 19.19 ± 0.23 | $n$ look-ups |
# | the whole table | exact | in 64 steps | $2^{64} - 1$ | cannot be counted | cannot be stored |
#
# Tables stop at order 9: a longer memory has too many rows, and most of them were never seen. Notebook 2 keeps
# the chain rule and the whole past, and lets **one small network** stand in for all 64 tables.
#
# The lecture follows the Stanford course CS236, *Deep Generative Models*. The digits are from E. Alpaydin and C. Kaynak
# (1998), *Optical Recognition of Handwritten Digits*, as shipped with scikit-learn.
