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
# > To guess pixel $i$, NADE looks at all the pixels before it. It is an explicit model: give it an image, and
# > it tells you how probable that image is. With real-valued pixels it uses Gaussians.
#
# **Can one small network stand in for all 64 tables?**
#
# After this notebook you can write NADE's likelihood from its equations, prove that it is a probability, train
# it on real digits in seconds, and let it finish half a drawn image.
#
# Key terms: NADE (neural autoregressive distribution estimator, 신경 자기회귀 분포 추정기), hidden layer (은닉층),
# weight sharing (가중치 공유), logistic regression (로지스틱 회귀), mixture of Gaussians (가우시안 혼합),
# ensemble (앙상블).
#
# Everything is imported in one place.

# %%
import inspect
import json
from functools import cache
from pathlib import Path

import torch
from ipywidgets import SelectionSlider
from sklearn.metrics import roc_auc_score

from genlib import metrics, pictures, weights
from genlib.data import binarize, dequantize, digits, discrete_bound, every_image
from genlib.exercises import nade as exercise
from genlib.models import NADE, RNADE, LogisticAutoregression, OrderEnsemble
from genlib.models.sampling import pick
from genlib.training import Average, Player, fit, keep_best, minibatches
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# ## The question
#
# The chain rule $p(x) = \prod_i p(x_i \mid x_{<i})$ needs one table a pixel. The table of pixel $i$ has a row
# for each past. For the 64 pixels of a small digit, the last table alone has

# %%
2**63

# %% [markdown]
# rows. Notebook 1 cut the past short, and stopped at nine pixels and 19.19 nats. This time we keep the whole past
# and replace the *table* by a formula with few numbers. The same digits, the same split:

# %%
grey = {split: digits(split)[0] for split in ("train", "valid", "test")}
labels = {split: digits(split)[1] for split in grey}
train, valid, test = (binarize(grey[split]).flatten(1) for split in grey)

pictures.show(test[:24].view(-1, 1, 8, 8), columns=12)

# %% [markdown]
# ### A first formula: logistic regression
#
# The simplest formula weighs the earlier pixels and adds up:
#
# $$p(x_i = 1 \mid x_{<i}) = \sigma\Big(b_i + \sum_{j<i} W_{ij}\, x_j\Big) \qquad \sigma(a) = 1 / (1 + e^{-a})$$
#
# The sigmoid $\sigma$ squashes the sum, called the **logit** (로짓), into a probability. $W_{ij}$ says how much ink at pixel $j$
# speaks for ink at pixel $i$. This is a logistic regression (로지스틱 회귀) for each pixel, also called a fully visible
# sigmoid belief net. It needs $D (D + 1) / 2$ numbers:

# %%
logistic = LogisticAutoregression(64)


def num_parameters(model):
    """How many numbers training may choose."""
    return sum(p.numel() for p in model.parameters())


num_parameters(logistic), 64 * 65 // 2

# %% [markdown]
# 2080 numbers for all 64 pasts. They cannot be counted, so they are trained. The **gradient** (기울기) of the loss, the
# nats of some training digits, says how the loss changes with each number. One step moves every number a little against it,
# `lr` says how far. `fit` repeats that. Three habits help: the weights shrink a little at every step (weight decay, 가중치
# 감쇠), they are averaged over the last steps, and what is kept is the average that was best on the validation digits.
# `change` may alter the images anew at each step and `watch` look on; both are for later:


# %%
def trained(model, images, check, steps=1000, lr=0.04, change=lambda x: x, watch=lambda *_: None):
    """The average of the model's weights that was best on `check`."""
    optimizer = torch.optim.AdamW(model.parameters(), lr, weight_decay=0.05)
    average = Average(model, decay=0.99)
    best = keep_best(average.module, lambda m: -m.log_prob(check).mean(), every=25)

    def after(step):
        average(step)
        watch(step, average.module)
        return best(step)

    player = Player(model, lambda x: -model.log_prob(change(x)).mean(), optimizer)
    fit({"model": player}, minibatches(images, size=32), steps, after)
    best.restore()
    return average.module


# %% [markdown]
# A thousand steps take a second or two here:


# %% tags=["nbval-ignore-output"]
@torch.no_grad()
def nats(model, x):
    """-log p(x) of each image: (B,)."""
    return -model.log_prob(x)


torch.manual_seed(0)
logistic = trained(LogisticAutoregression(64), train, valid)
logistic_nats, error = metrics.mean_and_error(nats(logistic, test))
assert logistic_nats < 19.19
print(f"logistic {logistic_nats:.1f} ± {error:.1f} nats, Markov order 9 19.2 nats")

# %% [markdown]
# Fourteen times fewer numbers than the Markov chain of order 9, and better. What does the formula miss? It can only add
# up. Take a world of three pixels where the third is black if **exactly one** of the first two is. Two coins decide
# everything, so the truth is $2 \ln 2 = 1.39$ nats:

# %% tags=["nbval-ignore-output"]
xor_world = torch.tensor([[0.0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]).repeat(16, 1)

torch.manual_seed(0)
for model in (LogisticAutoregression(3), NADE(3, hidden=8)):
    model = trained(model, xor_world, xor_world, steps=400, lr=0.1)
    print(f"{type(model).__name__:22} {nats(model, xor_world).mean():.1f} nats")

# %% [markdown]
# Logistic regression stays at $3 \ln 2 = 2.08$, three coins: no sum of two pixels says "exactly one". The model below it is
# NADE, which has a hidden layer (은닉층) between the pixels and the guess. Here is how it works.
#
# ## The equations
#
# $$h_i = \sigma(c + W_{:,<i}\; x_{<i}) \qquad\qquad p(x_i = 1 \mid x_{<i}) = \sigma(b_i + V_i \cdot h_i)$$
#
# In words: the $H$ hidden units $h_i$ look at all pixels before $i$. Column $j$ of $W$ is what pixel $j$ tells
# them, $c$ is where they start. Row $V_i$ turns them into the guess for pixel $i$, and $b_i$ is the guess without
# them. **The same $W$ and $c$ serve all pixels.** That is weight sharing (가중치 공유).
#
# ## The equations as code
#
# Word for word, one pixel at a time. Nothing here is clever, so there is little to get wrong:


# %%
def nade_log_prob(x, W, c, V, b):
    """log p(x) of one binary image x, (D,)."""
    total = 0.0
    for i in range(len(x)):
        h = torch.sigmoid(c + W[:, :i] @ x[:i])
        p = torch.sigmoid(b[i] + V[i] @ h)
        total += torch.log(p if x[i] == 1 else 1 - p)
    return total


# %% [markdown]
# ## Is it a probability?
#
# Eight pixels, five hidden units, random numbers everywhere. There are 256 images. List them, add up their
# probabilities, and do it again for the pixels in another order. Whatever the numbers, the sum must be one:

# %%
torch.manual_seed(0)
D, H = 8, 5
W, c, V, b = torch.randn(H, D), torch.randn(H), torch.randn(D, H), torch.randn(D)
every = every_image(D)

for order in (torch.arange(D), torch.randperm(D)):
    total = sum(nade_log_prob(x[order], W, c, V, b).exp() for x in every)
    assert torch.isclose(total, torch.tensor(1.0))
    print(f"{total:.4f}")

# %% [markdown]
# ## The same numbers, faster
#
# The naive loop adds up $W_{:,<i}\, x_{<i}$ anew for every pixel: $O(D^2 H)$ work an image. But the sum for pixel
# $i + 1$ is the sum for pixel $i$ plus **one column** of $W$. So carry a running sum $a$ along, and the work is $O(DH)$. The
# library's sampler shows it best:

# %%
print(inspect.getsource(NADE.sample))

# %% [markdown]
# Two derivations of one number must meet. The library's `log_prob` against the naive one, on all 256 images:

# %%
nade = NADE(D, H)
nade.load_state_dict({"W": W, "c": c, "V": V, "b": b})
naive = torch.stack([nade_log_prob(x, W, c, V, b) for x in every])

assert torch.allclose(naive, nade.log_prob(every), atol=1e-5)

# %% [markdown]
# How much does it save, and how should it be trained? `python benchmarks/nade.py` measured a training step for several sizes,
# and how long 16 samples take at the largest:

# %%
RESULTS = Path("../benchmarks/results")
speed = json.loads((RESULTS / "nade_speed.json").read_text())

for row in speed["steps"]:
    print(
        "{D:3} pixels, {H:3} hidden: loop {loop:5.0f} ms, NADE {nade:4.0f} ms,".format(**row),
        end="",
    )
    print(f" all pixels at once {row['cumsum']:5.0f} ms a training step")
print("16 samples: {full:.0f} ms by {D} full passes, {nade:.0f} ms".format(**speed["samples"][-1]))

# %% [markdown]
# "Loop" is the running sum as most tutorials write it, with every step remembered for the gradient. The library remembers only the
# last sum and walks it backwards. "All pixels at once" is one big operation without a loop. It looks parallel, but it must hold a
# number for each image, pixel and hidden unit, which leaves the fast memory: fewer operations are not always less
# time.
#
# ### What sharing saves
#
# The lecture says "the weights grow". Count. If each pixel had a hidden layer of its own, the numbers would grow with
# $D^2$. NADE shares one, and its numbers grow with $D$:

# %%
D, H = 784, 500
assert num_parameters(NADE(D, H)) == 2 * H * D + H + D == 785_284

print(f"hidden layers of their own  {H * D * (D - 1) // 2 + 2 * H * D + D:>13,}")
print(f"NADE                        {2 * H * D + H + D:>13,}")
print(f"logistic regressions        {D * (D + 1) // 2:>13,}")

# %% [markdown]
# ## What does it see?
#
# The **Jacobian** (야코비안), the table of all derivatives, says how each guess reacts to each pixel. Row $i$ of the picture is the logit of pixel $i$. A NADE with random
# numbers must react to **all** pixels before $i$, and to none from $i$ on:

# %%
torch.manual_seed(0)
untrained = NADE(64, hidden=16)
sees = torch.autograd.functional.jacobian(
    lambda x: untrained.conditionals(x[None]).logits[0], test[0]
)

assert sees.triu().abs().max() == 0 and (sees.tril(-1) != 0).sum() == 64 * 63 / 2
pictures.matrix(sees, "pixel j", "logit of pixel i")

# %% [markdown]
# The lower triangle is full, and the diagonal and everything above it are exactly zero. Compare the band of notebook 1.
#
# ## Train it
#
# The loss is the equation of $\log p(x)$ with a minus sign. NADE learns fast and then overfits, so we watch the validation
# digits and keep the best. While it trains, we record samples at some steps for later. It takes about five
# seconds:

# %%
moments = [1, 2, 5, 10, 20, 50, 100, 200, 400, 600, 800, 1000]
frames = []  # (step, sixteen samples, test nats)


def record(step, model):
    """Keep a frame at some moments."""
    if step + 1 in moments:
        noise = torch.Generator().manual_seed(0)
        frames.append((step + 1, model.sample(16, generator=noise), nats(model, test).mean()))


torch.manual_seed(0)
nade = trained(NADE(64, hidden=128), train, valid, watch=record)

# %% [markdown]
# Is that good? The table has what a benchmark measured on the same digits, the mean of ten seeds for NADE
# (`python benchmarks/nade_digits.py`). The last line is the model that you just trained:

# %% tags=["nbval-ignore-output"]
table = json.loads((RESULTS / "nade_ladder.json").read_text())
nade_nats, error = metrics.mean_and_error(nats(nade, test))
assert nade_nats < logistic_nats - 0.5

for row in table["ladder"]:
    print("{model:26} {numbers:>7,} numbers {test:6.2f} ± {error:.2f} nats".format(**row))
print(f"{'yours':26} {num_parameters(nade):7,} numbers {nade_nats:6.1f} ± {error:.1f} nats")

# %% [markdown]
# NADE is below everything that notebook 1 could count, and below a mixture of Bernoullis and logistic regressions. It uses
# fewer numbers than the chain of order 9.
#
# ## Look
#
# Twelve samples above, the nearest training digits below:

# %% tags=["nbval-ignore-output"]
samples = nade.sample(12, generator=torch.Generator().manual_seed(1))
nearest = train[metrics.nearest_neighbours(samples, train)]
print(f"they differ in {(samples != nearest).sum(1).float().mean():.0f} of 64 pixels on average")
pair = {"NADE": samples, "nearest digit": nearest}

pictures.rows({name: x.view(-1, 1, 8, 8) for name, x in pair.items()}, columns=12)

# %% [markdown]
# Most samples have the strokes of a digit, and some are close to a training digit. Now ask the model. In notebook 1 a mirrored
# digit was the hardest damage to find: 0.79 for order 8, where 0.5 is guessing:

# %% tags=["nbval-ignore-output"]
mirrored = test.view(-1, 8, 8).flip(2).flatten(1)
is_odd = [0] * len(test) + [1] * len(test)
area = roc_auc_score(is_odd, nats(nade, torch.cat([test, mirrored])))
assert area > 0.8
print(f"area under the ROC curve: {area:.1f}")

# %% [markdown]
# ## The order of the pixels
#
# The chain rule holds in any order. For a *table* of order 1 the order mattered much (notebook 1, exercise 3). For NADE, which sees
# the whole past? The ± of a mean is large because some digits are hard. But the same digits are hard for every model. So to compare two,
# subtract their nats digit by digit: the last lines give the mean difference and *its* standard error, which is
# two to five times smaller (`python benchmarks/paired.py`):

# %%
for row in table["orders"].values():
    print("{model:26} {test:.2f} ± {error:.2f} nats, std of ten seeds {spread:.2f}".format(**row))
for pair in json.loads((RESULTS / "paired.json").read_text())["nade"]:
    print("{model} less {less}: {difference:+.2f} ± {error:.2f}".format(**pair))

# %% [markdown]
# Raster and column order do not differ: $-0.06$ is less than its error. The two that differ most, both random, are 0.23 nats
# apart, three times the error, so an order may cost something. But tables of order 1 differed by 1.79 nats between raster and column. A model that
# sees the whole past does not need the pixel above to come eight steps before. The four together are an **ensemble**
# (앙상블): four orders as one mixture, $p(x) = \frac{1}{4} \sum_k p_k(x)$. It beats the best of its members by 0.30 nats, six times the error, because where
# one order is unsure another may know. We load four such models from a small file, trained by the same recipe
# (`python -m genlib.recipes nade_orders`):

# %%
ensemble = OrderEnsemble([NADE(64, 128) for _ in range(4)], torch.arange(64).expand(4, 64))
weights.load("nade_orders", ensemble)
order_names = ["raster", "column", "random a", "random b"]

print(f"{nats(ensemble, test).mean():.2f} nats together")

# %% [markdown]
# ## Real-valued pixels: RNADE
#
# The digits have 17 grey levels. RNADE keeps the shared hidden layer and lets it set a **mixture of Gaussians** (가우시안 혼합)
# for each pixel: $p(x_i \mid x_{<i}) = \sum_k w_k\, \mathcal N(x_i;\, \mu_k, s_k)$, with $w, \mu, s$ from $h_i$.
#
# A density needs real values, and levels are steps. So we spread each level: $(\text{level} + u) / 17$ with $u$ uniform. We train
# it like NADE, with new noise at every step:

# %%
grey_train, grey_valid, grey_test = (grey[split].flatten(1) for split in grey)
noise = torch.Generator().manual_seed(0)

torch.manual_seed(0)
rnade = trained(
    RNADE(64, hidden=64),
    grey_train,
    dequantize(grey_valid, noise),
    lr=0.01,
    change=lambda x: dequantize(x, noise),
)

# %% [markdown]
# A density may be larger than one. Only its *integral* must be one. Take one pixel of one digit, given all pixels before it, and
# integrate by adding up thin slices:


# %%
def density(image, i):
    """p(x_i | x_<i) of a grey image (64,) on a fine grid: (grid, density)."""
    grid = torch.linspace(-0.5, 1.5, 401)
    with torch.no_grad():
        conditional = pick(rnade.conditionals(image[None]), i)
        return grid, conditional.log_prob(grid).exp()


grid, p = density(dequantize(grey_test[:1], noise)[0], 35)
integral = torch.trapezoid(p, grid)

assert abs(integral - 1) < 0.02 and p.max() > 1
print(f"integral {integral:.2f}, and the largest value is above one: {bool(p.max() > 1)}")

# %% [markdown]
# How do you compare a density with a probability? A level is a cell of width 1/17 in each of 64 pixels. So $-\log p + 64 \ln 17$, with
# $p$ the density, is in the mean at least the nats of the levels: a bound. Uniform noise over the levels has 181.3
# nats. The benchmark's table:

# %% tags=["nbval-ignore-output"]
for row in json.loads((RESULTS / "nade_grey.json").read_text())["grey"]:
    bits = metrics.bits_per_dim(row["test"], 64)
    print(
        f"{row['model']:34} {row['test']:6.1f} ± {row['error']:.1f} nats, {bits:.2f} bits a pixel"
    )

levels_nats = discrete_bound(-nats(rnade, dequantize(grey_test, noise)), 64).mean()
print(f"{'yours':34} {levels_nats:6.0f} nats")

# %% [markdown]
# Both Gaussian rows at the top, which know how pixels go together, lose to **independent** levels, which know nothing of each
# other. Why? Many pixels are empty in most digits and grey in the rest. A table of levels has one number for "empty". One Gaussian must
# stretch over both. A mixture gives "empty" a narrow part of its own. RNADE with a single Gaussian a pixel stays behind
# independent levels, and with six it beats them all, although its 94.1 is only a bound on its discrete nats.
#
# ## Play 1: finish the image
#
# **How much must NADE see before all eight completions agree, and in which order do the pixels tell most?** A completion
# counts as the digit of the training image nearest to it:


# %%
def show_finish(order="raster", known=32, digit=3, generator=None):
    """What is known of a test digit, and eight ways to finish it.

    order: in which order the pixels come
    known: how many pixels are given, the first ones of that order
    digit: which of the 300 test digits
    """
    k = order_names.index(order)
    model, positions = ensemble.models[k], ensemble.orders[k]
    given = test[digit, positions[:known]]
    drawn = model.sample(8, given, generator)[:, positions.argsort()]
    read_as = labels["train"][metrics.nearest_neighbours(drawn, train)]
    agree = int((read_as == labels["test"][digit]).sum())
    seen = torch.full((64,), 0.4).index_put((positions[:known],), given)
    sheet = pictures.sheet(torch.cat([seen[None], drawn]).view(-1, 1, 8, 8), columns=3)
    return sheet, f"{agree} of 8 completions look like the true digit, {labels['test'][digit]}"


# %% [markdown]
# The first image is what NADE sees; grey is hidden. In raster order every 8 pixels are one row. Each order has its own NADE, one of the
# four in the file:

# %%
Panel(show_finish, order=order_names, known=(0, 56, 8), digit=(0, 299), seed=(0, 20))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# With seed 0, digit 0 (a 4), 16 pixels known: raster order gets 1 of 8 right, and the two random orders 8 and 6, because their
# pixels are spread over the whole image. Raster order needs 24 pixels for 7 of 8. Digit 3 (an 8) is harder: 5 of 8 in raster
# order with 32 pixels, 3 with 48, and all only with 56. With nothing known you see free samples.
# </details>
#
# ## Play 2: training time
#
# **What does NADE learn first?** Scrub through the samples that were recorded while it trained. All frames use the same random
# numbers. The curves are the nats of that run, with 128 hidden units, and those that the benchmark measured with the width you choose;
# the dotted line is the step that the samples come from:

# %% tags=["nbval-ignore-output"]
widths = json.loads((RESULTS / "nade_widths.json").read_text())["widths"]
curves = {row["hidden"]: {step: on_test for step, _, on_test in row["curve"]} for row in widths}


def show_training(moment=200, width=32):
    """Sixteen samples at a moment of the training, and the nats of the whole.

    moment: the step after which the samples were drawn
    width: the number of hidden units to compare with
    """
    _, images, ours = frames[moments.index(moment)]
    other = [curves[width][step] for step in moments]
    named = {"here, 128 hidden": [float(one) for *_, one in frames], f"{width} hidden": other}
    line = f"step {moment}: {ours:.1f} nats here, {curves[width][moment]:.1f} with {width} hidden"
    images = images.view(-1, 1, 8, 8)
    return pictures.progress(images, moments, named, moment, "step", "test nats"), line


step_choice = SelectionSlider(options=moments, value=200)
Panel(show_training, moment=step_choice, width=SelectionSlider(options=list(curves), value=32))

# %% [markdown]
# The benchmark's numbers as curves, on the test digits:

# %%
steps = [step for step in moments if step >= 50]
named = {f"{width} hidden": [curve[step] for step in steps] for width, curve in curves.items()}
pictures.curves(steps, named, "training step", "test nats per image", logx=True)

# %% [markdown]
# First NADE learns where ink is: at step 50 the width of 128 is at 26.7 nats, nearly as good as independent pixels (25.2). Then
# strokes: 18.6 at step 200. With 2 hidden units it stays above 22. With 512 it starts far off, and ends at 16.6, no better
# than 128 in these 1000 steps.
#
# ## Play 3: the density of one pixel
#
# **When does RNADE know a pixel for sure?** The frame marks the pixel. RNADE sees only the pixels before it, in the rows above and to
# the left:


# %%
def show_density(row=4, column=3, digit=3, generator=None):
    """RNADE's density of one pixel, given those before it.

    row: the row of the pixel
    column: the column of the pixel
    digit: which of the 300 test digits
    """
    image = dequantize(grey_test[digit], generator)
    grid, p = density(image, 8 * row + column)
    value = image[8 * row + column]
    picture = pictures.pixel(image.view(8, 8), (row, column), grid, p, value)
    log_p = p[(grid - value).abs().argmin()].log()
    return picture, f"log density at the true grey: {log_p:.1f} nats"


# %% [markdown]
# The curve is the density, the dashed line the true grey:

# %% tags=["nbval-ignore-output"]
Panel(show_density, row=(0, 7), column=(0, 7), digit=(0, 299), seed=(0, 20))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# In the first column (try row 4, column 0) the density is a narrow spike at no ink, far above one: the log density at the true grey
# is 2 to 3 for most digits. In the middle (row 4, column 3) it is broad and has several humps, one for each thing that could
# come next, and the log density is mostly between $-1$ and 2.5.
# </details>
#
# ## Play 4: larger digits
#
# **How much of a digit is decided by its top?** This NADE has 784 pixels and 317 hidden units. It was trained on the static
# binarized MNIST by `python -m genlib.recipes nade_mnist --data PATH`, and is the largest that fits a file of 1 MB:

# %%
large = NADE(784, hidden=317)
print(weights.load("nade_mnist", large)["nats"])


def show_large(rows=12, image=0, generator=None):
    """A digit that NADE drew, and seven ways to finish its upper rows.

    rows: how many rows are kept
    image: which of its own digits
    """
    first = own_digit(image)
    drawn = large.sample(7, first[0, : 28 * rows], generator)
    return pictures.sheet(torch.cat([first, drawn]).view(-1, 1, 28, 28), columns=4)


@cache
def own_digit(seed):
    """A digit that NADE draws, (1, 784)."""
    return large.sample(1, generator=torch.Generator().manual_seed(seed))


# %% [markdown]
# These are nats on the 10,000 test images. The public code of NADE's authors tells 88.33 for theirs in a fixed order (`deepnade/` in github.com/MarcCote/NADE). Ours draws a digit of its own, at the top left, keeps the upper rows, and finishes them seven times anew:

# %%
Panel(show_large, rows=(0, 20, 2), image=(0, 20), seed=(0, 20))

# %% [markdown]
# Keep few rows and compare the seven completions; then keep more than half. Strokes are crisp, but not every sample is a digit.
#
# ## Break it
#
# **Mistake 1: the sigmoid twice.** A widely used library has done this since 2020: probabilities go where logits belong. Is it
# still a probability? Test it on eight pixels:

# %%
small = NADE(8, hidden=5)
small.load_state_dict({"W": W, "c": c, "V": V, "b": b})
logits = small.conditionals(every).logits.detach()
drawn = metrics.frequencies(small.sample(20_000, generator=torch.Generator().manual_seed(0)))

for name, a in (("honest", logits), ("twice", logits.sigmoid())):
    p = torch.distributions.Bernoulli(logits=a).log_prob(every).sum(1).exp()
    print(
        f"{name:6} sum {p.sum():.4f}, distance to samples {metrics.total_variation(p, drawn):.2f}"
    )

# %% [markdown]
# It still sums to one! Listing all images does not find it. The **samples** do: the sampler squashes once, so it draws from another
# distribution than `log_prob` tells. A second sign: every guess lies between 0.5 and $\sigma(1) = 0.73$. It can never say
# *white*. A black pixel costs at least 0.31 nats and a white one 0.69, in a digit learnt by heart too.
#
# **Mistake 2: the own pixel in the sum.** Add the column first and guess afterwards:

# %%
with_own = torch.sigmoid(c + (every[:, :, None] * W.T).cumsum(1))  # (256, 8, 5)
peeking = torch.distributions.Bernoulli(logits=(with_own * V).sum(2) + b)
print(f"sum {peeking.log_prob(every).sum(1).exp().sum():.2f}")

# %% [markdown]
# Now the sum finds it, and so would the diagonal of the Jacobian.
#
# **Mistake 3: an ensemble of averaged guesses.** Two coins that always agree. One model reads left to right, the other right to left. Both are
# perfect. Average their *guesses* pixel by pixel, as probabilities or as logits, or average their *joint* probabilities:

# %%
# p(first), p(second) of the images 00, 01, 10, 11, as either order guesses them
forward = torch.tensor([[0.5, 1.0], [0.5, 0.0], [0.5, 0.0], [0.5, 1.0]])
backward = forward.flip(1)

guesses = (forward + backward) / 2
by_logits = (forward.logit() + backward.logit()).div(2).sigmoid()
for name, p in (("guesses", guesses), ("logits", by_logits)):
    print(f"averaged {name}: sum {p.prod(1).sum():.2f}")
print(f"averaged joint: sum {(forward.prod(1) + backward.prod(1)).div(2).sum():.2f}")

# %% [markdown]
# Only the joint average is a probability. The other two look *better* than the truth in nats, because they hand out 1.25 or 2 in
# place of 1. Check the sum before you believe a record.
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
# **2. Write it** (15 minutes). All logits of one image in $O(DH)$, with one running sum $a$ and no sum anew. The work is
# counted in operations of torch.


# %%
def my_logits(x, W, c, V, b):
    """The logits of p(x_i = 1 | x_<i), (D,), for one image x, (D,)."""
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
# **3. Write it** (10 minutes). The ensemble. From the log-probabilities of $K$ orders, $(K, B)$, get those of their mixture, $(B,)$.


# %%
def my_mixture(log_probs):
    """log of the mean probability over the K orders, (B,)."""
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
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | To guess pixel $t$, NADE looks at pixels 1 to $t - 1$. | holds: all of them, and none later | What does it see? |
# | The nodes are independent of each other. | wrong: the hidden layers share $W$ and $c$, and the sum inside each sigmoid is the one before plus a column | The equations, The same numbers |
# | A drawback: the weights grow towards the later nodes. | holds for separate layers or logistic regressions; wrong for NADE, which shares one $W$ | What sharing saves |
# | NADE is an explicit model: it gives a probability. | holds: listed and summed to one | Is it a probability? |
# | For continuous data it uses a Gaussian. | holds if it is a *mixture* of Gaussians: RNADE | Real-valued pixels |
#
# ## Summary
#
# | model | $p(x)$? | draws how | numbers (64 pixels) | test nats on the binary digits | cost of one image |
# |---|---|---|---|---|---|
# | uniform | exact | 64 coins at once | 0 | 44.36 | nothing |
# | independent pixels | exact | 64 coins at once | 64 | 25.18 ± 0.22 | $D$ look-ups |
# | Markov, order 9 | exact | in 64 steps | 28,671 | 19.19 ± 0.23 | $D$ look-ups |
# | logistic regressions | exact | in 64 steps | 2,080 | 18.19 ± 0.22 | $O(D^2)$ |
# | **NADE**, 128 hidden | exact | in 64 steps | 16,576 | 16.57 ± 0.25 | $O(DH)$ |
# | four orders of NADE | exact | in 64 steps | 66,304 | 16.21 ± 0.24 | $4 \times O(DH)$ |
#
# Where it breaks: each pixel has its own row of $V$, so NADE learns a stroke anew at each place of the image. And $D$ pixels
# cost $D$ steps to draw. Notebook 3 keeps the chain rule and lets a **memory** walk over the image.
#
# H. Larochelle and I. Murray (2011), *The Neural Autoregressive Distribution Estimator*. B. Uria, I. Murray and H. Larochelle (2013),
# *RNADE: the real-valued neural autoregressive density-estimator*.
