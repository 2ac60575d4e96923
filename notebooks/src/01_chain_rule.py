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
# > A generative model is more than a machine that makes pictures. If it can tell you how probable a picture is, it can draw, judge and classify. The way
# > there is to guess each pixel from those before it.
#
# **How many numbers does it take to know the probability of every image?**
#
# After this notebook you can count the numbers that a model needs, prove that the chain rule loses nothing, and derive why counting is the best way to fit a table. You can measure a model in
# *nats*, and you will use explicit models to draw digits, to find odd ones, to classify them, and to sort them without any labels.
#
# Key terms: generative model (생성 모델), parameter (매개변수), chain rule (연쇄 법칙), conditional independence (조건부 독립), Markov assumption (마르코프 가정),
# autoregressive model (자기회귀 모델), likelihood (가능도), maximum likelihood (최대 가능도), entropy (엔트로피).
#
# Everything that this notebook needs is imported here, in one place. The import takes a few seconds.

# %%
import inspect
import math

import torch
from sklearn.metrics import roc_auc_score

from genlib import pictures
from genlib.data import binarize, digits, every_image
from genlib.exercises import chain_rule as exercise
from genlib.metrics import mean_and_error, nearest_neighbours
from genlib.models import Autoregressive, FullTable, Independent, MarkovChain, count_parameters
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# ## What is a generative model for?
#
# You are given images, and you would like to know the distribution $p(x)$ that they came from. Here $x$ stands for a whole image, and $p(x)$ is one number, its probability. A model that has learned this
# distribution can be used in three ways:

# %%
uses = ["draw -> new images", "judge -> how odd is x?", "represent -> features of x"]
pictures.diagram("\n".join(f"images -> p(x) -> {use}" for use in uses), learns=["p(x)"])

# %% [markdown]
# You can **draw** (생성, generation), which makes new images. You can **judge** (밀도 추정, density estimation): put an image in, get one number out, and call the image odd if this number is small. And you can
# **represent** (표현 학습, representation learning), which means to find features of images without any labels. This notebook does all three.
#
# A model that answers $p(x)$ is called **explicit** (명시적). A model that only draws is called **implicit** (암시적). Notebooks 1 to 4 are about explicit models, and the others are mostly about implicit ones.
#
# The images of this notebook, and of most others up to the seventh, are 1797 digits that people wrote by hand, with 8 by 8 pixels each. Here every pixel is cut to black or white. Of these images 1297 are for training, 200 for choosing settings (called *valid*, for
# validation, 검증) and 300 for the test. The split is random and never changes. Look at the data before anything else:


# %%
sets = [digits(split) for split in ("train", "valid", "test")]
train, valid, test = (binarize(images).flatten(1) for images, _ in sets)
train_labels, valid_labels, test_labels = (labels for _, labels in sets)
square, seeded = lambda x: x.view(-1, 1, 8, 8), lambda seed: torch.Generator().manual_seed(seed)
pictures.show(square(train[:24]), columns=12, pixels=800)

# %% [markdown]
# These are the first 24 training digits, and you can read most of them. Each one is now a row of 64 zeros and ones, read line by line from the top left, where 1 means black.
# (The cut to two colours makes some digits equal: 12 of the 300 test digits occur in the training set as well. They are cheap for every model, so they change no comparison.)
#
# ## The question: how many numbers?
#
# Begin with a single coin, the Bernoulli distribution (베르누이 분포). It needs one number, the probability of heads, because tails gets the rest. Such a number that you are free to choose is called a
# **parameter** (매개변수). A die has six faces and needs five parameters, since the last face again gets the rest. So a categorical distribution (범주형 분포) over $m$ outcomes needs $m - 1$ of them.
#
# One pixel of a colour photo has 256 levels of red, of green and of blue. Each triple is one outcome, which makes $256^3 - 1$ parameters. An image of $n$ pixels that are black or white has $2^n$ outcomes, because each
# further pixel doubles them, so that the table of all probabilities has $2^n - 1$ parameters. How large is that?

# %%
counts = {"a colour pixel": 256**3 - 1, "8 x 8 pixels": 2**64 - 1, "28 x 28 pixels": 2**784 - 1}
powers = {name: math.log10(count) for name, count in counts.items()}
pictures.bars(powers, "numbers needed, in powers of ten", 240, {})

# %% [markdown]
# One unit of the axis is a factor of ten. The bar of a single colour pixel means almost 17 million numbers, and the lowest bar means a number with 237 digits. No computer stores such a table, and no amount of data fills it.
# This is the problem that the whole course is about, and there are only so many ways out.
#
# ### Way out 1: pretend that pixels are independent
#
# If no pixel knew of any other, the probabilities would simply multiply: $p(x) = p(x_1)\, p(x_2) \cdots p(x_n)$. Such a model needs only $n$ numbers, namely how often each pixel is black. Count them on the training digits, and
# draw each pixel of a new image by its own coin:

# %%
independent = Independent(64).count(train)
black = independent.conditionals(train[:1]).mean
samples = independent.sample(20, generator=seeded(0))
pictures.rows({"share of black": square(black), "samples": square(samples)}, columns=10)

# %% [markdown]
# The model is the grey picture above, 64 numbers and nothing else. Its samples are dust in the shape of an average digit. Every pixel is black as often as it should be, and still no stroke hangs together, since no pixel knows what its
# neighbour does. So you have to pay for *some* dependence, and the question is how much.
#
# ## The equations
#
# The **chain rule** (연쇄 법칙) splits any distribution into guesses, without assuming anything:
#
# $$p(x_1, \ldots, x_n) = p(x_1)\; p(x_2 \mid x_1)\; p(x_3 \mid x_1, x_2) \cdots p(x_n \mid x_1, \ldots, x_{n-1})$$
#
# In words: guess the first pixel, then the second when you know the first, and so on. It follows from the definition of a conditional probability, $p(b \mid a) = p(a, b) / p(a)$. Multiply by $p(a)$ and you have
# $p(a, b) = p(a)\, p(b \mid a)$, the rule for two pixels. For more, let $a$ be all pixels so far and $b$ the next one, and repeat. We write $x_{<i}$ for all pixels before pixel $i$, so that $p(x) = \prod_i p(x_i \mid x_{<i})$.
#
# Draw six pixels as circles, with an arrow from every pixel to each one that is guessed from it. The number below a pixel says how many parameters its table needs:


# %%
def graph(memory, levels=2, title=""):
    names = [f"x{i + 1}" for i in range(6)]
    reach = lambda k: [(names[j], names[i]) for i in range(6) for j in range(max(0, i - k), i)]
    notes = {n: f"{(levels - 1) * levels ** min(i, memory):.3g}" for i, n in enumerate(names)}
    places = {name: (1.4 * i, 0) for i, name in enumerate(names)}
    return pictures.graph(places, reach(5), strong=reach(memory), notes=notes, title=title)


graph(memory=5)

# %% [markdown]
# The first pixel is a coin. The second needs two coins, one for each colour of the first. The third needs four, and every further pixel doubles the number, since its table has one row for each past. Add them up:
# $1 + 2 + 4 + \ldots + 2^{n-1} = 2^n - 1$. This is exactly the count of the whole table, so **the chain rule is exact, and it saves nothing**.
#
# ## The equations as code
#
# Is it really exact? Check it in a world so small that you can list it. It has three pixels, and so eight images, and the table below says how often each of them occurs. A conditional is found by adding up the images
# that agree:

# %%
three = every_image(3)  # (8, 3), all images there are
times = torch.tensor([8, 1, 2, 4, 1, 4, 1, 9])  # how often each of them occurs
p = times / times.sum()


def conditional(x, i, order):
    past = (three[:, order[:i]] == x[order[:i]]).all(1)
    return p[past & (three[:, order[i]] == x[order[i]])].sum() / p[past].sum()


chain_rule = lambda x, order: math.prod(conditional(x, i, order) for i in range(3))

# %% [markdown]
# ## Is it a probability?
#
# Nothing in the chain rule says which pixel comes first, so the product must give back the table in any **pixel order** (순서). Take two of them, $x_1, x_2, x_3$ and $x_3, x_1, x_2$, and draw all seven conditionals of each as blue bars. The label `x3 | 0, 1`
# means: the third pixel, if the first is 0 and the second is 1. At the right, orange bars are the table, and the two products of each image are marked with × and +:

# %%
figure = pictures.Figure(8.8, 3.0)
axes, mark = figure.subplots(1, 3), iter("x+")
for axis, order in zip(axes, ([0, 1, 2], [2, 0, 1]), strict=False):
    asked = [(x, i) for i in range(3) for x in three if x[order[i]] and not x[order[i + 1 :]].any()]
    names = [f"x{order[i] + 1} | {str(x[order[:i]].int().tolist())[1:-1]}" for x, i in asked]
    axis.barh(names, [conditional(x, i, order) for x, i in asked], color="#56b4e9")
    axis.set(xlabel="probability of black", title=", ".join(f"x{i + 1}" for i in order))
    product = torch.stack([chain_rule(x, order) for x in three])
    assert torch.allclose(product, p)
    axes[2].plot(product, range(8), next(mark), color="k", ms=9)
axes[2].barh(["".join(f"{v:.0f}" for v in x) for x in three], p, color="#e69f00")
axes[2].set(title="two products, one table", xlabel="p(x1, x2, x3)")
figure

# %% [markdown]
# The blue bars differ: other questions have other answers. There are seven of them in both charts, because $1 + 2 + 4 = 7$ in any order. At the right every × and every + sits on the end of its orange bar. So **the pixel order changes the
# conditionals, but neither the product nor the count**. (You may put an order of your own in place of one of the two at the top of the loop.)
#
# Two orders of the same two things also give **Bayes' rule** (베이즈 정리) for free. Both $p(a)\, p(b \mid a)$ and $p(b)\, p(a \mid b)$ are $p(a, b)$. Set them equal and divide by $p(b)$:
#
# $$p(a \mid b) = \frac{p(b \mid a)\, p(a)}{p(b)}$$
#
# You will need it below to turn a model of digits into a classifier.
#
# ### Way out 2: forget most of the past
#
# The chain rule alone saves nothing, so to save you must *assume* something. Two things $x$ and $y$ are **conditionally independent** (조건부 독립) given $z$, written $x \perp y \mid z$, if $x$ says nothing new about $y$ once you know $z$:
# $p(y \mid x, z) = p(y \mid z)$. The **Markov assumption** (마르코프 가정) says this of every pixel: if you know the pixel before, the older ones say nothing new. The chain rule then becomes short:
#
# $$p(x) = p(x_1)\; p(x_2 \mid x_1)\; p(x_3 \mid x_2) \cdots p(x_n \mid x_{n-1})$$
#
# That is one number for the first pixel and two for each other one, $1 + 2(n - 1) = 2n - 1$ in all. More generally each pixel may look back at the $k$ pixels before it. Textbooks call $k$ the *order* of the chain. Since the pixels have an order as
# well, this notebook calls $k$ the **memory**. A model that guesses each pixel from earlier ones is called **autoregressive** (자기회귀 모델).
#
# Is the assumption true in our small world? Call its three pixels $x$, $z$ and $y$. Fit a chain of memory 1 and a whole table to it. Each row below asks for $p(y = 1)$ at one value of $z$, and has a dot for $x = 0$ and a dot for $x = 1$. The bar is the mean of both:

# %%
shown, images = {}, three.repeat_interleave(times, 0)
for name, model in {"memory 1": MarkovChain(3, 1), "whole table": FullTable(3)}.items():
    joint = model.count(images, add=0).log_prob(three).exp().view(2, 2, 2)  # axes x, z, y
    shown |= {f"{name}, z = {z}": joint[:, z, 1] / joint[:, z].sum(1) for z in (0, 1)}
pictures.dots(shown, "p(y = 1 | x, z): one dot for x = 0, one for x = 1")

# %% [markdown]
# With memory 1 the two dots of a row stand exactly one above the other, at the same probability: $x$ makes no difference once $z$ is known. That is conditional independence. In the whole table they lie far apart, so that in this world the assumption is false. An assumption saves
# numbers, and it can be wrong.
#
# ## Play 1: who looks at whom?
#
# **What does each arrow cost?** Blue arrows are those that a chain of this memory keeps, and grey ones are those that the chain rule has besides. Only the first six pixels are drawn; the title counts all of them. Make a guess, then raise the memory
# from 0 to 5 and watch the arcs appear. Then move the pixels, then the grey levels:


# %%
in_words = lambda count: f"{count:,}" if count < 1e13 else f"about 10^{math.log10(count):.0f}"


def show_counts(pixels=64, levels=2, memory=1):
    counts = (count_parameters(pixels, k, levels) for k in (memory, 0, pixels - 1))
    chain, least, whole = map(in_words, counts)
    title = f"{pixels} pixels, {levels} levels, memory {memory}: {chain} numbers"
    return graph(memory, levels, title), f"independent: {least}, whole table: {whole} numbers"


question = exercise.ASKED["show_counts"]
Panel(show_counts, ask=question, pixels=[8, 16, 64, 784], levels=[2, 3, 17, 256], memory=(0, 5))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Memory 0 has no blue arrow: this is independence. Memory 1 is a row of short arrows, and every further step adds a longer arc to nearly all pixels. With 784 pixels of two levels, memory 1 takes 1,567 numbers and memory 5 takes 24,959.
# Going from 8 to 16 pixels about doubles the count, as twice the pixels do everywhere on long images. One step of memory multiplies the count by the number of levels. With two levels that is only a factor of two. With 256 levels and 784 pixels, memory 1 takes 51,114,495 numbers and memory 2 takes
# 13,068,599,295. So memory is what you must save on.
# </details>
#
# In general memory $k$ needs $(2^k - 1) + (n - k)\, 2^k$ numbers for $n$ black-and-white pixels: the first $k$ pixels have short pasts, and each other one has a table of $2^k$ rows.
#
# ## Why counting is the best you can do
#
# You know how many numbers a table has. How do you find them? Everybody counts, and now you can see why. Throw a coin $n$ times and see $n_1$ heads. If its probability of heads is $q$, then these throws have the probability $q^{n_1} (1 - q)^{n - n_1}$. This probability, as a function of $q$, is
# called the **likelihood** (가능도) of $q$, and the $q$ that makes it largest is the choice of **maximum likelihood** (최대 가능도). Its logarithm has its top at the same place and is easier to handle:
#
# $$L(q) = n_1 \log q + (n - n_1) \log (1 - q)$$
#
# The curve bends downwards, so where its slope is zero it has its top:
#
# $$L'(q) = \frac{n_1}{q} - \frac{n - n_1}{1 - q} = 0 \quad\Longrightarrow\quad n_1 (1 - q) = (n - n_1)\, q \quad\Longrightarrow\quad n_1 = n\, q \quad\Longrightarrow\quad q = \frac{n_1}{n}$$
#
# So the best $q$ is the counted share of heads. Draw $L$ for 7 heads of 10, and then for a case where counting gets into trouble, 0 heads of 3. A black dot marks the top of each curve:

# %%
q = torch.linspace(0.002, 0.998, 499)
L = lambda heads, tails: heads * q.log() + tails * (1 - q).log()
tries = {"7 heads of 10": L(7, 3), "0 of 3": L(0, 3), "0 of 3, counts begin at 1": L(1, 4)}
figure = pictures.lines(q, tries, "q, the probability of heads; upwards: L(q) in nats", (-12, 0.3))
figure.axes[0].plot([q[y.argmax()] for y in tries.values()], list(map(max, tries.values())), "ko")
figure

# %% [markdown]
# The blue curve has its top at 0.7, the counted share. The top of the orange-red curve (0 of 3) lies at the border, at $q = 0$. After three tails in a row, counting says that heads is *impossible*, which three throws cannot show. The remedy is called **smoothing** (평활화). It is no longer exactly maximum likelihood, but a correction for small counts:
# let each count begin at a small number `add` instead of 0. Heads then counts $n_1 + \text{add}$, tails counts as much more, and the top moves to $(n_1 + \text{add}) / (n + 2\, \text{add})$. On the green curve, with `add` = 1, this is $1/5$.
#
# A table is nothing but many coins, one for each row. Each guess $p(x_i \mid x_{<i})$ uses one row. So the log-likelihood of all images is a sum with one part $L$ for each row, and no number stands in two parts. You can therefore raise each part to its top by itself: **count row by row**.
#
# ## The same numbers, faster
#
# Written as it is said, this goes through all images for every pixel of $x$. `genlib` counts all tables in one pass instead. Two derivations of one number must meet, as the assertion demands. Below it the cell prints the chain
# rule as the library has it:


# %%
def naive_log_prob(x, images, add):
    total = 0.0
    for i in range(64):
        past = images[:, i - 1] == x[i - 1] if i else torch.ones(len(images), dtype=torch.bool)
        hits = (images[past, i] == x[i]).sum() + add
        total += torch.log(hits / (past.sum() + 2 * add))
    return total


chain = MarkovChain(64, order=1).count(train, add=0.3)
naive = torch.stack([naive_log_prob(x, train, add=0.3) for x in test[:10]])
assert torch.allclose(naive, chain.log_prob(test[:10]), atol=1e-3)
print(inspect.getsource(Autoregressive.log_prob))

# %% [markdown]
# The last line takes the logarithm of each conditional and adds them up. That is the logarithm of the product in the chain rule, and it keeps tiny numbers away from zero. Tables and all the neural networks of the next notebooks share
# these lines, because a model only has to say what its `conditionals` are. (A `condition`, which later notebooks give, may say what the image should fit.)
#
# ## How good can a model be?
#
# Score a model $q$ by $-\log q(x)$, the mean over images that it has not seen. This says how surprised it is. The unit is the **nat** (내트), because the logarithm is the natural one; this course writes it $\log$ or $\ln$, which mean the same. One nat less means that the images are $e \approx 2.7$ times more probable. Is there a best score? The data itself has one, its **entropy** (엔트로피) $H(p) = E_p[-\log p(x)]$,
# where $E_p$ is the mean over data drawn from $p$. No model can beat it. To see why, look at the difference:
#
# $$E_p[-\log q(x)] - H(p) = -E_p\Big[\log \frac{q(x)}{p(x)}\Big] \;\ge\; -\log E_p\Big[\frac{q(x)}{p(x)}\Big] = -\log \sum_x p(x) \frac{q(x)}{p(x)} = -\log 1 = 0$$
#
# The step in the middle is **Jensen's inequality** (옌센 부등식). The curve of the logarithm bends downwards, so the mean of logarithms is at most the logarithm of the mean; the minus sign turns this round. The difference itself is called the Kullback-Leibler divergence (쿨백-라이블러 발산), written $KL(p \| q)$. The score
# of a model is therefore the entropy of the data plus what the model gets wrong. In the world of three pixels both are known exactly:

# %%
entropy = -(p * p.log()).sum().item()
models = {f"memory {k}": MarkovChain(3, k).count(images, add=0) for k in (0, 1, 2)}
nats = {name: [-(p * model.log_prob(three)).sum()] for name, model in models.items()}
pictures.dots(nats, "nats per image", {"entropy": entropy})

# %% [markdown]
# Memory 2 is the whole table here, and it reaches the dashed line. What the shorter memories have above it is the price of a false assumption. For real digits nobody knows where the dashed line is, so there we can only compare models with one another.
#
# ## What does it see?
#
# A chain of memory 8 *claims* to look at eight pixels. Measure this claim: flip pixel $j$ of a digit, and see by how much the prediction of pixel $i$ changes. Row $i$ of the picture shows everything that pixel $i$ reacts to:

# %%
x, chain = test[2], MarkovChain(64, order=8).count(train, add=0.3)
flipped = (x - torch.eye(64)).abs()  # row j: x with pixel j flipped
change = (chain.conditionals(flipped).mean - chain.conditionals(x[None]).mean).T
assert change.triu().abs().max() == 0
pictures.matrix(change, "pixel j that was flipped", "pixel i that is predicted")

# %% [markdown]
# All coloured points lie in a band eight pixels wide under the diagonal. On the diagonal and above it everything is exactly zero, as the assertion says: no pixel sees itself or the future. The points at the lower edge of the band are at a distance of 8, and in an image that
# is 8 pixels wide this is **the pixel above**. Keep that in mind for the next picture.
#
# ## Train: count thirteen chains
#
# How long should the memory be? That is a hyperparameter (하이퍼파라미터), a setting that counting cannot find, and so it is chosen on the validation digits. Count a chain for every memory from 0 to 12. The `add` of each chain is chosen on the same digits, so that the test stays
# untouched:


# %%
def fitted(memory, images, check):
    counted = [MarkovChain(64, memory).count(images, add) for add in (0.01, 0.03, 0.1, 0.3, 1.0)]
    return max(counted, key=lambda chain: chain.log_prob(check).mean())


chains = {k: fitted(k, train, valid) for k in range(13)}
score = lambda x: [-chain.log_prob(x).mean().item() for chain in chains.values()]
nats = {"train": score(train), "valid": score(valid), "test": score(test)}
pictures.curves(list(chains), nats, "memory k, in pixels", "nats per image")

# %% [markdown]
# Fewer nats are better. Three things are to be seen here:
#
# - **A cliff.** Between memory 5 and memory 8 the curves fall steeply. Memory 8 is the first that reaches the pixel above, while 6 and 7 reach its neighbours to the right.
# - **A turn.** On the training digits a longer memory is always better. On the others it stops helping at memory 9 and then harms, which is called **overfitting** (과적합).
# - **A gap.** Where the curves part, the tables begin to fit what is special about these 1297 digits.
#
# On the validation digits memory 9 is best, so that is the one to choose. Four of the thirteen in numbers, each with its standard error (표준 오차), which says how far the mean of 300 digits typically is from the mean over all digits:

# %%
for k in (0, 1, 8, 9):
    mean, error = mean_and_error(-chains[k].log_prob(test))
    print(f"memory {k}: {chains[k].num_parameters:6,} numbers, test {mean:.2f} ± {error:.2f} nats")

# %% [markdown]
# White noise, a fair coin for every pixel, would have $64 \log 2 = 44.36$ nats. From independent pixels to memory 9 the test digits have become about $e^6 \approx 400$ times more probable, at 448 times as many numbers.
#
# ## Per image, per pixel, in bits
#
# Papers often report a mean over pixels, or bits instead of nats. Does that change who wins? Divide the four scores by 64, and then by $\log 2$, because a bit is the surprise at a fair coin:

# %%
units = {"nats per image": 1, "nats per pixel": 1 / 64, "bits per pixel": 1 / 64 / math.log(2)}
figure, four = pictures.Figure(8.4, 2.4), {f"memory {k}": nats["test"][k] for k in (9, 8, 1, 0)}
for axis, (name, unit) in zip(figure.subplots(1, 3, sharey=True), units.items(), strict=True):
    bars = axis.barh(list(four), [unit * score for score in four.values()], color="#56b4e9")
    axis.bar_label(bars, fmt="%.2f", padding=3)
    axis.set(xlabel=name, xlim=(0, 32 * unit))
figure

# %% [markdown]
# The three charts are the same chart with other numbers at the axis. A mean over pixels only changes the unit. What it invites is a mistake: if you read the 0.30 of the second chart as nats per *image*, you claim that the model gives a typical test digit the probability
# $e^{-0.3} \approx 0.74$. Always write the unit beside a likelihood.
#
# The gradient changes its unit as well. Let 64 coins learn the training digits, each with a parameter of its own. Here is the slope of the loss by each of the 64, once for the sum over pixels and once for their mean. The third curve is the second one, multiplied by 64:

# %%
loss = lambda logits: -torch.distributions.Bernoulli(logits=logits).log_prob(train)  # (1297, 64)
by_sum = torch.func.grad(lambda logits: loss(logits).sum(1).mean())(torch.zeros(64))
by_mean = torch.func.grad(lambda logits: loss(logits).mean())(torch.zeros(64))
slopes = {"sum": by_sum, "mean": by_mean, "64 times mean": 64 * by_mean}
pictures.curves(range(64), slopes, "pixel", "slope of the loss")

# %% [markdown]
# The orange-red curve looks flat, yet 64 times its values give the green curve, which hides the blue one completely. Sum and mean point in the same direction, so they have the same minimum. A plain gradient step with the mean is 64 times shorter, and a learning rate 64 times larger makes up for it exactly. **Averaging over pixels changes the unit and nothing
# else.** But beware of adding a second term to such a loss, as notebook 4 does: then the mean changes the balance between the two.
#
# ## Look
#
# Now let the chains draw. Here are ten samples of each, where all rows use the same random numbers. The last row shows, for each sample of memory 9, the training digit that differs in the fewest pixels:

# %%
samples = {f"memory {k}": chains[k].sample(10, generator=seeded(0)) for k in (0, 1, 4, 9)}
near = samples["nearest digit"] = train[nearest_neighbours(samples["memory 9"], train)]
differ = (samples["memory 9"] != near).sum(1)
print(f"memory 9 differs from its nearest digit in {differ.min()} to {differ.max()} of 64 pixels")
pictures.rows({name: square(x) for name, x in samples.items()}, columns=10)

# %% [markdown]
# Strokes that hold together appear in the row of memory 9, where each pixel sees the one above. Few of its samples are digits that you could name. None is a copy of the training digit below it, though some come near.
#
# ## Play 2: watch it draw
#
# **What does a chain know while it draws?** It draws pixel after pixel, from the top left to the bottom right. Orange is the pixel that comes next, blue are the pixels that its table reads, and black and white are those that it has forgotten. Press play. Then
# choose another memory, and watch how much of the digit the blue part still covers:

# %%
KINDS = ["white", "black, read now", "drawn next", "black", "white, read now", "not drawn yet"]
drawings = {k: chains[k].sample(10, generator=seeded(0)) for k in (1, 4, 8, 12)}


def show_drawing(memory=8, drawing=1, moment=29):
    x, at = drawings[memory][drawing], torch.arange(64)
    grid = torch.where((at < moment) & (at >= moment - memory), 4 - 3 * x.long(), 3 * x.long())
    grid[moment:] = torch.tensor([2] + [5] * (63 - moment))
    black = chains[memory].conditionals(x[None]).mean[0, moment]
    line = f"pixel {moment}: P(black) = {black:.2f}, and it becomes {['white', 'black'][int(x[moment])]}"
    return pictures.grids({f"memory {memory}": grid.view(8, 8)}, KINDS), line


Panel(show_drawing, play="moment", memory=list(drawings), drawing=(0, 9), moment=(8, 63))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# With memory 8 the blue part is always a full row: it ends left of the orange pixel and begins just above it. With memory 1 it is a single pixel, so that the model cannot know in which part of a digit it is, except by the number of the pixel. $P(\text{black})$ is often close to 0 or 1 and often
# in between, because a model that draws must throw a coin for each pixel. Once a pixel is drawn it stays: an autoregressive model never corrects what it drew before.
# </details>
#
# ## Play 3: samples and smoothing
#
# **Where do strokes begin, and what does smoothing do to them?** Each chain is counted when you first ask for it, and then kept. Move the memory from 0 to 12. Then answer the question, stay at memory 12 and move the smoothing, with an eye on both numbers:


# %%
def show_samples(memory=8, smoothing=0.3, generator=None):
    chain = MarkovChain(64, memory).count(train, smoothing)
    on_train, on_test = (-chain.log_prob(x).mean() for x in (train, test))
    images = pictures.sheet(square(chain.sample(32, generator=generator)))
    return images, f"train {on_train:.2f}, test {on_test:.2f} nats per image"


question = exercise.ASKED["show_samples"]
smoothings = [0.0, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0]
Panel(show_samples, ask=question, memory=(0, 12), smoothing=smoothings, seed=(0, 20))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Strokes that hold together come with memories 7 and 8. At memory 12 the test nats are 20.73 with smoothing 0.01, then 19.73 with 0.1, the best of these, and 27.08 with 10, while the training nats only rise. Too little smoothing trusts rare counts, and too much drowns all of them: the samples of smoothing 10 turn to dust. With smoothing 0 the
# test nats are infinite from memory 1 on, because some test digit holds a pair of pixels that no training digit had at this place. Its probability is 0, and $-\log 0 = \infty$. Yet the samples of memory 12 without any smoothing look better than all others. Looks and likelihood are two different judges.
# </details>
#
# ## Judge: which images are odd?
#
# An explicit model can be *asked*. Damage the test digits in five ways, and ask whether each damaged image is less probable than a true one. Here are the first ten test digits and what becomes of them:

# %%
coins = lambda p, seed: torch.bernoulli(torch.full_like(test, p), generator=seeded(seed))
odd = {"negative": 1 - test, "noise": coins(0.5, seed=1)}
odd["shuffled"] = test[:, torch.randperm(64, generator=seeded(2))]
odd |= {"blots": (test - coins(0.05, seed=0)).abs(), "mirrored": square(test).flip(3).flatten(1)}
pictures.rows({n: square(x[:10]) for n, x in ({"true": test} | odd).items()}, columns=10)

# %% [markdown]
# The first three are easy for you, while a mirrored digit needs a second look. The score is the area under the ROC curve, or AUC. It is the share of pairs (one true digit, one damaged digit) in which the model finds the damaged one less probable. Guessing gives 0.5, and 1 is perfect:

# %%
area = lambda chain, x: roc_auc_score([0] * 300 + [1] * 300, -chain.log_prob(torch.cat([test, x])))
areas = {kind: [area(chain, x) for chain in chains.values()] for kind, x in odd.items()}
pictures.curves(list(chains), areas, "memory k, in pixels", "AUC", marks={"guessing": 0.5})

# %% [markdown]
# Even independent pixels find negatives, noise and shuffled digits, whose curves lie on one another at the top. Blots gain a little from memory. A mirrored digit is made of good strokes at slightly unusual places, and here memory helps most, although even the best
# chain leaves almost one pair in five in the wrong order. A model that knows little finds only coarse oddities.
#
# ## Play 4: score it yourself
#
# **Which damage does which memory notice?** The grey bands hold the middle 90 % of the validation digits. A blue dot is usual or better, and an orange-red cross lies below the band: this model finds the image odd. `image` is the number of a test image, not the digit on it. `amount` is how many pixels are flipped, or by
# how many columns the image moves. A control is greyed where it has nothing to change. Begin without damage, then look for one that only the long memories notice:

# %%
judges, ends = {f"memory {k}": chains[k] for k in (0, 1, 4, 8, 12)}, torch.tensor([0.05, 0.95])
bands = {name: chain.log_prob(valid).quantile(ends).tolist() for name, chain in judges.items()}


def show_score(image=2, damage="flip", amount=3, generator=None):
    flips = torch.zeros(64).index_fill(0, torch.randperm(64, generator=generator)[:amount], 1.0)
    moved = square(test[image]).roll(amount, 3).flatten()
    x = {"none": test[image], "flip": (test[image] - flips).abs(), "shift": moved}[damage]
    score = {n: chain.log_prob(x[None]).item() for n, chain in judges.items()}
    scales = {n: (*bands[n], score[n]) for n in judges}
    line = ", ".join(name for name in judges if score[name] < bands[name][0]) or "none of them"
    line = f"a {test_labels[image]}, odd for: {line}"
    return pictures.scores(x.view(1, 8, 8), scales, "log p(x) in nats"), line


off = lambda damage, **_: {"none": ["amount", "seed"], "flip": [], "shift": ["seed"]}[damage]
kinds = ["none", "flip", "shift"]
Panel(show_score, off=off, image=(0, 299), damage=kinds, amount=(1, 7), seed=(0, 20))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Image 2 is a 7. Three flipped pixels (seed 0) are odd for memories 4, 8 and 12 and not for 0 and 1. One flipped pixel is odd for memory 8 alone, and five are odd for all of them. A shift by one column is odd for memory 8 only, and a shift by two for all. Some true digits are odd to begin with: image 3 is
# odd for memories 4, 8 and 12 without any damage, because a band of 90 % leaves some digits out. One image is one case, and the AUC above counts all of them.
# </details>
#
# ## Classify: one model per class
#
# Count one chain on the zeros, one on the ones, and so on. Each is a $p(x \mid c)$, where $c$ is the class. The share of each class in the training set is $p(c)$, known before you see $x$ and therefore called the **prior** (사전 분포). Bayes' rule gives $p(c \mid x) = p(x \mid c)\, p(c) / p(x)$. The denominator is the same for all
# classes, so the class with the largest $p(x \mid c)\, p(c)$ wins. Nobody trains a classifier here. How good is it?


# %%
fit_class = lambda k, c: fitted(k, train[train_labels == c], valid[valid_labels == c])
of_class = {k: [fit_class(k, c) for c in range(10)] for k in (0, 1, 4, 8)}
log_prior = train_labels.bincount().log()  # up to a constant
best = lambda of: (torch.stack([c.log_prob(test) for c in of], 1) + log_prior).argmax(1)
right = {f"memory {k}": [(best(of) == test_labels).float().mean()] for k, of in of_class.items()}
pictures.dots(right, "share of test digits classified right", {"guessing": 0.1})

# %% [markdown]
# All four are right on about nine digits of ten. The longer memories gain a few digits in a hundred, and with 300 digits the standard error of each share is already almost two in a hundred. So a generative model **contains a classifier**, as the lecture says, if you have one $p(x \mid c)$ per class. The ten chains can also draw what you ask for.
# Here are four samples of each class with memory 8, zeros in the first column and nines in the last:

# %%
drawn = torch.stack([chain.sample(4, generator=seeded(3)) for chain in of_class[8]], 1)
pictures.rows({"memory 8": square(drawn.flatten(0, 1))}, columns=10)

# %% [markdown]
# Many more of these can be named than of the samples above, and each chain has to know only one digit. Zeros are easy to read, while most of the eights are not. (All columns use the same random numbers, pixel by pixel. Where several classes leave a pixel open, they then make the same choice, so in the second and the fourth row many of the digits look alike.)
#
# ## Represent: features without labels
#
# The class chains needed labels. Can a model find such groups by itself? Suppose that each image comes from one of $K$ hidden groups, and that inside a group the pixels are independent. This model is a **mixture** (혼합 모델) of $K$ tables, with $w_k$ for the share of group $k$:
#
# $$p(x) = \sum_{k=1}^{K} w_k\; p(x_1 \mid k)\, p(x_2 \mid k) \cdots p(x_n \mid k)$$
#
# It is still explicit, since a sum of $K$ numbers gives $p(x)$. If you knew the groups, you would count. If you knew the tables, Bayes' rule would give $p(k \mid x)$, the share of an image that belongs to group $k$. You know neither, so begin with random tables and do both in turn. Sharing out the images with the present tables and then counting can never make the training images less probable: by Jensen's inequality the shares give a lower bound on their log-likelihood that touches it at the present tables, and counting raises this bound as far as it goes. This is called **expectation maximisation** (EM 알고리즘):


# %%
log_joint = lambda x, p, w: x @ p.log().T + (1 - x) @ (1 - p).log().T + w.log()


def learn(K, seed=0, rounds=30):
    means = 0.25 + 0.5 * train[torch.randperm(len(train), generator=seeded(seed))[:K]]
    history = [(means, torch.full((K,), 1 / K))]
    for _ in range(rounds):
        share = log_joint(train, *history[-1]).softmax(1)  # p(k | x) by Bayes' rule
        means = (share.T @ train + 0.3) / (share.sum(0)[:, None] + 0.6)  # count, with these shares
        history.append((means, share.mean(0)))
    return history


# %% [markdown]
# Note that `train_labels` does not occur in it. **What will the groups be?** Press play and watch twenty tables over thirty rounds. Each begins as one random training digit, half-way to grey. Choose an answer first:

# %%
history = learn(20)


def show_round(moment=2):
    means, weights = history[moment]
    score = -log_joint(test, means, weights).logsumexp(1).mean()
    return pictures.sheet(square(means), columns=5), f"round {moment}: {score:.1f} nats on test"


question = exercise.ASKED["show_round"]
Panel(show_round, ask=question, play="moment", moment=(0, 30))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The groups are writing styles. The first rounds do nearly everything: the tables begin as grey single digits with 31.4 nats, and round 2 has 20.0. After that they become sharper slowly, and from round 10 to round 30 the nats stay at 18.9. At the end four of the twenty tables look like a six, slim or round, and two look like
# a five, while nearly all zeros share one. A digit that is written in several ways gets several groups, and digits that look alike share one.
# </details>
#
# At the end the mixture has 18.9 nats with $20 \cdot 64 + 19 = 1299$ numbers. That is about as good as the best chain, at a twentieth of its numbers. Each group is now a mean image, and each digit has twenty features, its probabilities $p(k \mid x)$. Here are ten of the groups, and under each mean four training digits that most probably belong to it:

# %%
means, weights = history[-1]
group = log_joint(train, means, weights).argmax(1)
members = torch.stack([train[group == k][:4] for k in range(10)], 1).flatten(0, 1)
pictures.rows({"mean": square(means[:10]), "its digits": square(members)}, columns=10)

# %% [markdown]
# Most columns are one way to write a digit, and the mean shows the common part. Some mix two digits that look alike: ones and nines in the first, zeros and sixes in the seventh. So the model has found shapes that people have names for, and it found them because they make the images probable. Do these groups agree with the labels that nobody gave? Call each group by the most frequent label among its training digits, and count how often this name is right on the test digits. Each dot is another random start, with a seed of its own:


# %%
def agreement(K, seed):
    of, votes = lambda x: log_joint(x, *learn(K, seed)[-1]).argmax(1), torch.zeros(K, 10)
    votes.index_put_((of(train), train_labels), torch.ones(1), accumulate=True)
    return (votes.argmax(1)[of(test)] == test_labels).float().mean()


found = {f"{K} groups": [agreement(K, seed) for seed in range(5)] for K in (5, 10, 20, 40)}
pictures.dots(found, "share of test digits whose group has their name", {"guessing": 0.1})

# %% [markdown]
# With twenty groups more than eight test digits of ten carry the right name, although labels were used only to name the groups. Five groups cannot name ten digits. Even ten groups do not become the ten digits, as the spread of the five dots shows: each seed spends two groups or more on some digit and none on another. Forty are hardly better than twenty.
# So a density model **finds features without labels**, but they are its own, and nothing makes them the classes that you had in mind. Tables can do no more than this. Notebook 4 replaces the one hidden number $k$ by several continuous ones.
#
# ## Break it
#
# Here are three classical mistakes. For each of them, ask which instrument shows it and which does not.
#
# **Mistake 1: "a Markov chain needs $2n$ numbers."** The instrument is the smallest case. With one pixel the chain is a coin, and a coin needs one number, not two. In the drawing of Play 1 the first pixel has a 1 below it while all others have a 2, so the count is $2n - 1$.
#
# **Mistake 2: "a colour pixel needs $256 \cdot 3$ numbers."** This treats the three channels as independent (and forgets that 255 of 256 are free). The instrument for it is a world that you can list. Let a pixel have two levels per channel, and let it always be grey: black (0, 0, 0) or white (1, 1, 1). Fit
# three separate channels, with 3 numbers, and the whole table of colours, with $2^3 - 1 = 7$. Then draw 24 pixels from each:

# %%
grey = torch.tensor([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]).repeat(50, 1)
models = {"3 numbers": Independent(3).count(grey, 0), "7 numbers": FullTable(3).count(grey, 0)}
drawn = {name: model.sample(24, generator=seeded(0)) for name, model in models.items()}
colours = lambda x: x.view(-1, 3, 1, 1).repeat(1, 1, 8, 8)
pictures.rows({"the world": colours(grey[:24])} | {n: colours(x) for n, x in drawn.items()}, 12)

# %% [markdown]
# The world is black and white, and three separate channels draw red, blue, yellow and other coloured pixels, which never occur. Each channel is right by itself, so looking at one channel shows nothing. The total variation (총변동 거리) is the largest error in the probability of any event: three quarters of
# the probability lies on colours that do not exist. The table of seven numbers is exact.
#
# **Mistake 3: a conditional that sees its own pixel.** An index that is off by one is enough. Guess each pixel from itself, and look at the score on the test digits:


# %%
def peeking_log_prob(x, images):
    agree = torch.where(x == 1, images.sum(0), (1 - images).sum(0))
    return ((agree + 0.3) / (agree + 0.6)).log().sum(1)


total = peeking_log_prob(every_image(8), train[:, 24:32]).exp().sum()  # one row of pixels
print(f"peeking: the probabilities of all 256 images of one row sum to {total:.0f}")
peeking = -peeking_log_prob(test, train).mean()
pictures.dots({"peeking": [peeking], "memory 9": [nats["test"][9]]}, "nats per test digit")

# %% [markdown]
# The score is wonderful, far below every honest model, and it is so on test digits too. So **the score cannot show this mistake**. Two other instruments can. The probabilities of all images must sum to one, and here they sum to 143. And the diagonal of the picture in "What does it see?" must be zero. From now on every
# explicit model of this course that can be listed must pass both.
#
# ## Exercises
#
# **1. Predict, then run** (5 minutes). Ten dice with six faces are thrown in a row. Each depends only on the one before it. How many free numbers does this Markov chain have?

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
# **2. Write it** (10 minutes). The log-likelihood of a binary chain of memory 1. Python counts pixels from 0: `first` is $p(x_0 = 1)$, and `table[i - 1, v]` is $p(x_i = 1 \mid x_{i-1} = v)$ for $i = 1, 2, \ldots$


# %%
def my_log_prob(x, first, table):
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
# **3. Change the model** (10 minutes). Memory 8 is good because it reaches the pixel above, but it pays 14,591 numbers. Give memory 1 the pixel above with only 127 numbers: find the pixel order that runs **down the columns**.

# %%
my_order = None  # a tensor of 64 positions that begins 0, 8, 16
exercise.column_order.check(my_order)

# %% [markdown]
# The chain rule does not care about the pixel order. Does the Markov assumption? Run this cell before and after you have found your order. The grid shows when each pixel has its turn, and it shows the raster order (row by row) until yours holds each position once:

# %%
order = exercise.order(my_order)
name = "raster order" if order.equal(torch.arange(64)) else "your order"
chain = MarkovChain(64, order=1).count(train[:, order], add=0.3)
print(f"{-chain.log_prob(test[:, order]).mean():.2f} nats with 127 numbers in {name}")
cells, turns = {name: torch.zeros(8, 8).long()}, {name: order.argsort().view(8, 8)}
pictures.grids(cells, ["the turn of each pixel"], turns)

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
# The score falls from 24.09 to 22.30 nats. With the same 127 numbers this is better than memory 4 in raster order.
# </details>
#
# **4. Write it** (10 minutes). Bayes' rule for a batch. From $\log p(x \mid c)$, a matrix (B, classes), and the prior $\log p(c)$, (classes,), get $p(c \mid x)$.


# %%
def my_posterior(log_likelihood, log_prior):
    return None  # your code


exercise.posterior.check(my_posterior)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $p(x)$ is the sum of $p(x, c)$ over the classes.
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
# ## Ask yourself
#
# **1.** Why does the chain rule alone save no numbers?
#
# <details><summary>Answer</summary>
#
# The table of pixel $i$ has a row for each past, so the counts are 1, 2, 4 and so on. They add up to $2^n - 1$, which is the count of the whole table. Only an assumption saves, as "Way out 2" shows.
# </details>
#
# **2.** Does the pixel order matter?
#
# <details><summary>Answer</summary>
#
# For the chain rule it does not: in "Is it a probability?" two orders had other conditionals, as many of them, and the same product. For a chain with a short memory it does matter, because the order decides which pixels are remembered. In exercise 3 the columns are better than the rows.
# </details>
#
# **3.** Why is counting the same as maximum likelihood?
#
# <details><summary>Answer</summary>
#
# The log-likelihood of a coin has slope zero at $q = n_1 / n$, the counted share. A table is a coin for each row, and no two rows share a number, so each can be counted by itself. The derivation stands in "Why counting is the best you can do".
# </details>
#
# **4.** A paper reports 0.43 bits per pixel for binary images of 8 by 8 pixels. How many nats per image is that, and is the model better than memory 8?
#
# <details><summary>Answer</summary>
#
# Multiply by 64 and by $\log 2$, which gives about 19.1 nats per image. In "Per image, per pixel, in bits" memory 8 has 0.44 bits per pixel, so the model is a little better on the same images. The order of models is the same in every unit.
# </details>
#
# **5.** A model has a wonderful score on test images. What do you check before you believe it?
#
# <details><summary>Answer</summary>
#
# Whether its probabilities sum to one on a world that can be listed, and whether no pixel sees itself or the future. The third mistake of "Break it" has a score near zero nats and fails both. No score can lie below the entropy of the data on average, as "How good can a model be?" derives.
# </details>
#
# ## What the lecture said
#
# Korean in quotation marks is quoted from a student's notes of the lecture, and other Korean in these tables is ours. The file `notebooks/LECTURE.md` puts the tables of all notebooks into one.
#
# | the lecture | verdict | where |
# |---|---|---|
# | To generate is not only to make pictures or sentences. (“문장을 만드는, 이미지를 만드는, 생성하는 것이 gen의 전부가 아니다.”) | holds: explicit models drew, judged, classified and found groups | Look; Judge; Classify; Represent |
# | The familiar kind of model is given pictures of dogs, learns from them and draws dogs. (“강아지 이미지가 주어지면, 모델이 학습해서 강아지를 샘플링하는”) | holds, here with digits | Train; Look |
# | It can also estimate a density. (“뿐만 아니라 density estimation도 할 수 있다.”) | holds: an explicit model gives each image a number | Judge |
# | A picture goes in, one probability comes out, and this number tells dogs from cats. (“사진을 집어넣으면 확률 값 1개가 나와서 이미지가 강아지 같은지 고양이 같은지 확률값으로 구분할 수 있다.”) | holds in part: one $p(x)$ alone tells only odd from usual; to tell two kinds apart you need one $p(x \mid c)$ per class | Judge; Classify |
# | This is like classification, so a generative model contains a classifier: it knows how the pictures are distributed and can tell them apart. (“마치 분류 문제와 같다.” “따라서 generative 모델은 분류 문제를 포함하고 있다.” “사진의 분포를 파악해서 구분 가능!”) | holds, if there is one $p(x \mid c)$ per class: Bayes' rule does the rest | Classify |
# | A model that gives the probability of its input is called explicit. (“입력에 대한 확률 값을 얻어낼 수 있는 모델을 explicit gen모델이라고 부른다.”) | holds | What is a generative model for? |
# | A model that only generates is called implicit. (“단순히 generation만 하는 모델을 implicit gen model.”) | holds | What is a generative model for? |
# | Unsupervised representation models belong to generative models, and are also called feature models. (“unsupervised representation model도 gen에 포함된다.” “feature model이라고도 부른다.”) | holds in part: a mixture is both; one table alone has no features, and an autoencoder has features but no distribution to draw from (notebook 4) | Represent |
# | It finds features (a hidden representation) by itself, without labels. (“피쳐(hidden representation)를 알아서 찾아냄.” “레이블 없이.”) | holds: a mixture found groups of digits that agree with most labels; but they are its own, and nothing makes them the classes | Represent |
# | If you know the probability of a picture, you can tell kinds apart, and you can also sample. (“일단 주어진 사진에 대한 probability을 알면 구분도 가능하고 sampling도 가능하다.”) | holds: sampling goes pixel after pixel, and telling kinds apart takes one $p(x \mid c)$ per class | Look; Play 2; Classify |
# | Predict what comes next from the data before it, or around it. (“직관: 이전 시간의 혹은 주변의 데이터를 보고 당장 맞춰야 하는 값을 예측하자.”) | holds in part: *before* holds exactly, in any order; *around* gives other conditionals, which need not multiply to a probability (not shown here) | Is it a probability? |
# | How many values before or around it to look at is a hyperparameter. (“살펴봐야 하는 이전/주변의 값의 범위의 수는 일종의 하이퍼 파라미터.”) | holds: a setting chosen on the validation digits, 9 here | Train |
# | The most naive way is to look at all values. (“가장 나이브한 방법은 모든 값들을 다 살펴보는 것이다.”) | holds, and it costs as much as the whole table | The equations |
# | Each of the channels R, G and B has 256 values, so a pixel has $256^3$ cases. (“rgb 채널은 각 256개.” “경우의 수 256 * 256 * 256.”) | holds | The question |
# | It needs $256^3 - 1$ parameters. (“파라미터 수: 256 * 256 * 256 - 1”) | holds: the last case gets what the others leave | The question; Break it |
# | These are very many parameters, for only one pixel. (“즉 파라미터 수가 진짜 많다...” “1개의 픽셀에 대해서만...”) | holds: almost 17 million | The question |
# | A binary image of $n$ pixels has $2^n$ cases. (“바이너리 이미지. n개의 픽셀. 2^n개의 경우의 수.”) | holds | The question |
# | It needs $2^n - 1$ parameters. (“파라미터 수 2^n-1”) | holds, whether you count the whole table or the tables of the chain rule | The question; The equations |
# | So look only at certain near values: conditional independence. (“그래서 현재 값을 예측하기 위해 가까운/주변의 특정 값만을 살펴보자.”) | holds in part: it is an assumption and no fact, and it decides how good the model can be | Way out 2; Train |
# | If you look at all past values, you get the chain rule, $p(x_1)\, p(x_2 \mid x_1) \cdots p(x_n \mid x_1, \ldots, x_{n-1})$. (“과거의 모든 값을 살펴본다면...”) | holds, for every distribution and in any order; but it saves nothing | The equations; Is it a probability? |
# | If step $t$ depends on step $t - 1$ only (the Markov assumption), the chain rule becomes simple. (“t 시점은 t-1시점에만 종속이라면...(markov assumption)” “chain rule이 단순.”) | holds: $2n - 1$ numbers for memory 1 | Way out 2 |
# | With $n$ steps in place of one, another assumption gives another model. (“t-1이 아니라 t-n시점이라고 가정에 따라 모델이 달라짐.”) | holds, if all of the last $n$ steps are meant: thirteen memories made thirteen chains | Train |
# | Such a model is called autoregressive. (“auto regressive model이라고 부른다.”) | holds; looking at *all* steps before is autoregressive too (notebook 2) | Way out 2 |
#
# ## Summary
#
# These models were compared here:
#
# | model | draws how | parameters (64 pixels) | test nats on the binary digits | cost of one image |
# |---|---|---|---|---|
# | uniform | 64 coins at once | 0 | 44.36 | nothing |
# | independent pixels | 64 coins at once | $n = 64$ | 25.18 ± 0.22 | $n$ look-ups |
# | Markov, memory 1 | in 64 steps | $2n - 1 = 127$ | 24.09 ± 0.20 | $n$ look-ups |
# | Markov, memory 9 | in 64 steps | 28,671 | 19.19 ± 0.23 | $n$ look-ups |
# | the whole table | in 64 steps | $2^{64} - 1$ | cannot be counted | cannot be stored |
#
# Every notebook ends with another table, the table of the course. It repeats the rows of the notebooks before, adds its own in bold, and so grows up to the last page. Only scores of one kind can be compared. It begins with the best of the tables:
#
# | model | $p(x)$? | draws how | parameters | its score | where it breaks |
# |---|---|---|---|---|---|
# | **Markov, memory 9** | exact | in 64 steps | 28,671 | 19.19 ± 0.23 nats; fair coins 44.36 | most of a longer memory's rows were never seen |
#
# Tables stop at memory 9: a longer memory has too many rows, and most of them were never seen. The mixture of this notebook, with 18.9 nats and 1,299 numbers (one seed), knows whole shapes and no strokes. Notebook 2 keeps the chain rule and the whole past, and lets **one small network** stand in for all 64 tables.
#
# **References.** The lecture follows the Stanford course CS236, [*Deep Generative Models*](https://deepgenerativemodels.github.io/). C. Shannon (1948), *A Mathematical Theory of Communication*, [DOI 10.1002/j.1538-7305.1948.tb01338.x](https://doi.org/10.1002/j.1538-7305.1948.tb01338.x), has both the entropy and Markov chains
# of growing memory, which write English. A. Dempster, N. Laird and D. Rubin (1977), *Maximum Likelihood from Incomplete Data via the EM Algorithm*, [DOI 10.1111/j.2517-6161.1977.tb01600.x](https://doi.org/10.1111/j.2517-6161.1977.tb01600.x). L. Theis, A. van den Oord and M. Bethge (2016), *A note on the evaluation of generative models*,
# [arXiv 1511.01844](https://arxiv.org/abs/1511.01844). The digits are from E. Alpaydin and C. Kaynak (1998), *Optical Recognition of Handwritten Digits*, [DOI 10.24432/C50P49](https://doi.org/10.24432/C50P49), as shipped with scikit-learn.
