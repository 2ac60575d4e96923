# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 6 · DCGAN: a generator that knows what an image is
#
# > DCGAN took the GAN from fully connected layers to convolutions. The generator enlarges with transposed convolutions, and the paper lists the rules
# > that make the game stable.
#
# **Which of the rules does the work?**
#
# After this notebook you can compute what a transposed convolution does, see where checkerboards come from, train a DCGAN in
# half a minute, and say what each of the paper's rules was worth here.
#
# Key terms: transposed convolution (전치 합성곱), stride (보폭), padding (패딩), checkerboard artefact (격자 무늬 결함), batch normalisation (배치 정규화),
# interpolation (보간), Frechet distance (프레셰 거리).
#
# Everything is imported in one place.

# %%
import inspect
import json
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from genlib import metrics, pictures, weights
from genlib.data import digits, enlarge, moved_digits
from genlib.exercises import dcgan as exercise
from genlib.judges import frechet_of_digits, judged, shipped_classifier
from genlib.models import DCGANDiscriminator, DCGANGenerator
from genlib.recipes.dcgan import MOMENTS, blank_frames, dcgan_pair, train_gan
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# ## The question
#
# In notebook 5 two small networks played a game over points in the plane. Now the data are images. The digits of this course are enlarged to
# 16 × 16. Each is shifted, turned and scaled a little, in ten different ways:

# %%
real, _ = moved_digits("train", copies=10)
print(tuple(real.shape))
pictures.show(real[:24], columns=12)

# %% [markdown]
# A generator of fully connected layers (an MLP) gives 256 numbers. It does not know which of them are neighbours. If you shuffled the pixels of all images in the same
# way, it would learn just as well, or as badly. How badly? On the ring of notebook 5 the truth could be computed. Images need another number.
#
# Let a digit classifier look at two sets of images, and keep its last hidden layer, 64 numbers an image. The **Frechet distance** (프레셰 거리) compares their means $m$ and
# covariance matrices $C$ in the two sets:
#
# $$d = \| m_1 - m_2 \|^2 + \mathrm{tr}\left( C_1 + C_2 - 2\, (C_1 C_2)^{1/2} \right)$$
#
# Smaller is better. Here 3000 samples are always compared with 3000 moved *test* digits. This table was made by `python benchmarks/dcgan.py equal`, with five seeds:

# %%
table = lambda name: json.loads(Path(f"../benchmarks/results/dcgan_{name}.json").read_text())
equal = table("equal")
scores = lambda rows, name: [row[name] for row in rows]
found = scores(equal["rows"]["mlp"], "frechet")
print(f"Frechet: MLP {min(found):.1f} to {max(found):.1f}, training digits {equal['floor']:.1f}")

# %% [markdown]
# Training digits do not reach zero either. Their 1.3 is the **floor**, and no distance means anything without it. The MLP is 16 to 24 times as far.
#
# ## The equations
#
# A **convolution** (합성곱) slides a small kernel over the image. The **stride** (보폭) $s$ says how far it moves at a time, and the **padding** (패딩) $p$ how many zeros
# stand around the image. From an image of width $i$, a kernel of width $k$ makes one of width
#
# $$o = \lfloor (i + 2p - k) / s \rfloor + 1$$
#
# So $k = 4$, $s = 2$, $p = 1$ halve an image. A generator must go the other way. A convolution is linear, so on the column $x$ of all pixels it is
# a matrix, $y = Kx$, and a matrix has a transpose. The **transposed convolution** (전치 합성곱) takes $y$ to $K^{\mathsf T} y$. From width $i$ it makes
#
# $$o = (i - 1)\, s - 2p + k$$
#
# It swaps the shapes: $k = 4$, $s = 2$, $p = 1$ now double. It does not undo the convolution, so the name "deconvolution" misleads.
#
# ## The equations as code
#
# Each pixel presses the kernel onto the output like a stamp, as strongly as the pixel's value. The next stamp stands $s$ pixels further. Overlapping stamps add up. At
# the end the padding is cut away:


# %%
def naive_up(x, kernel, s, p):
    """A transposed convolution of one channel: (H, W), (k, k) -> ((H - 1) s - 2 p + k, ...)."""
    (height, width), k = x.shape, len(kernel)
    y = torch.zeros((height - 1) * s + k, (width - 1) * s + k, dtype=x.dtype)
    for row in range(height):
        for column in range(width):
            top, left = row * s, column * s
            y[top : top + k, left : left + k] += x[row, column] * kernel
    return y[p : len(y) - p, p : y.shape[1] - p]


# %% [markdown]
# A check by hand: two pixels, 1 and 10, stride 2, a 3 × 3 kernel of ones. The output has three equal rows, and the middle pixel gets both stamps:

# %%
naive_up(torch.tensor([[1.0, 10.0]]), torch.ones(3, 3), s=2, p=0)[0]

# %% [markdown]
# ## Is it the transpose?
#
# Three statements can be checked. First: it is an ordinary convolution after all. Put $s - 1$ zeros between the pixels and
# $k - 1 - p$ zeros around them, turn the kernel by 180 degrees, and convolve with stride 1:


# %%
def zeros_between(x, s):
    """s - 1 zeros between neighbours: (H, W) -> ((H - 1) s + 1, (W - 1) s + 1)."""
    y = torch.zeros((len(x) - 1) * s + 1, (x.shape[1] - 1) * s + 1, dtype=x.dtype)
    y[::s, ::s] = x
    return y


# %% [markdown]
# Stamps, zeros and torch must agree, for every kernel to 5, stride to 3 and padding to half of the kernel:

# %%
torch.manual_seed(0)
x = torch.randn(4, 5, dtype=torch.float64)
settings = [(k, s, p) for k in range(1, 6) for s in range(1, 4) for p in range(k // 2 + 1)]
for k, s, p in settings:
    kernel = torch.randn(k, k, dtype=torch.float64)
    torchs = F.conv_transpose2d(x[None, None], kernel[None, None], stride=s, padding=p)[0, 0]
    inserted = zeros_between(x, s)[None, None]
    turned = F.conv2d(inserted, kernel.flip(0, 1)[None, None], padding=k - 1 - p)[0, 0]
    assert torch.allclose(naive_up(x, kernel, s, p), torchs) and torch.allclose(turned, torchs)
    assert torchs.shape == tuple((i - 1) * s - 2 * p + k for i in x.shape)
print(len(settings), "settings agree")

# %% [markdown]
# With stride 2, about three of four numbers in the second way are zeros, and the stamps skip them.
#
# Second: it *is* the transpose. Convolve each of the 256 images that have one pixel 1 and all others 0: that gives the columns of $K$. Third: it is
# *not* the inverse. Go down and up, and measure how far $K^{\mathsf T} K x$ is from $x$:

# %%
torch.manual_seed(0)
kernel = torch.randn(1, 1, 4, 4, dtype=torch.float64)
one_pixel = torch.eye(256, dtype=torch.float64).view(256, 1, 16, 16)
K = F.conv2d(one_pixel, kernel, stride=2, padding=1).view(256, 64).T
x, y = (torch.randn(1, 1, n, n, dtype=torch.float64) for n in (16, 8))
down = F.conv2d(x, kernel, stride=2, padding=1)
up = F.conv_transpose2d(y, kernel, stride=2, padding=1)
assert torch.allclose(K @ x.flatten(), down.flatten())
assert torch.allclose(K.T @ y.flatten(), up.flatten())
off = (K.T @ down.flatten() - x.flatten()).norm() / x.norm()
print(f"K is {len(K)} x {len(K.T)}; down and up is off by {off:.1f} times the length of x")

# %% [markdown]
# It cannot be: 64 numbers do not hold 256.
#
# ## The same numbers, faster
#
# The library stacks torch's layers. In its source, `_up` is a transposed convolution with kernel 4, the first with stride 1, the others with stride 2 and padding 1. `_widths` are the
# channels, 32 at 8 × 8 and 64 at 4 × 4. `dcgan_init` draws the first weights with standard deviation 0.02. And **batch normalisation** (배치 정규화) gives for each channel
#
# $$y = \gamma\, \frac{x - m}{\sqrt{v + \varepsilon}} + \beta$$
#
# with mean $m$ and variance $v$ over all pixels of all images of the batch, a learnt gain $\gamma$ and shift $\beta$, and a tiny $\varepsilon$. After training (`eval()`), $m$ and $v$ are
# running averages, and an image no longer depends on its batch.

# %%
print(inspect.getsource(DCGANGenerator.__init__))

# %% [markdown]
# Follow an image through it (channels, height, width). D goes the other way: two convolutions with stride 2, down to 4 × 4, then a third to one logit. Its units are
# **leaky ReLUs**, which let one fifth of a negative input through.

# %%
torch.manual_seed(0)
G, D = DCGANGenerator(latent_dim=16), DCGANDiscriminator()
h = G.noise(1)
for layer in G.layers:
    h = layer(h)
    print(f"{type(layer).__name__:16}", *h.shape[1:])
print(f"{sum(w.numel() for w in G.parameters()):,} numbers in G")

# %% [markdown]
# Do the loops give the same last layer? Each of the 32 channels has its own kernel, and the results are added:

# %%
last = G.layers[-2].double()
h = torch.randn(1, 32, 8, 8, dtype=torch.float64)
naive = sum(naive_up(x, kernel[0], 2, 1) for x, kernel in zip(h[0], last.weight, strict=True))
assert torch.allclose(naive + last.bias, last(h)[0, 0])
last = last.float()

# %% [markdown]
# ## What does it see?
#
# How many stamps fall on each output pixel? Let every input and the whole kernel be 1, and count. The stride is 2, and the kernel is 3 or, as in our DCGAN, 4:


# %%
def stamps(k, s, p):
    """How many stamps each output pixel of an 8 x 8 input gets."""
    return naive_up(torch.ones(8, 8), torch.ones(k, k), s, p)


for k in (3, 4):
    print(f"kernel {k}:", *[f"{n:.0f}" for n in stamps(k, 2, 1)[5]], " along a row inside")

# %% [markdown]
# With kernel 3 the counts alternate: a **checkerboard** (격자 무늬). With kernel 4 every pixel inside gets four stamps, because 4 is a multiple of 2. What does that do to an untrained layer? Draw
# 2000 random kernels with a random input each (`groups` keeps them apart). How strong is the output in even and odd rows and columns?

# %%
torch.manual_seed(0)
for k in (3, 4):
    x, kernels = torch.randn(1, 2000, 8, 8), torch.randn(2000, 1, k, k)
    y = F.conv_transpose2d(x, kernels, stride=2, padding=1, groups=2000)
    inside = y[0, :, 2:12, 2:12]
    power = [inside[:, a::2, b::2].square().mean() for a in (0, 1) for b in (0, 1)]
    print(f"kernel {k}: mean squares", *[f"{v:.1f}" for v in power])

# %% [markdown]
# Kernel 3 begins with a pattern whose strongest pixels have four times the power of the weakest. Training has to unlearn it. The original DCGAN's kernel 5 with
# stride 2 is uneven too, as you can see in Play 3.
#
# How far does one cell inside the 4 × 4 map reach? Two doublings, all weights 1:

# %%
cell = torch.zeros(4, 4)
cell[1, 1] = 1
reach = naive_up(naive_up(cell, torch.ones(4, 4), 2, 1), torch.ones(4, 4), 2, 1)
print(f"rows that are touched: {(reach.sum(1) > 0).sum()} of {len(reach)}")

# %% [markdown]
# So such a cell draws a region of 10 × 10 pixels, and neighbours overlap. That is what the MLP lacks: a place.
#
# ## Train it
#
# The game is that of notebook 5, with the non-saturating loss. As there, real and fake go through D in two passes (Mistake 1 shows why), and samples come from a moving
# average of G's weights. New are the rates: 0.001 for G and 0.0002 for D, chosen on validation digits (the paper: 0.0002 for both). They fall to 2 % of that, so that the game comes to rest. It
# takes about half a minute:

# %% tags=["nbval-ignore-output"]
print(inspect.getsource(train_gan))
torch.manual_seed(0)
G, D, start = DCGANGenerator(latent_dim=16), DCGANDiscriminator(), time.process_time()
G = train_gan(G, D, steps=1500)
print(f"{time.process_time() - start:.0f} seconds")

# %% [markdown]
# ## Look
#
# Samples above, the nearest training images below. A copy would be the same picture twice:

# %%
samples = G.sample(5000, generator=torch.Generator().manual_seed(0))
nearest = lambda x: real[metrics.nearest_neighbours(x.flatten(1), real.flatten(1))]
pictures.rows({"samples": samples[:12], "nearest digit": nearest(samples[:12])}, columns=12)

# %% [markdown]
# Most are digits, some are not, and some come near their neighbour. Eyes are kind, so ask a judge: the classifier, which learnt from training digits alone. Of how
# many images is it sure (more than 0.9)? What share has the rarest digit? And how long is, on average, the difference from the nearest training image? Test digits set the standard:

# %% tags=["nbval-ignore-output"]
classifier = shipped_classifier()


for name, x in {"test": moved_digits("test", copies=10)[0], "samples": samples}.items():
    found = judged(x)
    away = (x[:500] - nearest(x[:500])).flatten(1).norm(dim=1).mean()
    print(
        f"{name:7} sure of {found['sure']:.2f}; rarest {found['rarest']:.3f}; distance {away:.1f}"
    )
print(f"Frechet distance of the samples {frechet_of_digits(samples):.1f}")
assert found["digits"] == 10

# %% [markdown]
# Of real digits the judge is nearly always sure, of the samples in seven of ten. No digit has been lost. (Whether all *ways to write* it are
# there, this does not tell.) And samples are further from training images than test digits are, so G does not copy.
#
# An MLP gets as many seconds in the same game, with rates, batches and dropout of its own, also chosen on validation digits. Five seeds each:

# %%
for name, rows in equal["rows"].items():
    f, rare = scores(rows, "frechet"), scores(rows, "rarest")
    print(
        f"{name:6} Frechet {min(f):.1f} to {max(f):.1f}; rarest {min(rare):.3f} to {max(rare):.3f}"
    )
worst_dcgan = max(scores(equal["rows"]["dcgan"], "frechet"))
assert worst_dcgan < min(scores(equal["rows"]["mlp"], "frechet"))

# %% [markdown]
# After 25 seconds the worst DCGAN is better than the best MLP. But give both half as much again (`python benchmarks/dcgan.py longer`):

# %%
for name, rows in table("longer")["rows"].items():
    f, t = scores(rows, "frechet"), scores(rows, "seconds")
    print(f"{name:6} {max(t):.0f} seconds: Frechet {min(f):.1f} to {max(f):.1f}")

# %% [markdown]
# Now the ranges overlap: the best MLP is a little ahead of the worst DCGAN. So the lead depends on the time, and nobody measured whether the MLP would catch up. And
# the lead is that of the whole recipe: the MLP has no batch normalisation, and without it in G (next table) DCGAN has 20.4, about as the best MLP after 25 seconds.
# But an MLP's outer layers grow with the number of pixels, and a kernel does not.
#
# ### The rules, one by one
#
# The paper's rules: strides instead of pooling (the mean or maximum of small blocks), batch normalisation except at G's output and D's input, no hidden dense layers, ReLU in G,
# leaky ReLU in D, and first weights with standard deviation 0.02. Each but the one on dense layers was left out alone (layers without strides have 3 × 3 kernels), with `python benchmarks/dcgan.py rules`:

# %%
rules = table("rules")["rows"]
for name, rows in rules.items():
    f = sum(scores(rows, "frechet")) / len(rows)
    print(f"{name:30} Frechet {f:6.1f}   seconds {max(scores(rows, 'seconds')):.0f}")

# %% [markdown]
# One seed each, so these are hints and no proof. For scale: five seeds of the full recipe lie between 12.9 and 15.2.
#
# Which rule does the work? By far the most harm comes from batch normalisation at D's *input* (207): only six digits are left. (It takes a batch's brightness and contrast away before D looks. Whether that is the cause was not tested.)
# Next come pooling in D (34) and batch normalisation at G's output (29). Without it inside, or with torch's own first weights, the distance is 19 to 20.
# Upsampling with a convolution in G and leaky ReLU in G hardly matter, though upsampling takes more seconds. And one rule does *not* earn its place here: D with plain ReLU is
# better in this one run (8.3). A recipe that was found on photographs is no law.
#
# ### What has the discriminator learnt?
#
# Nobody gave D a label. Yet to tell real from fake it may have learnt what strokes are. The paper takes all of D's maps, max-pooled to 4 × 4, as features for a linear classifier. So do we, with
# least squares and a ridge, which keeps the weights small. The validation digits choose the ridge. (It is solved for $n$ images instead of 1536 features, because $n$ is smaller.)


# %%
@torch.no_grad()
def linear_hits(features, n):
    """Which test digits a ridge classifier of n training digits gets right, ridge chosen on valid: (300,)."""
    parts = [digits(split) for split in ("train", "valid", "test")]
    train, valid, test = [(features(enlarge(images)), label) for images, label in parts]
    x, y = train[0][:n], train[1][:n]
    scale = lambda h: (h - x.mean(0)) / (x.std(0) + 1e-3)
    right = lambda h, label: ((scale(h) @ w).argmax(1) == label).double()
    targets = F.one_hot(y, 10) - 0.1  # mean near zero: no constant is needed
    best = 0, None  # on valid, on test
    for ridge in (1, 10, 100, 1000, 10_000):
        kernel = scale(x) @ scale(x).T + ridge * torch.eye(n)
        w = scale(x).T @ torch.linalg.solve(kernel, targets)
        if right(*valid).mean() > best[0]:
            best = right(*valid).mean(), right(*test)
    return best[1]


# %% [markdown]
# The opponents are raw pixels and an untrained D, with 50, 200 and all 1297 labelled digits. All are judged on the same 300 digits, so differences are taken digit by digit:

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
features = {
    "raw pixels": lambda x: x.flatten(1),
    "untrained D": DCGANDiscriminator().eval().pooled,
}
features["trained D"] = D.pooled
all_n = (50, 200, 1297)
hits = {k: torch.stack([linear_hits(f, n) for n in all_n]) for k, f in features.items()}
for name, found in hits.items():
    print(f"{name:12}", *[f"{hit.mean():.3f}" for hit in found])
for name in ("raw pixels", "untrained D"):
    less = [metrics.mean_and_error(each) for each in hits["trained D"] - hits[name]]
    print(f"trained D less {name:12}", *["{:+.3f} ± {:.3f} ".format(*pair) for pair in less])

# %% [markdown]
# Look twice. The trained D beats raw pixels in all three columns, by about three errors or more. But the *untrained* D does as well! None of its three differences
# is twice its error. So the architecture helps, not the training. The paper reports 82.8 % on
# CIFAR-10 for a D that was trained on more than a million images, and no row for an untrained one. Always ask for that row.
#
# ## Play 1: samples as training went
#
# **When does it begin to draw digits, and do all seeds take the same way?** Five trainings were recorded, each seen through the same forty noises. The classifier tells how many of
# the forty it reads as the digit that they are at the end:

# %%
frames = blank_frames()
weights.load("dcgan_frames", frames)


def show_moment(moment=5, seed=0):
    """Forty samples of one training at one moment.

    moment: which of the recorded moments, from step 1 to step 1500
    seed: which of the five trainings
    """
    x, last = (frames.levels[seed, m, :, None] / 255 for m in (moment, -1))
    same = (classifier(x).argmax(1) == classifier(last).argmax(1)).sum()
    line = f"after step {MOMENTS[moment]}: Frechet {frames.frechet[seed, moment]:.1f}"
    return pictures.sheet(x, columns=8), f"{line}, {same} of 40 are read as at the end"


# %% [markdown]
# Go from left to right, then change the seed:

# %%
Panel(show_moment, moment=(1, len(MOMENTS) - 1), seed=(0, 4))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# After 50 steps there is noise (Frechet over 600), after 100 blobs, after 150 strokes (117 to 156), after 300 digits (31 to 37). At step 750 all seeds are at 15 to 20, at step 1500 at 12.9 to 15.2. Seed 4 is at 11.6 at
# step 1000: the distance does not fall at every moment. Each seed gives other digits to the same noise. Nor does a noise keep its digit: at step 150, 9 to 19 of the forty are read as at the end, at step 750 still only 27 to 32. (Some
# pictures are never clear, and their reading is shaky.)
# </details>
#
# ## Play 2: a walk from one noise to another
#
# **Is the middle of two noises a noise?** A walk from one to another is an **interpolation** (보간). In sixteen dimensions a standard normal vector has a length near
# $\sqrt{16} = 4$, and one in twenty is shorter than 2.8. But the *middle* of two is usually 2.8 long. So people walk along a **great circle** (대원): between ends of equal length
# it keeps the length. With the angle $\omega$ between $a$ and $b$, the point at share $t$ of the way is
#
# $$\frac{\sin((1 - t)\, \omega)\, a + \sin(t\, \omega)\, b}{\sin \omega}$$

# %%
pair = dcgan_pair().eval()
weights.load("dcgan_digits", pair)
G_long = pair["generator"]


def great_circle(a, b, t):
    """From a at t = 0 to b at t = 1 by equal angles: (Z,), (Z,), (T, 1) -> (T, Z)."""
    angle = torch.acos((a @ b) / (a.norm() * b.norm()))
    return (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin()


# %% [markdown]
# The weights are from a training four times as long (`python -m genlib.recipes dcgan_digits`), which reached a Frechet distance of 9.0 instead of 13.3. The straight way is above, the
# great circle below. Ink is the mean of a row's pixels:


# %%
def show_walk(first=0, second=10, length=1.0):
    """Seven steps between two noises.

    first: where the walk begins
    second: where it ends
    length: both ends are made this much longer
    """
    noise = length * torch.randn(20, 16, generator=torch.Generator().manual_seed(0))
    t, a, b = torch.linspace(0, 1, 7)[:, None], noise[first], noise[second]
    ways = [(1 - t) * a + t * b, great_circle(a, b, t)]
    x, (low, low_circle) = G_long(torch.cat(ways)), [way.norm(dim=1).min() for way in ways]
    line = f"shortest noise: straight {low:.1f}, great circle {low_circle:.1f}"
    line += f"; ink {x[:7].mean():.2f} and {x[7:].mean():.2f}"
    return pictures.sheet(x, columns=7), line


# %% [markdown]
# Choose two ends. Then make both very short or long:

# %%
Panel(show_walk, first=(0, 9), second=(10, 19), length=[0.2, 0.4, 0.6, 0.8, 1.0, 2.0])

# %% [markdown]
# Let the judge look at 3000 middles of random pairs, and at 3000 plain samples:

# %% tags=["nbval-ignore-output"]
a, b = torch.randn(2, 3000, 16, generator=torch.Generator().manual_seed(1))
circle = torch.stack([great_circle(*ends, torch.tensor([0.5])) for ends in zip(a, b, strict=True)])
for name, z in {
    "plain samples": a,
    "straight middles": (a + b) / 2,
    "circle middles": circle,
}.items():
    x = G_long(z).detach()
    print(f"{name:17} Frechet {frechet_of_digits(x):5.1f}, sure of {judged(x)['sure']:.2f}")

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# By eye the two ways hardly differ: the same strokes bend at the same steps, a little paler where the noise is short. At length 0.2 almost nothing is left (ink 0.04). At 2.0 the digits stay as they are (0.27 and 0.26, before 0.25 and 0.26).
# So the *direction* decides which digit it is, and the length matters only where it is unusually short. The judge sees more: straight middles are
# at Frechet distance 14.7, plain samples at 8.8 and circle middles at 8.6. But it is as sure of all three (0.72 to 0.73). The great circle helps, and less than its fame says.
# </details>
#
# ## Play 3: kernel, stride, padding
#
# **Which settings overlap evenly?** The input has 8 × 8 pixels. Darker means more stamps:


# %%
def show_stamps(kernel=3, stride=2, padding=1):
    """The number of stamps on each output pixel.

    kernel: width of the stamp
    stride: from one stamp to the next
    padding: how many pixels are cut off at each side
    """
    n = stamps(kernel, stride, padding)
    canvas = torch.zeros(36, 36)
    canvas[: len(n), : len(n)] = 0.1 + 0.9 * n / n.max()
    middle = slice(len(n) // 2 - stride, len(n) // 2 + stride)
    counts = sorted({int(v) for v in n[middle, middle].flatten()})
    return 1 - canvas, f"output {len(n)} x {len(n)}, stamps on the pixels in the middle: {counts}"


# %% [markdown]
# Look for settings that are even inside, and among them for one that doubles 8 to 16:

# %%
Panel(show_stamps, kernel=(2, 7), stride=(1, 4), padding=(0, 2))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Inside, the picture is even exactly where the stride divides the kernel: 2 with 2, 4 with 2, 6 with 2, 3 and 6 with 3, 4 with 4. If the kernel is smaller than the stride, some pixels get no
# stamp at all. To double 8 to 16 with stride 2 you need $k = 2 + 2p$: 2 without padding, 4 with padding 1, 6 with padding 2. Near the border there are fewer stamps, unless the kernel is as wide as the stride or the padding cuts that part away.
# </details>
#
# ## Break it
#
# **Mistake 1: real and fake in one batch-norm batch.** It looks like a saving: concatenate, one pass, split. But then each answer depends on the whole batch. Take 32 real digits, and give them company: other
# real digits, or what the trained G or a fresh G draws. How far do D's answers to the *same* 32 digits move? For scale, how much do they differ among themselves?

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
company = {
    "real digits": real[32:64],
    "trained G": samples[:32],
    "fresh G": DCGANGenerator(latent_dim=16).sample(32),
}
with torch.no_grad():
    D.train()
    alone = D(real[:32])
    mixed = {name: D(torch.cat([real[:32], other]))[:32] for name, other in company.items()}
    D.eval()
for name, logits in mixed.items():
    print(f"company {name:11} moved by {(logits - alone).abs().mean():.2f}")
print(f"spread among the 32 digits {alone.std():.2f}")

# %% [markdown]
# Real company hardly moves the answers, and a trained G's fakes little. A fresh G's fakes move them by 0.81, while the digits themselves differ by 0.12. So while fakes are bad, D's
# answer says more about the neighbours than about the image. Besides, D would learn in mixed company, and judge G in batches of fakes alone. So `real_and_fake` makes
# two passes. No error tells you of this mistake. The instrument: the same images, other company.
#
# **Mistake 2: `BatchNorm2d(n, 0.8)`.** In a well-known public DCGAN the 0.8 was most likely meant as a momentum. But the second argument is $\varepsilon$.
# What comes out of G's first normalisation at the start?

# %%
torch.manual_seed(0)
fresh = DCGANGenerator(latent_dim=16)
h = fresh.layers[:2](fresh.noise(500)).detach()
for eps in (1e-5, 0.8):
    y = nn.BatchNorm2d(h.shape[1], eps)(h)
    print(f"eps {eps}: std before {h.std():.2f}, after {y.std():.2f}")

# %% [markdown]
# It was meant to be 1. With 0.8 beside a variance of $0.08^2$ the layer normalises nearly nothing, and no error is raised. The instrument is one line: print the standard
# deviation after the layer. And name the momentum. In Keras 0.8 is the share of the old average, in torch `momentum` is that of the new batch: `BatchNorm2d(n, momentum=0.2)`.
#
# **Mistake 3: a sigmoid before a loss that takes logits.** Notebook 5 showed what it does to D. And to G? `binary_cross_entropy_with_logits` has the sigmoid inside. With one more at
# the end of D it is applied twice. G's loss for five fakes, and its slope:

# %%
s = torch.tensor([-10.0, -3.0, 0.0, 3.0, 10.0], requires_grad=True)
for name, logits in {"logits": s, "sigmoid first": s.sigmoid()}.items():
    loss = F.binary_cross_entropy_with_logits(logits, torch.ones(5), reduction="none")
    slope = torch.autograd.grad(loss.sum(), s)[0]
    print(f"{name:14} loss", *[f"{v:6.3f}" for v in loss], "  slope", *[f"{v:7.4f}" for v in slope])

# %% [markdown]
# At logit $-10$, where a generator needs its push most, the slope is 0.0000 instead of $-1$: the non-saturating loss saturates again. The sign is a loss in a narrow band: it
# never leaves $\ln(1 + e^{-1}) = 0.313$ to $\ln 2 = 0.693$.
#
# ## Exercises
#
# **1. Predict, then run** (5 minutes). A map of 4 × 4 goes through `ConvTranspose2d(..., kernel_size=5, stride=2, padding=2)`. How wide is the output?

# %%
my_width = None  # your number
exercise.width.check(my_width)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $(i - 1)s - 2p + k$.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_width = 3 * 2 - 4 + 5
# ```
#
# The original DCGAN has kernel 5 and still doubles: it keeps one more row and column (in torch, `output_padding=1`).
# </details>
#
# **2. Predict, then run** (10 minutes). How many trainable numbers has D? Its layers: convolution 4 × 4 from 1 to 32 channels with bias, convolution 4 × 4 from 32 to 64 without, batch
# normalisation of 64 channels, convolution 4 × 4 from 64 to 1 with bias.

# %%
my_count = None  # your number
exercise.numbers_in_D.check(my_count)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Batch normalisation has two numbers a channel.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_count = (16 * 32 + 32) + 16 * 32 * 64 + 2 * 64 + (16 * 64 + 1)
# ```
# </details>
#
# **3. Write it** (10 minutes). A transposed convolution of a row $(W,)$ with a kernel $(k,)$ and stride $s$, no padding, one channel. Use stamps or zeros.


# %%
def my_up(x, kernel, s):
    """(W,), (k,), stride -> ((W - 1) s + k,)."""
    return None  # your code


exercise.up_a_row.check(my_up)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Start from zeros, and add `x[j] * kernel` at place `j * s`.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# y = torch.zeros((len(x) - 1) * s + len(kernel))
# for j, v in enumerate(x):
#     y[j * s : j * s + len(kernel)] += v * kernel
# return y
# ```
# </details>
#
# **4. Write it** (10 minutes). Batch normalisation of maps $(B, C, H, W)$ while training, without gain and shift.


# %%
def my_norm(x, eps):
    """Each channel with mean 0 and, but for eps, variance 1: (B, C, H, W) -> (B, C, H, W)."""
    return None  # your code


exercise.batch_norm.check(my_norm)

# %% [markdown]
# <details><summary>Hint</summary>
#
# What `x.mean((0, 2, 3), keepdim=True)` gives has one number a channel.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# m = x.mean((0, 2, 3), keepdim=True)
# v = (x - m).square().mean((0, 2, 3), keepdim=True)
# return (x - m) / (v + eps).sqrt()
# ```
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | DCGAN uses convolutions where the GAN used dense layers. | holds; in 25 seconds all five seeds of the recipe beat all five MLPs, in 37 the ranges overlap | Look |
# | The generator uses deconvolution. | holds if it means the transposed convolution: it is no inverse | Is it the transpose? |
# | The discriminator uses convolutions and leaky ReLU. | holds; here, in one run, plain ReLU was better | The rules |
# | The paper found settings that make it work. | holds, as a recipe: the rules differ widely in what they are worth here (one seed each) | The rules |
#
# ## Summary
#
# | model | $p(x)$? | draws how | numbers (G + D) | Frechet at 16 × 16 (floor 1.3) | code? |
# |---|---|---|---|---|---|
# | VAE (notebook 4) | a bound | in one step | 171,088 | not measured at this size | yes |
# | MLP GAN | none | in one step | 135,936 + 131,841 | 20.9 to 31.7 in 25 seconds, five seeds | no |
# | **DCGAN, Z = 16** | none | in one step | 49,857 + 34,465 | 12.9 to 15.2 in 25 seconds, five seeds | no |
#
# Where it breaks: you can walk among the noises, but no direction has a name. Which one makes a stroke thick, which makes a seven? In notebook 7 the
# generator keeps a code that can be read back.
#
# A. Radford, L. Metz and S. Chintala (2016), *Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks*. S. Ioffe and C. Szegedy
# (2015), *Batch Normalization*. A. Odena, V. Dumoulin and C. Olah (2016),
# *Deconvolution and Checkerboard Artifacts*. M. Heusel et al. (2017), *GANs Trained by a Two Time-Scale Update Rule*. T. White (2016), *Sampling Generative Networks*.
