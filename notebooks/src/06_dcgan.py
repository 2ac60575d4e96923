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
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from genlib import metrics, pictures, weights
from genlib.data import digits, enlarge
from genlib.exercises import dcgan as exercise
from genlib.models import DCGANDiscriminator, DCGANGenerator, DigitClassifier
from genlib.pretrain import MOMENTS, Frames, dcgan_pair, frechet_of_digits, moved_digits, train_gan
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# ## The question
#
# In notebook 5 two small networks played a game over points in the plane. Now the data are images. The digits of this course are enlarged to
# 16 × 16, and each is moved a little, in ten different ways:

# %%
real, labels = moved_digits("train", copies=10)
print(tuple(real.shape))
pictures.show(real[:24], columns=12)

# %% [markdown]
# A fully connected generator (MLP) sees 256 numbers. It does not know which of them are neighbours. If you shuffled the pixels of all images in the same way, it
# would learn just as well, or as badly. How badly? The table was made by `python benchmarks/dcgan.py equal`, with five seeds each:

# %%
table = lambda name: json.loads(Path(f"../benchmarks/results/dcgan_{name}.json").read_text())
equal = table("equal")
column = lambda rows, name: [row[name] for row in rows]
found = column(equal["rows"]["mlp"], "frechet")
print(
    f"MLP {min(found):.1f} to {max(found):.1f}; real digits among themselves {equal['floor']:.1f}"
)

# %% [markdown]
# The **Frechet distance** (프레셰 거리) compares two sets of images by what a digit classifier sees in them: the mean and the covariance of its last hidden layer.
# Smaller is better. Even two sets of real digits do not reach zero. That is the **floor**, and no distance means anything without it.
#
# ## The equations
#
# A **convolution** (합성곱) slides a small kernel over the image. The **stride** (보폭) $s$ says how far it moves at a time, and the **padding** (패딩) $p$ how many zeros
# stand around the image. From width $i$, a kernel of width $k$ makes width
#
# $$o = \lfloor (i + 2p - k) / s \rfloor + 1$$
#
# so stride 2 halves an image. A generator must go the other way. A convolution is linear, so it is a matrix, $y = Kx$, and the matrix has a transpose. The
# **transposed convolution** (전치 합성곱) is $x = K^{\mathsf T} y$, with
#
# $$o = (i - 1)\, s - 2p + k$$
#
# It swaps the shapes. It does not undo the convolution: a transpose is no inverse, and the name "deconvolution" is a misnomer.
#
# ## The equations as code
#
# Each input pixel presses the kernel onto the output like a stamp, as strongly as the pixel is bright. The next stamp stands $s$ pixels further. Where stamps overlap they add up. At
# the end the padding is cut away:


# %%
def naive_up(x, kernel, s, p):
    """A transposed convolution of one channel: (H, W), (k, k) -> ((H - 1) s - 2 p + k, ...)."""
    (height, width), k = x.shape, len(kernel)
    y = torch.zeros((height - 1) * s + k, (width - 1) * s + k, dtype=x.dtype)
    for row in range(height):
        for column in range(width):
            y[row * s : row * s + k, column * s : column * s + k] += x[row, column] * kernel
    return y[p : len(y) - p, p : y.shape[1] - p]


# %% [markdown]
# A check by hand. Two pixels, 1 and 10, a kernel of three ones, stride 2. The middle pixel gets both stamps:

# %%
naive_up(torch.tensor([[1.0, 10.0]]), torch.ones(3, 3), s=2, p=0)[0]

# %% [markdown]
# ## Is it the transpose?
#
# Three statements can be checked exactly. First: a transposed convolution is an ordinary convolution after all. Put $s - 1$ zeros between the pixels, then
# convolve with stride 1 and the kernel turned by 180 degrees:


# %%
def zeros_between(x, s):
    """s - 1 zeros between neighbours: (H, W) -> ((H - 1) s + 1, (W - 1) s + 1)."""
    y = torch.zeros((len(x) - 1) * s + 1, (x.shape[1] - 1) * s + 1, dtype=x.dtype)
    y[::s, ::s] = x
    return y


# %% [markdown]
# All three ways, for every kernel to 5, stride to 3 and padding that fits, in double precision:

# %%
torch.manual_seed(0)
x = torch.randn(4, 5, dtype=torch.float64)
settings = [(k, s, p) for k in range(1, 6) for s in range(1, 4) for p in range(k) if 2 * p < k + s]
for k, s, p in settings:
    kernel = torch.randn(k, k, dtype=torch.float64)
    torchs = F.conv_transpose2d(x[None, None], kernel[None, None], stride=s, padding=p)[0, 0]
    inserted = zeros_between(x, s)[None, None]
    turned = F.conv2d(inserted, kernel.flip(0, 1)[None, None], padding=k - 1 - p)[0, 0]
    assert torch.allclose(naive_up(x, kernel, s, p), torchs) and torch.allclose(turned, torchs)
    assert torchs.shape == tuple((i - 1) * s - 2 * p + k for i in x.shape)
print(len(settings), "settings agree")

# %% [markdown]
# With stride 2, three of four numbers in the second way are zeros, and the stamps skip them. Second: it *is* the transpose. For every $x$ and $y$,
# $\langle Kx, y \rangle = \langle x, K^{\mathsf T} y \rangle$. Third: it is *not* the inverse.

# %%
kernel = torch.randn(1, 1, 4, 4, dtype=torch.float64)
big, small = (torch.randn(1, 1, n, n, dtype=torch.float64) for n in (16, 8))
down, up = F.conv2d(big, kernel, None, 2, 1), F.conv_transpose2d(small, kernel, None, 2, 1)
assert torch.allclose((down * small).sum(), (big * up).sum())
assert not torch.allclose(F.conv_transpose2d(down, kernel, None, 2, 1), big, atol=0.5)

# %% [markdown]
# ## The same numbers, faster
#
# The library stacks torch's layers. Here is the whole generator:

# %%
print(inspect.getsource(DCGANGenerator.__init__))

# %% [markdown]
# Follow an image through it. From sixteen random numbers to 4 × 4, to 8 × 8, to 16 × 16:

# %%
torch.manual_seed(0)
G, D = DCGANGenerator(latent_dim=16), DCGANDiscriminator()
h = G.noise(1)
for layer in G.layers:
    h = layer(h)
    print(f"{type(layer).__name__:16}", *h.shape[1:])
count = lambda module: sum(w.numel() for w in module.parameters())
print(f"{count(G):,} numbers in G, {count(D):,} in D")

# %% [markdown]
# Its last layer, with the loops from above: for each of 32 channels one stamp, then add.

# %%
last = G.layers[-2].double()
h = torch.randn(1, 32, 8, 8, dtype=torch.float64)
naive = sum(naive_up(x, kernel[0], 2, 1) for x, kernel in zip(h[0], last.weight, strict=True))
assert torch.allclose(naive + last.bias, last(h)[0, 0])
last = last.float()

# %% [markdown]
# ## What does it see?
#
# How many stamps fall on each output pixel? Let every input and the whole kernel be 1, and count. First the kernel 3 with stride 2, then DCGAN's kernel 4 with stride 2:


# %%
@cache
def stamps(k, s, p):
    """How many stamps each output pixel of an 8 x 8 input gets."""
    return naive_up(torch.ones(8, 8), torch.ones(k, k), s, p)


for k in (3, 4):
    print(f"kernel {k}:", *[f"{n:.0f}" for n in stamps(k, 2, 1)[5]], " along a row inside")

# %% [markdown]
# With kernel 3 the counts alternate: a **checkerboard** (격자 무늬). With kernel 4 every pixel inside gets four stamps, because 4 is a multiple of 2. What does that do to an untrained layer? Draw
# 2000 random kernels, a random 8 × 8 input each. How strong is the output at even and odd places?

# %%
torch.manual_seed(0)
for k in (3, 4):
    y = F.conv_transpose2d(
        torch.randn(1, 2000, 8, 8), torch.randn(2000, 1, k, k), None, 2, 1, groups=2000
    )
    power = [
        y[0, :, 2 + a : 12 : 2, 2 + b : 12 : 2].square().mean() for a in (0, 1) for b in (0, 1)
    ]
    print(f"kernel {k}: mean squares", *[f"{v:.1f}" for v in power])

# %% [markdown]
# Kernel 3 begins with a pattern whose strongest pixels have four times the power of the weakest. Training can unlearn it, but it must. Kernel 4 has nothing to unlearn.
#
# How far does one cell of the 4 × 4 map reach? Two doublings, all weights 1:

# %%
cell = torch.zeros(4, 4)
cell[1, 1] = 1
reach = naive_up(naive_up(cell, torch.ones(4, 4), 2, 1), torch.ones(4, 4), 2, 1)
print(f"rows that are touched: {(reach.sum(1) > 0).sum()} of {len(reach)}")

# %% [markdown]
# So each cell is responsible for a region of 10 × 10 pixels, and neighbouring regions overlap. That is what the MLP lacks: a place.
#
# ## Train it
#
# The game is that of notebook 5, with the non-saturating loss. Two details matter. Real and fake go through D in two passes, since **batch normalisation** (배치 정규화) ties
# the images of one batch together. And the samples come from a moving average of G's weights. It takes about half a minute:

# %% tags=["nbval-ignore-output"]
print(inspect.getsource(train_gan))
start = time.process_time()
G = train_gan(G, D, steps=1500)
print(f"{time.process_time() - start:.0f} seconds")

# %% [markdown]
# ## Look
#
# Samples above, the nearest training image of each below. A copy would be the same picture twice:

# %%
samples = G.sample(5000, generator=torch.Generator().manual_seed(0))
near = metrics.nearest_neighbours(samples[:12].flatten(1), real.flatten(1))
pictures.rows({"samples": samples[:12], "nearest digit": real[near]}, columns=12)

# %% [markdown]
# Most are digits, some are not, and none is a copy. Eyes are kind, so ask a judge: a classifier that saw the training digits alone. Which digits does it see, and of how many samples is it sure
# (more than 0.9)? Seven in ten is not much, since of real test digits it is sure in 99.5 %:

# %% tags=["nbval-ignore-output"]
classifier = DigitClassifier().eval()
weights.load("classifier_digits", classifier)


@torch.no_grad()
def judged(x):
    sure, digit = F.softmax(classifier(x), dim=1).max(1)
    return (sure > 0.9).float().mean().item(), metrics.class_shares(digit, 10)


sure, shares = judged(samples)
print(
    f"sure of {sure:.2f}; rarest digit {shares.min():.3f}; Frechet {frechet_of_digits(samples):.1f}"
)
assert (shares >= 0.02).all()

# %% [markdown]
# All ten digits are there. No mode has collapsed. Is the convolution the reason? An MLP of the same game gets as many seconds, and five seeds each, so that luck
# does not decide:

# %%
for name, rows in equal["rows"].items():
    f, rare = column(rows, "frechet"), column(rows, "rarest")
    print(
        f"{name:6} Frechet {min(f):.1f} to {max(f):.1f}; rarest {min(rare):.3f} to {max(rare):.3f}"
    )
worst, best = (f(column(equal["rows"][n], "frechet")) for f, n in ((max, "dcgan"), (min, "mlp")))
assert worst < best

# %% [markdown]
# The worst DCGAN is better than the best MLP. But give both more time, and look again (`python benchmarks/dcgan.py longer`):

# %%
for name, rows in table("longer")["rows"].items():
    f, t = column(rows, "frechet"), column(rows, "seconds")
    print(f"{name:6} {max(t):.0f} seconds: Frechet {min(f):.1f} to {max(f):.1f}")

# %% [markdown]
# Now the ranges touch: the best MLP is a little ahead of the worst DCGAN. On images this small the convolution buys time, not a
# different end. On larger images an MLP needs a weight for every pair of pixels.
#
# ### The rules, one by one
#
# The paper's rules: strides instead of pooling, batch normalisation except at G's output and D's input, ReLU in G, leaky ReLU in D, small initial weights. Each was
# left out alone, all else the same (`python benchmarks/dcgan.py rules`):

# %%
rules = table("rules")["rows"]
for name, rows in rules.items():
    f = sum(column(rows, "frechet")) / len(rows)
    print(f"{name:30} Frechet {f:6.1f}   seconds {max(column(rows, 'seconds')):.0f}")

# %% [markdown]
# One seed each, so this is a hint and no proof. For comparison: five seeds of the full recipe lie between 12.9 and 15.2. One rule decides all: batch normalisation at D's *input* is a disaster, and only six digits are left. It takes away brightness and
# contrast, which tell a batch of fakes. Next come pooling in D (34) and batch normalisation at G's output (29). Batch normalisation inside and small initial weights help somewhat (19 to 20). Upsampling with a convolution in G, and leaky ReLU in G, are hardly
# different, though upsampling takes more seconds. And one rule does *not* earn its place on these digits: D with plain ReLU is better (8.3). A recipe that was found on photographs of 64 × 64 pixels is no law.
#
# ### What has the discriminator learnt?
#
# Nobody gave D a label. Yet to tell real from fake it must notice strokes. The paper takes all of D's maps as features for a linear classifier. We do the same, and
# choose the classifier's ridge, how much it shrinks its weights, on the validation digits:


# %%
@torch.no_grad()
def linear_accuracy(features, n):
    """Test accuracy of a ridge classifier on features of n training digits, ridge chosen on valid."""
    split = {s: (features(enlarge(digits(s)[0])), digits(s)[1]) for s in ("train", "valid", "test")}
    x, y = (tensor[:n] for tensor in split["train"])
    scale = lambda h: (h - x.mean(0)) / (x.std(0) + 1e-3)
    found = []
    for ridge in (1, 10, 100, 1000, 10_000):
        kernel = scale(x) @ scale(x).T + ridge * torch.eye(n)
        w = scale(x).T @ torch.linalg.solve(kernel, F.one_hot(y, 10) - 0.1)
        right = {s: (scale(h) @ w).argmax(1) == label for s, (h, label) in split.items()}
        found.append((right["valid"].float().mean().item(), right["test"].float().mean().item()))
    return max(found)[1]


# %% [markdown]
# The opponents: the raw pixels, and the same D before it was trained. First with 50 labelled digits, then 200, then all 1297:

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
features = {
    "raw pixels": lambda x: x.flatten(1),
    "untrained D": DCGANDiscriminator().eval().features,
}
features["trained D"] = D.features
for name, feature in features.items():
    print(f"{name:12}", *[f"{linear_accuracy(feature, n):.3f}" for n in (50, 200, 1297)])

# %% [markdown]
# Look twice. D's features beat raw pixels clearly: with 50 labels 0.85 against 0.80. It looks like a success of training. But the *untrained* D does as well, 0.87! The test has 300 digits, so differences below 0.03 are noise. What
# helps is the architecture: convolutions, leaky ReLU and max-pooling of random filters. The paper reports 82.8 % on CIFAR-10 with features of a D that was trained on a million images, and no row for an untrained one. Always ask for that row.
#
# ## Play 1: samples as training went
#
# **When does it begin to draw digits, and do all seeds take the same way?** Five trainings were recorded, each seen through the same forty noises:

# %%
frames = Frames()
weights.load("dcgan_frames", frames)


def show_moment(moment=5, seed=0):
    """Forty samples of one training at one moment.

    moment: which of the recorded moments, from step 1 to step 1500
    seed: which of the five trainings
    """
    x = frames.levels[seed, moment, :, None] / 255
    line = f"after step {MOMENTS[moment]}: Frechet {frames.frechet[seed, moment]:.0f}"
    return pictures.sheet(x, columns=8), line


# %% [markdown]
# Go from left to right, then change the seed:

# %%
Panel(show_moment, moment=(0, len(MOMENTS) - 1), seed=(0, 4))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# After 50 steps there is noise (Frechet over 600), after 100 blobs, after 150 strokes (117 to 156), after 300 digits (31 to 37). At step 750 all seeds are at 15 to 20, and at step 1500 at 12.9 to 15.2. The last half of training changes details that you hardly see. Each
# seed gives other digits to the same noise, but within a training a noise keeps its digit from about step 150 on. Seed 4 was best at step 1000 (11.6): the distance does not fall at every moment.
# </details>
#
# ## Play 2: a walk from one noise to another
#
# **Is the middle of two noises a noise?** In sixteen dimensions a standard normal vector has a length near $\sqrt{16} = 4$. Hardly any is much shorter. The middle of two such vectors is: its
# length is near 2.8. So people walk along a **great circle** (대원), which keeps the length:

# %%
pair = dcgan_pair().eval()
weights.load("dcgan_digits", pair)
G_long = pair["generator"]


def great_circle(a, b, t):
    """From a at t = 0 to b at t = 1 by equal angles: (Z,), (Z,), (T, 1) -> (T, Z)."""
    angle = torch.acos((a @ b) / (a.norm() * b.norm()))
    return (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin()


# %% [markdown]
# The weights are from a training four times as long (`python -m genlib.pretrain dcgan_digits`). It reached a Frechet distance of 9.0 instead of 13.3. The classifier is hardly
# surer, though: 0.72 instead of 0.71. The straight way is above, the great circle below:


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
    short = [way.norm(dim=1).min() for way in ways]
    line = f"shortest on the way: straight {short[0]:.1f}, great circle {short[1]:.1f}"
    return pictures.sheet(G_long(torch.cat(ways)), columns=7), line


# %% [markdown]
# Choose two ends. Then make both ends shorter or longer than any usual noise:

# %%
Panel(show_walk, first=(0, 9), second=(10, 19), length=(0.2, 2.0, 0.2))

# %% [markdown]
# Eyes do not decide it. The judge looks at 3000 middles of random pairs, and at 3000 plain samples:

# %% tags=["nbval-ignore-output"]
a, b = torch.randn(2, 3000, 16, generator=torch.Generator().manual_seed(1))
circle = torch.stack([great_circle(*ends, torch.tensor([0.5])) for ends in zip(a, b, strict=True)])
for name, z in {
    "plain samples": a,
    "straight middles": (a + b) / 2,
    "circle middles": circle,
}.items():
    x = G_long(z).detach()
    print(f"{name:17} Frechet {frechet_of_digits(x):5.1f}, sure of {judged(x)[0]:.2f}")

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# By eye the two ways hardly differ: the same strokes bend at the same steps, only paler where the noise is short. At length 0.2 almost nothing is left, and at 2.0 the digits are blacker. So for this G the *direction* decides which digit it is, and the length decides the ink. The judge agrees. Straight middles are
# at Frechet distance 14.7, plain samples at 8.8 and circle middles at 8.6. But the classifier is as sure of all three (0.72 to 0.73). The great circle helps, and less than its fame says.
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
# Inside, the picture is even exactly where the stride divides the kernel: 2 with 2, 4 with 2, 6 with 2, 3 and 6 with 3, 4 with 4. With stride 1 every kernel is even. If the kernel is smaller than the stride, some pixels get no
# stamp at all. To double 8 to 16 with stride 2 you need $k = 2 + 2p$: 2 without padding, 4 with padding 1, 6 with padding 2. Near the border there are fewer stamps, unless the kernel is as wide as the stride or the padding cuts that part away.
# </details>
#
# ## Break it
#
# **Mistake 1: real and fake in one batch-norm batch.** It looks like a saving: concatenate, one pass, split. But batch normalisation makes each answer depend on the other images of the batch. Take 32 real digits, and give them company: other
# real digits, or what a fresh G draws. How far do D's answers to the *same* 32 images move? For scale, how much do these answers differ among themselves?

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
company = {"real": real[32:64], "fake": DCGANGenerator(latent_dim=16).sample(32)}
with torch.no_grad():
    D.train()
    alone = D(real[:32])
    mixed = {name: D(torch.cat([real[:32], other]))[:32] for name, other in company.items()}
    D.eval()
for name, logits in mixed.items():
    print(f"{name} company: moved by {(logits - alone).abs().mean():.2f}", end="; ")
print(f"spread {alone.std():.2f}")

# %% [markdown]
# With real company the answers hardly move. With fake company they move by 0.81, while the digits themselves differ by 0.12. So D's answer says more about the neighbours than about the image, and G's gradient goes the same way. In `real_and_fake` there are two passes, one for each kind. A loss curve does not show the
# difference. This instrument does: the same images, other company.
#
# **Mistake 2: `BatchNorm2d(n, 0.8)`.** In a well-known public DCGAN this was meant as a momentum. The second argument is $\varepsilon$, which is added to the variance:
# $y = (x - m) / \sqrt{\text{var} + \varepsilon}$. What comes out of G's first normalisation at the start?

# %%
torch.manual_seed(0)
fresh = DCGANGenerator(latent_dim=16)
h = fresh.layers[:2](fresh.noise(500)).detach()
for eps in (1e-5, 0.8):
    y = nn.BatchNorm2d(h.shape[1], eps)(h)
    print(f"eps {eps}: std before {h.std():.2f}, after {y.std():.2f}")

# %% [markdown]
# It was meant to be 1. The signal is nearly gone, and it shrinks again at each further layer. No error is raised, and the samples only look a bit dull. The instrument is one line: print the standard
# deviation after the layer. Write `BatchNorm2d(n, momentum=0.8)`, or better leave the default.
#
# **Mistake 3: a sigmoid before a loss that takes logits.** `binary_cross_entropy_with_logits` has the sigmoid inside. With one more in D, it is applied twice:

# %%
s = torch.tensor([-10.0, -3.0, 0.0, 3.0, 10.0], requires_grad=True)
for name, logits in {"logits": s, "sigmoid first": s.sigmoid()}.items():
    loss = F.binary_cross_entropy_with_logits(logits, torch.ones(5), reduction="none")
    slope = torch.autograd.grad(loss.sum(), s)[0]
    print(f"{name:14} loss", *[f"{v:6.3f}" for v in loss], "  slope", *[f"{v:7.4f}" for v in slope])

# %% [markdown]
# At logit 10 the loss should be zero, but it never falls below $\ln(1 + e^{-1}) = 0.313$. At logit $-10$, where a generator needs its push most, the slope is 0.0000 instead of $-1$:
# the non-saturating loss saturates again. A loss curve that settles quickly at a round value is the sign.
#
# ## Exercises
#
# **1. Predict, then run** (5 minutes). A map of 4 × 4 goes through `ConvTranspose2d(..., kernel_size=5, stride=2, padding=2)`. How wide is the output?

# %%
my_width = None  # your number
exercise.width.check(my_width)

# %% [markdown]
# <details><summary>Hint and answer</summary>
#
# Hint: $(i - 1)s - 2p + k$. Answer: $3 \cdot 2 - 4 + 5 = 7$. The original DCGAN has kernel 5 and gets 8 by one extra row and column at one side (`output_padding=1`).
# </details>
#
# **2. Predict, then run** (10 minutes). How many trainable numbers has D? Its layers: convolution 4 × 4 from 1 to 32 channels with bias, convolution 4 × 4 from 32 to 64 without, batch
# normalisation of 64 channels, convolution 4 × 4 from 64 to 1 with bias.

# %%
my_count = None  # your number
exercise.numbers_in_D.check(my_count)

# %% [markdown]
# <details><summary>Hint and answer</summary>
#
# Hint: batch normalisation has two numbers a channel. Answer: $(16 \cdot 32 + 32) + 16 \cdot 32 \cdot 64 + 2 \cdot 64 + (16 \cdot 64 + 1) = 34{,}465$.
# </details>
#
# **3. Write it** (10 minutes). One channel, one dimension: a transposed convolution of a row $(W,)$ with a kernel $(k,)$ and stride $s$, no padding. Use stamps or zeros, as you like.


# %%
def my_up(x, kernel, s):
    """(W,), (k,), stride -> ((W - 1) s + k,)."""
    return None  # your code


exercise.up_a_row.check(my_up)

# %% [markdown]
# <details><summary>Hint and answer</summary>
#
# Hint: start from zeros, and add `x[j] * kernel` at place `j * s`. Answer: `y = torch.zeros((len(x) - 1) * s + len(kernel))`, then
# `for j, v in enumerate(x): y[j * s : j * s + len(kernel)] += v * kernel`, then `return y`.
# </details>
#
# **4. Write it** (10 minutes). The point at share $t$ of the great circle from $a$ to $b$.


# %%
def my_point(a, b, t):
    """By equal angles from a (t = 0) to b (t = 1): (Z,), (Z,), number -> (Z,)."""
    return None  # your code


exercise.on_the_circle.check(my_point)

# %% [markdown]
# <details><summary>Hint and answer</summary>
#
# Hint: the angle is `torch.acos(a @ b / (a.norm() * b.norm()))`. Answer: `return (torch.sin((1 - t) * w) * a + torch.sin(t * w) * b) / torch.sin(w)` with `w` that angle.
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | DCGAN uses convolutions where the GAN used dense layers. | holds, and in equal seconds they are worth it here: every seed is better | Look |
# | The generator uses deconvolution. | holds if it means the transposed convolution: it is no inverse | Is it the transpose? |
# | The discriminator uses convolutions and leaky ReLU. | holds; what leaky ReLU was worth here stands in the table | The rules |
# | The paper found settings that make it work. | holds, as a recipe: the rules differ widely in what they are worth here | The rules |
#
# ## Summary
#
# | model | $p(x)$? | draws how | numbers (G + D) | Frechet at 16 × 16 (floor 1.3) | code? |
# |---|---|---|---|---|---|
# | VAE (notebook 4) | a bound | in one step | 171,088 | not measured at this size | yes |
# | MLP GAN | none | in one step | 135,936 + 131,841 | 20.9 to 31.7 in 25 seconds | no |
# | **DCGAN, Z = 16** | none | in one step | 49,857 + 34,465 | 12.9 to 15.2 in 25 seconds | no |
#
# Where it breaks: you can walk among the noises, but no direction has a name. Which of the sixteen numbers makes a stroke thick, and which makes a seven? Notebook 7 asks the
# generator to keep a code that can be read back.
#
# A. Radford, L. Metz and S. Chintala (2016), *Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks*. A. Odena, V. Dumoulin and C. Olah (2016),
# *Deconvolution and Checkerboard Artifacts*. M. Heusel et al. (2017), *GANs Trained by a Two Time-Scale Update Rule*. T. White (2016), *Sampling Generative Networks*.
