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
# half a minute, measure its samples with the Frechet distance, and say what each of the paper's rules was worth here.
#
# Key terms: transposed convolution (전치 합성곱), stride (보폭), padding (패딩), checkerboard artefact (격자 무늬 결함), batch normalisation (배치 정규화),
# interpolation (보간), Frechet distance (프레셰 거리).
#
# Everything that this notebook needs is imported here, in one place.

# %%
import json
from pathlib import Path

import torch
import torch.nn.functional as F

from genlib import judges, metrics, pictures, training, weights
from genlib.data import digits, enlarge, moved_digits
from genlib.exercises import dcgan as exercise
from genlib.models import gan
from genlib.recipes import dcgan, mnist
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread


# %% [markdown]
# This is the whole model. The generator $G$ turns 16 numbers of noise, $z$, into an image by three transposed convolutions, each of which makes the maps larger. The discriminator $D$ looks at an image through three
# ordinary convolutions, each of which makes them smaller. Its answer is a logit, one number that is high for "real". Under each box stands its operation: "transposed conv 4, stride 2" has a kernel of 4 × 4 that moves by two pixels, as the equations will show. Below it is the shape of
# what leaves the box, as channels, height and width.

# %%
up, down = "transposed conv 4, stride 2\n", "conv 4, stride 2\n"
chains = "z -> G 1 -> G 2 -> G 3 -> fake\nimage -> D 1 -> D 2 -> D 3 -> logit"
box = {"G 1": "transposed conv 4\n64 x 4 x 4", "G 2": f"{up}32 x 8 x 8", "G 3": f"{up}1 x 16 x 16"}
box |= {"D 1": f"{down}32 x 8 x 8", "D 2": f"{down}64 x 4 x 4", "D 3": "conv 4\n1 x 1 x 1"}
pictures.diagram(chains, box | {"z": "16 numbers", "image": "1 x 16 x 16"}, learns=list(box))


# %% [markdown]
# $D$ mirrors $G$: read one chain from left to right and the other from right to left, and the maps between have the same sizes. Only the ends differ, because $G$ starts from 16 numbers and $D$ ends in one logit.
#
# ## The question
#
# In notebook 5 two small networks played a game over points in the plane. Now the data are images: the digits of this course, enlarged to 16 × 16 and each shifted, turned and
# scaled a little in ten different ways. The first attempt is the one that needs no new idea, a GAN of fully connected layers, which is called a multilayer perceptron (MLP). Its samples stand under real digits:

# %%
real, _ = moved_digits("train", copies=10)
drawn_by = dcgan.sheets_of_rules()
order = torch.randperm(256, generator=torch.Generator().manual_seed(0))
shuffled = real[:10].flatten(1)[:, order].view(10, 1, 16, 16)
pictures.rows({"real": real[:20], "MLP": drawn_by["MLP"], "MLP's view": shuffled}, columns=10)


# %% [markdown]
# The MLP has found where ink usually is, but strokes break off, grains lie beside them, and many samples are no digit. The last row shows why. A fully connected layer does not know which pixels are
# neighbours, so shuffling the pixels of all images in one fixed order changes nothing for it. It has to learn digits from pictures like those in the last row. Nor could you read them.
#
# What such a network lacks is the knowledge that an image has *places*, and that a stroke looks alike in all of them. Convolutions have this knowledge built in.
#
# ## The equations
#
# A **convolution**, as you know it from notebook 3, slides a small kernel over the image and takes a weighted sum wherever it stops. The **stride** (보폭) $s$ says how far the kernel moves at a time, and the
# **padding** (패딩) $p$ how many rows of zeros surround the image. If the image is $i$ pixels wide and the kernel $k$, the result has the width
#
# $$o = \lfloor (i + 2p - k) / s \rfloor + 1$$
#
# With $k = 4$, $s = 2$ and $p = 1$, the kernel that this notebook uses, an image is halved. A generator must go the other way, from small to large. Now a convolution is linear in the image. If you write all
# pixels in one column $x$, it is the product with a matrix, $y = Kx$, and every matrix has a transpose. The **transposed convolution** (전치 합성곱) is the product $K^{\mathsf T} y$. From the width $i$ it makes
#
# $$o = (i - 1)\, s - 2p + k$$
#
# so that the same $k$, $s$ and $p$ now double an image. The shapes are swapped, and that is all: the transpose is not the inverse, which is why the older name "deconvolution" misleads.
#
# ## The equations as code
#
# There is a simpler way to think of it than the matrix. Each pixel of the input presses the kernel onto the output like a stamp, as strongly as the pixel's value, and the next stamp stands $s$ pixels further. Where stamps overlap they
# add up, and at the end the padding is cut away:


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
# Watch it work on an input of 2 × 2 pixels, with a cross of ones as the kernel and stride 2. In each picture one more pixel of the input has been stamped, and every number that is not zero is written into its pixel:

# %%
x, turn = torch.tensor([[1.0, 0.3], [0.5, 0.8]]), torch.arange(4).view(2, 2)
shown = {"input": x, "kernel": torch.tensor([[0.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.0]])}
for n in range(4):
    shown[f"stamp {n + 1}"] = naive_up(x.where(turn <= n, 0), shown["kernel"], s=2, p=0)
figure = pictures.Figure(9.6, 2.0)
for axis, (name, y) in zip(figure.subplots(1, 6), shown.items(), strict=True):
    axis.imshow(y, "Greys", vmin=0, vmax=4)
    axis.set(title=name, xticks=[], yticks=[])
    for row, column in y.nonzero().tolist():
        axis.text(column, row, f"{y[row, column]:.1f}", ha="center", va="center", fontsize=8)
figure


# %% [markdown]
# The second stamp is paler than the first because its pixel is 0.3 and not 1. Where the arms of two crosses meet, their ink is added: 1 and 0.3 make the 1.3 in the second row. From 2 × 2 pixels you get 5 × 5, as the formula says: $(2 - 1) \cdot 2 - 0 + 3 = 5$.
#
# ## Is it the transpose?
#
# Two statements can be checked exactly. First, the stamps are what torch computes, and they are also an ordinary convolution in disguise: put $s - 1$ zeros between the pixels and $k - 1 - p$ zeros around
# them, turn the kernel by 180 degrees, and convolve with stride 1. All three must agree for every kernel up to 5, stride up to 3 and padding up to half of the kernel:

# %%
torch.manual_seed(0)
x = torch.randn(4, 5, dtype=torch.float64)
settings = [(k, s, p) for k in range(1, 6) for s in range(1, 4) for p in range(k // 2 + 1)]
for k, s, p in settings:
    kernel = torch.randn(k, k, dtype=torch.float64)
    torchs = F.conv_transpose2d(x[None, None], kernel[None, None], stride=s, padding=p)[0, 0]
    zeros = torch.zeros(3 * s + 1, 4 * s + 1, dtype=torch.float64)
    zeros[::s, ::s] = x
    turned = F.conv2d(zeros[None, None], kernel.flip(0, 1)[None, None], padding=k - 1 - p)[0, 0]
    assert torch.allclose(naive_up(x, kernel, s, p), torchs) and torch.allclose(turned, torchs)

# %% [markdown]
# No assertion failed, so the three agree.
#
# Second, the stamps are the transpose of the convolution. Convolve each of the 256 images in which a single pixel is 1, and you get the columns of $K$. In the code images are rows, not columns, so that $K^{\mathsf T} y$ is written `down @ K`. The last row of the picture is $K^{\mathsf T}$ applied to $K x$. Here every weight of the kernel is 1/8, so that you can see what halving and doubling do to a digit:

# %%
kernel = torch.full((1, 1, 4, 4), 1 / 8)
x, one_pixel = real[6:11], torch.eye(256).view(256, 1, 16, 16)
K = F.conv2d(one_pixel, kernel, stride=2, padding=1).view(256, 64).T
down = F.conv2d(x, kernel, stride=2, padding=1)
up = F.conv_transpose2d(down, kernel, stride=2, padding=1)
assert torch.allclose(down.flatten(1) @ K, up.flatten(1), atol=1e-6)
pictures.rows({"x": x, "half of K x": down / 2, r"$K^\mathsf{T} K x$": up.clamp(0, 1)}, columns=5)


# %% [markdown]
# The transpose brings back the size and not the digit. With this kernel $K$ takes the mean of 4 × 4 pixels, up to a factor of two, and the transpose spreads each of these means over 4 × 4 pixels again. So the digit is blurred twice. What is lost no transpose can bring back, since $K$ keeps 64 numbers of 256. A trained generator does not need an inverse, because it learns kernels of its own, with which it draws.
#
# ## What does it see?
#
# How many stamps fall on an output pixel depends on kernel and stride. With kernel 3 and stride 2 some pixels get one stamp, some two, some four. With kernel 4 each pixel inside gets four, because the stride divides the kernel. Let a constant input
# pass through 2000 kernels of random weights between 0 and 1, first with kernel 3, then with kernel 4. You see the mean of what comes out, and five of the 2000 by themselves:

# %%
torch.manual_seed(0)
boards = {}
for k in (3, 4):
    x, kernels = torch.ones(1, 2000, 8, 8), torch.rand(2000, 1, k, k)
    y = F.conv_transpose2d(x, kernels, stride=2, padding=1, groups=2000)[0, :, None, 2:12, 2:12]
    boards[f"kernel {k}"] = F.pad(torch.cat([y.mean(0)[None], y[:5]]) / y[:5].max(), (1,) * 4)
pictures.rows(boards, columns=6, names=["mean", *"12345", "mean", *"12345"])

# %% [markdown]
# Look at the first column. With kernel 3 even the mean has a **checkerboard** (격자 무늬): some places are darker because more stamps fall on them, whatever the kernel is. With kernel 4 the mean is flat. Single kernels of width 4 can be as uneven as those above them, but they favour no place in common. Their
# unevenness comes from the weights, which training can choose, and not from the overlap. Odena et al. (2016) describe this artefact in many published models.
#
# ## Play 1: kernel, stride, padding
#
# **Which settings overlap evenly?** Look for settings that are even inside, and among them for one that doubles 8 to 16. The left half counts the stamps on each output pixel, darker for more. The line below lists these counts twice, without the border and with it, so that a single number "inside" means even. The right half shows an 8 × 8 digit after the same layer, with a kernel of ones:


# %%
def show_stamps(kernel=3, stride=2, padding=1):
    """The number of stamps on each output pixel, and a digit that went through the layer."""
    inputs = torch.ones(8, 8), digits("train")[0][0, 0]
    n, y = (naive_up(x, torch.ones(kernel, kernel), stride, padding) for x in inputs)
    pair = torch.stack([n / n.max(), y / y.max()])[:, None]
    at = slice(max(kernel - 1 - padding, 0), 7 * stride + 1 - padding)  # no border within
    inside, everywhere = (y.unique().int().tolist() for y in (n[at, at], n))
    line = f"{len(n)} wide; stamps on a pixel: inside {inside}, with the border {everywhere}"
    return pictures.sheet(F.interpolate(pair, 236), columns=2), line


Panel(show_stamps, kernel=(2, 7), stride=(1, 4), padding=(0, 2))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Inside, the picture is even exactly where the stride divides the kernel. If the kernel is smaller than the stride, some pixels get no stamp at all, and the digit falls into separate dots. A large kernel
# with stride 1 is even too, but it only blurs. To double 8 to 16 with stride 2 you need $k = 2 + 2p$: kernel 2 without padding, 4 with padding 1, 6 with padding 2. Near the border there are fewer stamps unless the padding cuts that part away.
# </details>
#
# ## The same numbers, faster
#
# The library stacks torch's own layers. This is its generator, whole. Besides the `ConvTranspose2d` layers it needs two more ingredients:

# %%
print(dcgan.by_paper(seed=0)[0].layers)

# %% [markdown]
# Read it from top to bottom, and you meet the sizes of the first drawing. `Unflatten` makes the 16 numbers of the noise an image of one pixel with 16 channels. The first ingredient between the convolutions is **batch normalisation** (배치 정규화), which shifts and scales each channel so that over all pixels of all images of the batch its mean is 0 and its variance 1:
#
# $$y = \gamma\, \frac{x - m}{\sqrt{v + \varepsilon}} + \beta$$
#
# Here $m$ and $v$ are mean and variance of the channel in this batch, $\gamma$ and $\beta$ a gain and a shift that are learnt, and $\varepsilon$ is a tiny number that keeps the root away from zero. After training, `eval()` puts running averages in the
# place of $m$ and $v$, so that an image no longer depends on its batch. What does it do to the first layer of a fresh generator?

# %%
fresh = dcgan.by_paper(seed=0)[0].layers
narrow, scale = fresh[:2](torch.randn(500, 16)).detach(), torch.linspace(-3, 3, 60)
share = lambda h: torch.histc(h.detach(), 60, -3, 3) / h.numel() / 0.1
seen = {"before": share(narrow), "after batch norm": share(fresh[2](narrow))}
pictures.lines(scale, seen, "activation, first layer of G", (0, 5))


# %% [markdown]
# Before, all activations crowd around zero, and two more layers would shrink them further. Afterwards they have a standard deviation of one, and the next layer's batch normalisation does the same again.
#
# The second ingredient is the size of the initial weights of all layers. The paper draws them with standard deviation 0.02. That is small, and batch normalisation makes up for it: what leaves it has the same spread, however small the weights before it are. What reaches the very end of a fresh generator, just before the tanh that turns it into ink?

# %%
starts = {}
for name in ("all rules", "no batch norm in G", "torch's own initial weights"):
    G, D = dcgan.by_paper(seed=0)
    dcgan.RULES[name](G, D)
    starts[name] = share(G.layers[:-1](G.noise(500)))
pictures.lines(scale, starts, "before G's last tanh", (0, 6))


# %% [markdown]
# Without batch normalisation all numbers fall into the two bins beside zero, which are 0.1 wide. The curve is as narrow as the chart allows, so that it cannot show how small they are. With all rules they spread only a little further, because the last layer has no batch normalisation after it, and its weights are drawn with 0.02 as well. With torch's own weights, which are larger, much further: before any training such images have dark and light places at random.
#
# ## Train it
#
# The game is that of notebook 5, with the non-saturating loss. In each step $D$ learns from a batch of real and a batch of fake images, and then $G$ learns from $D$'s answers to fresh fakes. Samples are drawn from a moving
# average of $G$'s weights. The learning rates, 0.0002 for $D$ and 0.001 for $G$, were chosen on validation digits. They fall to nearly nothing at the end so that the game comes to rest.
#
# At some moments `look` asks what the average makes of the *same* noise, and how far its samples are from digits. That number is the Frechet distance, which the section after the next explains; smaller is better. All this takes about half a minute:

# %%
G, D = dcgan.by_paper(seed=0)
average, noise = training.Average(G, decay=0.98), torch.Generator().manual_seed(0)
loss_of_D = lambda batch: gan.discriminator_loss(*gan.real_and_fake(D, G, batch, generator=noise))
loss_of_G = lambda batch: gan.nonsaturating_loss(D(G(G.noise(len(batch), noise))))
players = {"D": training.Player(D, loss_of_D, training.adam(D.parameters(), 0.0002, fused=False))}
players["G"] = training.Player(G, loss_of_G, training.adam(G.parameters(), 0.001, fused=False))
drawn, distance, steps = {}, {}, range(50, 1501, 50)


def look(step):
    if step + 1 in dcgan.MOMENTS:
        x = average.module.sample(3000, generator=torch.Generator().manual_seed(0))
        drawn[step + 1], distance[step + 1] = x, judges.frechet_of_digits(x)


batches = training.minibatches(real, size=32, generator=noise)
losses = training.play(players, batches, 1500, [average, look])


# %% [markdown]
# ## Look
#
# Here is what the average makes of ten noises, which were fixed before the first step, and below them real test digits that it never saw:

# %%
(test, _), last = moved_digits("test", copies=10), max(drawn)
moments = {f"step {step}": drawn[step][:10] for step in drawn if step in (1, 100, 300, 1500)}
pictures.rows(moments | {"real": test[:10]}, columns=10)

# %% [markdown]
# In the first row there is grey and nothing else. Samples are drawn in `eval` mode, and after one step its running averages are still near where they started, so that nothing enlarges the small numbers. Then the ink gathers in the middle, strokes appear, and at the end many samples can be read, though some still cannot. Do the losses say so as well? The chart shows means over fifty steps. A $D$ that always answers one half has a loss of $2 \ln 2 = 1.386$:

# %%
means = {name: torch.tensor(loss).unfold(0, 50, 50).mean(1) for name, loss in losses.items()}
pictures.curves(steps[: len(means["D"])], means, "step", "loss, nats", marks={"a guess": 1.386})


# %% [markdown]
# The question that is asked most often about GANs is whether such curves are good. They do not say. $D$'s loss stays close to that of a guess, and $G$'s moves little after step 500, while between step 300 and step 1500 some of the samples above still change their shape. To the eye they become a little clearer at most. Each player is measured against an opponent that
# improves too.
#
# A loss of $D$ near *zero* would be a warning. $D$ then tells every fake from every real digit, so that all fakes look equally bad to it, and $G$ learns little about which change would make one of them better. To see progress you need a judge that does not take part in the game.
#
# ## The Frechet distance
#
# The judge is a digit classifier that learnt from training digits alone. Let it look at real and at fake images, and keep its last hidden layer, 64 numbers per image. Each set of images becomes a cloud of points, and good samples are those
# whose cloud lies on the real one. The pictures show both clouds in the two directions in which real digits vary most, each with an ellipse that reaches two standard deviations from its mean:


# %%
of_test, turn = judges.real_features("test", 3000), torch.linspace(0, 2 * torch.pi, 100)
directions = torch.linalg.eigh(of_test.T.cov()).eigenvectors[:, -2:]
circle = 2 * torch.stack([turn.cos(), turn.sin()])
others = {"training digits": real[:3000], "step 100": drawn[100], f"step {last}": drawn[last]}
axes = pictures.Figure(9.6, 3.4).subplots(1, 3, sharex=True, sharey=True)
for axis, (name, x) in zip(axes, others.items(), strict=True):
    axis.set(title=f"{name}: {judges.frechet_of_digits(x):.1f}", xticks=[], yticks=[])
    for kind, h in {"real": of_test, "fake": judges.digit_features(x)}.items():
        at, colour = h @ directions, pictures.COLOURS[kind]
        axis.plot(*at[:600].T, ".", color=colour, ms=2, alpha=0.4)
        axis.plot(*(at.mean(0)[:, None] + torch.linalg.cholesky(at.T.cov()) @ circle), color=colour)
axes[0].figure


# %% [markdown]
# Test digits are blue, and the others are vermillion. On the left training digits lie where test digits lie, in the same groups, and even so their distance is not zero. After a hundred steps the fakes are a small patch in the middle. At the end their ellipse is not much smaller than the other, but many fakes lie *between* the groups of real digits, where few test digits are.
#
# The number above each picture compares the two ellipses in all 64 directions. In a single direction it would be
#
# $$d = (m_1 - m_2)^2 + (s_1 - s_2)^2$$
#
# with the means $m$ and the standard deviations $s$ of the two sets: how far one cloud is shifted, and how much wider it is. So $d$ is a *squared* distance: clouds three times as far apart have a number nine times as large.
#
# The second part can be multiplied out, $s_1^2 + s_2^2 - 2 s_1 s_2$. There the first two terms are variances, and $s_1 s_2$ is the root of their product. In many directions the variances become the covariance matrices $C_1$ and $C_2$, and $(C_1 C_2)^{1/2}$ is the root of their product, the matrix whose square is $C_1 C_2$. The sum over
# all directions becomes a trace. That is the **Frechet distance** (프레셰 거리) of Heusel et al. (2017), who take the features of a large network called Inception. In papers it is therefore the *Frechet Inception distance*, FID, and its numbers cannot be compared with ours:
#
# $$d = \| m_1 - m_2 \|^2 + \mathrm{tr}\left( C_1 + C_2 - 2\, (C_1 C_2)^{1/2} \right)$$
#
# The function follows it line by line; the trace of a root is the sum of the roots of the eigenvalues. Below it is the training once more, as the losses could not show it:


# %%
def frechet(a, b):
    shift = (a.mean(0) - b.mean(0)).square().sum()
    A, B = a.double().T.cov(), b.double().T.cov()
    root = torch.linalg.eigvals(A @ B).real.clamp(min=0).sqrt().sum()
    return shift + (A.trace() + B.trace() - 2 * root)


assert abs(frechet(judges.digit_features(drawn[last]), of_test) - distance[last]) < 0.1
floor, late = {"floor": judges.floor("test")}, dict(list(distance.items())[5:])
pictures.curves([*late], {"training": [*late.values()]}, "step", "Frechet distance", marks=floor)


# %% [markdown]
# The curve begins at step 200, because earlier numbers would not fit on the page. Unlike the losses, this one falls as the samples become better, first fast and then more slowly. The dashed line is what training digits score against test digits. It is the **floor**, and no Frechet distance means anything without it. The last number is more than ten times
# the floor. That does not mean clouds ten times as far apart, since the distance is squared, and even true digits do not reach zero. But it is far above what true digits score, so the eye is too kind to these samples. The number of samples matters, too: the fewer you draw, the larger the distance of the very same generator, so compare only distances between equally many.
#
# ## Play 2: samples as training goes on
#
# **When does it begin to draw digits, and do all seeds take the same way?** Five trainings were recorded (`make weights NAME=dcgan_frames`), each seen through the same forty noises. Guess, let it play, then stay at the end and change the seed:

# %%
frames = dcgan.blank_frames()
weights.load_or_train("dcgan_frames", frames)


def show_moment(moment=5, seed=0):
    """Forty samples of one training at one moment."""
    x, found = frames.levels[seed, moment, :, None] / 255, frames.frechet[seed, moment]
    return pictures.sheet(x, 8), f"step {dcgan.MOMENTS[moment]}: Frechet distance {found:.1f}"


guess = exercise.ASKED["show_moment"]
Panel(show_moment, moment=(1, 10), seed=(0, 4), play="moment", ask=guess)

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# First you see noise, then blobs and strokes, and digits after about three hundred steps. Most of the change comes in the first fifth of the steps. A noise does not keep its digit: while the picture becomes clearer it may turn from one digit into another. And each seed gives other digits to the same noise, because nothing tells the
# generator where in the space of noises a digit should lie.
# </details>
#
# ## The rules, one by one
#
# The paper's rules are: strides instead of pooling, batch normalisation except at $G$'s output and $D$'s input, no hidden dense layers, ReLU in $G$, leaky ReLU in $D$ (which lets a fifth of a negative input through), and initial weights with standard deviation 0.02.
# Each rule but the one on dense layers was left out alone, in one training of as many steps as yours. The names say what was done instead. The distances come from `python benchmarks/dcgan.py equal longer rules`.
#
# **Which rule costs most when it is left out?** Guess, and then go through the list:


# %%
def distances(part, label="{}"):
    rows = json.loads(Path(f"../benchmarks/results/dcgan_{part}.json").read_text())["rows"]
    return {label.format(name, *r): [row["frechet"] for row in r] for name, r in rows.items()}


def show_rule(recipe="all rules"):
    """Twenty samples of a training without one of the rules."""
    return pictures.sheet(drawn_by[recipe], 5), f"Frechet distance {rules[recipe][0]:.1f}"


rules = distances("rules")
Panel(show_rule, recipe=list(rules), ask=exercise.ASKED["show_rule"])


# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Batch normalisation on $D$'s *input* costs most by far, and the sheet says what kind of failure it is. The background is grey. This layer takes a batch's brightness and contrast away before $D$ looks, so $D$ cannot object to them, and $G$ paints as it likes. The classifier, which
# never saw grey paper, finds such samples very far from digits. Pooling in $D$ fails in another way: its strokes are broken into single dark and pale pixels. Perhaps a $D$ that averages blocks of pixels cannot see such a pattern well.
# </details>
#
# One training is little to go by, so here is how much the seed matters. The last four rows have five seeds each. They are the full recipe (dcgan) and an MLP without any convolution, once for up to 25 seconds and once for up to 37. In 25 seconds the machine that measured this made 1500 steps of the full recipe, and more than 3200 of the MLP, whose steps are cheaper. The full recipe follows the paper's rules and not all of its numbers: there are 16 numbers of noise instead of 100, kernels of 4 instead of 5, learning rates of its own, and the scored $G$ is a moving average. The axis is logarithmic, so equal distances on it are equal factors. An upright line is the mean of a row:

# %%
seeds = distances("equal", "{}, 25 s") | distances("longer", "{}, 37 s")
pictures.dots(rules | seeds, "Frechet distance (logarithmic)", marks=floor, logx=True)


# %% [markdown]
# What costs most is batch normalisation where it must not stand, and pooling in $D$. One rule does *not* earn its place. With plain ReLU in $D$ the distance is 8.26, well below the full recipe's five, although twenty samples are too few to see it. One seed is a hint and no proof. But a recipe that was found on photographs is no law.
#
# The five seeds of the full recipe lie between 12.9 and 15.2. Batch normalisation at $D$'s input ruins the samples. Pooling in $D$ (33.6) and batch normalisation on $G$'s output (29.4) are worse than the mean of the MLP. Without batch normalisation in $G$ or in $D$, and with torch's own weights, the distance is 18 to 20. Upsampling in $G$ and leaky ReLU in $G$ end close to the full recipe, so that here these two rules seem to be worth little. Each of these rows is one seed, and no two rules were ever left out together. So the chart shows what a rule is worth beside all the others, and not alone.
#
# Does the DCGAN win because it is quicker, or would the MLP catch up? After 25 seconds of the machine that measured this, the worst DCGAN is better than the best MLP. After 37 seconds the ranges overlap, so at this size much of the lead is one of speed, although the mean of the DCGAN is still the better one. But an
# MLP's outer layers grow with the number of pixels, and a kernel does not.
#
# ## Better digits
#
# The weights that come with the course belong to another DCGAN. Five steps lead to it from the paper's recipe, and each keeps what the steps before it changed:
#
# - $D$ sees all images, real and fake, **moved** once more. There are only 1297 training digits, in ten positions each, and a $D$ that meets them in ever new positions cannot learn them by heart.
# - The penalty **R1** of notebook 5 takes the place of batch normalisation in $D$. It adds $\frac{\gamma}{2}\, E_p[\|\nabla D(x)\|^2]$ to $D$'s loss, so that $D$ is flat around real images, and a fake that has reached one is not pushed away again. $D$'s initial weights change with it, to torch's own.
# - $D$'s rate rises from 0.0002 to 0.001, which $G$'s has been all along, and the two decay rates of Adam (its betas) change too.
# - $D$ gets one more convolution, and $G$ 1.5 times as many maps.
# - The average of $G$'s weights is longer.
#
# Several steps change two things at once, so that a row of the chart can say what a *step* did and not which half of it. Each ran for 19 to 28 seconds with five seeds (`python benchmarks/dcgan.py changes`). A label names what is new, and ends with the number of steps that fitted in:

# %%
pictures.dots(distances("changes", "{}: {[steps]}"), "Frechet distance", marks=floor)

# %% [markdown]
# Compare rows inside this chart only. Its first row is the full recipe once more, with a mean of 11.5 where "dcgan, 25 s" had 14.1. The recipe, the seeds and the judge are the same, but a quicker machine made 2355 steps instead of 1500, in even less time.
#
# Moving what $D$ sees helps at once: the mean falls from 11.5 to 8.83, although 400 more steps may have a part in it. The next step, R1 and other initial weights in place of batch normalisation, makes things worse as long as the rates stay as they were. With $D$'s higher rate and other betas all five seeds are better than in that row, and most of what was lost is won back. The larger networks take fewer steps in the same time and gain nothing yet. The last row has the best mean, 7.81, and all five of its seeds are better
# than every seed of the first. But its dots overlap with those of the second row, so that all the steps after the move have gained little together. A longer training of this last kind, of 12,000 steps, goes further still (`make weights NAME=dcgan_digits`):

# %%
pair = dcgan.dcgan_pair().eval()
print("Frechet distance", weights.load_or_train("dcgan_digits", pair)["frechet"].split(";")[0])
G_long = pair["generator"]
best = G_long.sample(3000, generator=torch.Generator().manual_seed(0))
pictures.show(best[:40], columns=10, pixels=720)

# %% [markdown]
# The distance is now close to the floor, 1.77 against 1.3, and yet some of the forty are no digit: look at the second and the seventh in the third row. So the distance has become too kind. It compares means and covariances of what a classifier sees, and a few malformed digits hardly move them.
#
# These weights are the best of three seeds on validation digits, and the others score 2.0 and 2.3. But new draws from this same generator span 1.6 to 2.3, as Play 4 will show. So the order of the three seeds may be chance.
#
# Does it draw, or does it copy? Under each sample stands the training image that is nearest to it. Test digits, which no training has seen, are treated in the same way, so that you know what to expect of an image that is no copy:

# %%
near = lambda x: real[metrics.nearest_neighbours(x.flatten(1), real.flatten(1))]
pairs = {"sample": best[:10], "its nearest": near(best[:10])}
pairs |= {"test digit": test[:10], "nearest to it": near(test[:10])}
pictures.rows(pairs, columns=10)

# %% [markdown]
# A copy of one of these images would be the same picture twice. You see pairs that are alike and not the same, in the first two rows as in the last two. How far apart are such pairs? Here are two hundred of each kind:

# %%
apart = lambda x: (x[:200] - near(x[:200])).flatten(1).norm(dim=1)
pictures.dots({"samples": apart(best), "test digits": apart(test)}, "distance to nearest neighbour")

# %% [markdown]
# Both kinds are spread over nearly the same distances, with means of 1.81 and 1.67. No dot is near zero, but this alone does not exclude copies. $D$ saw every image moved once more, so a digit learnt by heart could come out in a position that is not among these images. Then it would not lie near zero either. Only the comparison stands: on average the samples are a little further from the training images than test digits are. That is no praise, because a
# malformed digit is far from every training image too.
#
# ## Play 3: large digits
#
# **What does a shorter noise cost?** A network of the same kind, from 7 × 7 over 14 × 14 to 28 × 28, was trained on the 55,000 training images of MNIST (`make weights NAME=dcgan_mnist DATA=PATH`). Its judge is a classifier of large digits. The lines above the panel say how far 10,000 samples are from test images, and of what share the judge is sure.
# In training every noise had its natural length. Multiply it by less than 1, and by more: the line below the picture says of how many of the twelve the judge is sure, and how far they are from one another on average.


# %%
large, judge = mnist.large_pair()["generator"].eval(), judges.mnist_classifier()
told = weights.load_or_train("dcgan_mnist", large)
print("Frechet {frechet}\njudge sure of {sure}".format(**told))


def show_large(length=1.0, seed=0):
    """Twelve large digits, from noises that are shorter or longer than those of training."""
    x = large(length * large.noise(12, torch.Generator().manual_seed(seed))).detach()
    sure, apart = (judge(x).softmax(1).amax(1) > 0.9).sum(), torch.pdist(x.flatten(1)).mean()
    return pictures.sheet(x, 4), f"sure of {sure} of 12, mean distance {apart:.1f}"


ask = exercise.ASKED["show_large"]
Panel(show_large, length=(0.25, 2.0, 0.25), seed=(0, 99), ask=ask)

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# First the quality. With seed 0, at half the length, some digits are pale shadows, and the judge is sure of 5 of twelve instead of 10. The mean distance between them falls only from 10.5 to 9.2. Seed 0 is one of the worst. In the mean of all hundred seeds (`python benchmarks/dcgan.py lengths`) the judge is sure of 10.3 of twelve at full length and of 8.0 at half, and with ten of the hundred seeds it loses none. At a quarter nearly all have vanished, and blank images are all alike: the distance falls to 2.9. So variety seems to go as well, but the distance between pixels also falls because the ink pales. To the other side less happens: at twice the length strokes are thinner, now and then a digit turns into another, and the judge is sure of 9.7 in the mean. So in these images
# the *direction* of a noise says which digit it is, and a sufficient length is needed to draw it at all. Twelve images of one seed are few, so try other seeds as well.
#
# The lines above the panel tell you that there is still a long way to go. Samples are much further from test images than training images are, and the judge is sure of fewer samples than of test images.
# </details>
#
# ## Play 4: a walk from one noise to another
#
# **Is the middle of two noises a noise?** A walk from one noise to another is an **interpolation** (보간). The straight line between two noises $a$ and $b$ passes closer to the origin than its ends. So people walk along a **great circle** (대원), which keeps the length if both ends have the same. With the angle $\omega$
# between $a$ and $b$, the point at share $t$ of the way is
#
# $$\frac{\sin((1 - t)\, \omega)\, a + \sin(t\, \omega)\, b}{\sin \omega}$$


# %%
def great_circle(a, b, t):
    """From a at t = 0 to b at t = 1 by equal angles: (..., Z), (..., Z), (..., 1) -> (..., Z)."""
    angle = F.cosine_similarity(a, b, dim=-1).acos()[..., None]
    return (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin()


# %% [markdown]
# Sixteen standard normal numbers have a length near $\sqrt{16} = 4$. The great circle keeps it, while the straight way loses almost a third of it in the middle, where training seldom put a noise. Does it matter for the picture? The straight walk is above, the great circle below. Choose two ends, and compare the middle columns:


# %%
def show_walk(first=9, second=19):
    """Nine steps between two noises, straight and along a great circle."""
    noise = torch.randn(20, 16, generator=torch.Generator().manual_seed(0))
    a, b, t = noise[first], noise[second], torch.linspace(0, 1, 9)[:, None]
    ways = [torch.lerp(a, b, t), great_circle(a, b, t)]
    line = "shortest z: above {:.1f}, below {:.1f}".format(*[w.norm(dim=1).min() for w in ways])
    return pictures.sheet(G_long(torch.cat(ways)), 9), line


ask = exercise.ASKED["show_walk"]
Panel(show_walk, first=(0, 9), second=(10, 19), ask=ask)


# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# One digit bends into the other, and in between there are shapes that are half of each. With the ends 9 and 19 the upper middles are paler, and the lower ones stay black. Both of these noises are shorter than usual, and the straight way makes them shorter still. For most other pairs of ends the two rows hardly differ by eye: the same strokes change at the same steps. At each step the two noises have nearly the same direction, and they differ in length. So the *direction* of the noise seems to decide which digit is drawn. Whether the length matters too, the distance has to say.
# </details>
#
# By eye most walks look the same in both rows, so ask the judge. It compares 3000 middles of each kind, and as many plain samples, with test digits. There are three draws of each:

# %%
ways = "plain samples", "straight middles", "circle middles"
pairs = [torch.randn(2, 3000, 16, generator=torch.Generator().manual_seed(s)) for s in (1, 2, 3)]
noises = [(a, (a + b) / 2, great_circle(a, b, 0.5)) for a, b in pairs]
found = [[judges.frechet_of_digits(G_long(z).detach()) for z in draw] for draw in noises]
pictures.dots(dict(zip(ways, torch.tensor(found).T, strict=True)), "Frechet distance", marks=floor)

# %% [markdown]
# Straight middles are clearly worse, and middles on the great circle are as good as plain samples. The second half is no surprise. In sixteen dimensions two noises are nearly at a right angle, and then the middle of the great circle is about $(a + b) / \sqrt 2$, which is a standard normal noise itself. The straight middle $(a + b) / 2$ is the same noise
# with about 0.7 of its length. So the distance tells you what a shorter noise costs, as in Play 3. With 3000 images it finds a difference that the eye misses in most walks.
#
# ## What has the discriminator learnt?
#
# Nobody gave $D$ a label. Yet to tell real from fake it may have learnt what strokes are. The paper takes all of $D$'s maps, max-pooled to 4 × 4, as features for a linear classifier. So do we, with least squares and a ridge, which keeps the weights small and was chosen on validation digits. There are more features than images, so the code solves for one number per training image instead of one per feature, which gives the same answers:


# %%
@torch.no_grad()
def share_wrong(features, n):
    """What share of the test digits a linear classifier of n training digits gets wrong."""
    x, test = (features(enlarge(digits(split)[0])) for split in ("train", "test"))
    x, test = ((h - x[:n].mean(0)) / (x[:n].std(0) + 1e-3) for h in (x[:n], test))
    ridge, goal = 0.1 * x.shape[1] * torch.eye(n), F.one_hot(digits("train")[1][:n], 10) - 0.1
    guess = test @ x.T @ torch.linalg.solve(x @ x.T + ridge, goal)
    return (guess.argmax(1) != digits("test")[1]).double().mean().item()


# %% [markdown]
# The trained $D$ needs opponents. One is raw pixels. Another is a $D$ that was never trained, in five drawings of its initial weights. Beside them stand the $D$ of the weights that come with the course, which took 12,000 steps, and five untrained drawings of *its* layers. The classifiers get 50 or 200 labels:

# %%
kinds = {"raw pixels": [lambda x: x.flatten(1)], "trained D": [D.eval().pooled]}
kinds["untrained D"] = [dcgan.by_paper(seed)[1].eval().pooled for seed in range(5)]
kinds["long trained D"] = [pair["discriminator"].pooled]
kinds["the same, untrained"] = [dcgan.dcgan_pair()["discriminator"].pooled for _ in range(5)]
wrong = {}
for n in (50, 200):
    wrong |= {f"{kind}, {n}": [share_wrong(f, n) for f in fs] for kind, fs in kinds.items()}
pictures.dots(wrong, "share of test digits wrong")

# %% [markdown]
# Look twice. Your trained $D$ beats raw pixels, and one would like to conclude that the game has taught it. But the *untrained* $D$ does as well. With 50 labels and with 200 all of its five drawings are even better. Random kernels, a leaky ReLU and pooling are already good features for digits. Half a minute of play has added nothing that this chart could show.
#
# The $D$ that played for longer is another matter. With 50 labels it gets a share of 0.073 wrong, and each of its five untrained drawings gets more wrong, 0.119 in the mean. With 200 labels the gap is small: 9 of the 300 test digits are wrong, against 12 for the best untrained drawing, so that three digits decide. It is one trained $D$, and so again a hint.
#
# The paper reports 82.8 % on CIFAR-10 for a $D$ that was trained on more than a million images, and no row for an untrained one. Always ask for that row: without it you cannot tell training from architecture.
#
# ## Break it
#
# **Mistake 1: real and fake in one batch-norm batch.** It looks like a saving: concatenate, one pass, split. But then each answer depends on the whole batch. Take 32 real digits, and give them company: other real digits, or what the trained $G$ or a fresh $G$ draws. How far do $D$'s answers to the *same* digits move?

# %%
company = {"real digits": real[32:64], "trained G": drawn[last][:32], "fresh G": drawn[1][:32]}
with torch.no_grad():
    alone = D.train()(real[:32])
    moved = {n: (D(torch.cat([real[:32], x]))[:32] - alone).abs() for n, x in company.items()}
D.eval()
pictures.dots(moved, "change of D's logit", marks={"spread among the digits": alone.std()})


# %% [markdown]
# Each dot is one digit. The dashed line says how much the answers to the 32 digits differ among themselves. Real company hardly changes an answer, and a trained $G$'s fakes change it little. A fresh $G$'s fakes change it by more than the digits differ. Here a *trained* $D$ faces the grey images of a fresh $G$, which are as foreign to it as can be; a young $D$ was not measured. But when the fakes are so bad, its answer says more about the
# neighbours than about the image, and no error tells you. That is why `real_and_fake` makes two passes.
#
# **Mistake 2: `BatchNorm2d(n, 0.8)`.** In a well-known public DCGAN the 0.8 was most likely meant as a momentum, but the second argument is $\varepsilon$. This is the picture of batch normalisation once more, with a third curve:

# %%
seen["eps 0.8 by mistake"] = share(torch.nn.BatchNorm2d(64, 0.8)(narrow))
pictures.lines(scale, seen, "activation, first layer of G", (0, 5))


# %% [markdown]
# The third curve hardly differs from the first. With 0.8 beside a variance that is a hundred times smaller, the layer normalises nearly nothing, and no error is raised. The instrument is one line: print the standard deviation after the layer. And name the argument: `BatchNorm2d(n, momentum=0.2)`. It is 0.2 because Keras calls the share of the old average that it *keeps* momentum, 0.8, and torch the share by which it *updates*.
#
# **Mistake 3: a sigmoid before a loss that takes logits.** `binary_cross_entropy_with_logits` has the sigmoid inside. If $D$ ends in one more, it is applied twice. Here is $G$'s loss as $D$'s logit for a fake goes from "surely fake" to "surely real":

# %%
logits = torch.linspace(-9, 9, 37)
bce = lambda s: F.binary_cross_entropy_with_logits(s, torch.ones(37), reduction="none")
losses_of_G = {"loss of G, logits": bce(logits), "sigmoid first": bce(logits.sigmoid())}
pictures.lines(logits, losses_of_G, "D's logit for a fake", (0, 10))


# %% [markdown]
# On the left, where a generator needs its push most, the right loss is steep and the wrong one is flat: the non-saturating loss saturates again. With the mistake no loss of $G$ can leave the narrow band between about 0.3 and 0.7. A value inside the band is no sign by itself: at logit 0 the right loss is 0.7 as well. But feed $D$ a hopeless fake, an image of uniform noise for instance. If the loss is still below 0.7, look for a second sigmoid.
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
# **2. Predict, then run** (10 minutes). How many trainable numbers has $D$? Its layers: convolution 4 × 4 from 1 to 32 channels with bias, convolution 4 × 4 from 32 to 64 without, batch
# normalisation of 64 channels, convolution 4 × 4 from 64 to 1 with bias.

# %%
my_count = None  # your number
exercise.numbers_in_D.check(my_count)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Batch normalisation has two numbers per channel.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_count = (16 * 32 + 32) + 16 * 32 * 64 + 2 * 64 + (16 * 64 + 1)
# ```
# </details>
#
# **3. Write it** (10 minutes). A transposed convolution of a row $(W,)$ with a kernel $(k,)$ and stride $s$, no padding, one channel. The result has the shape $((W - 1)s + k,)$. Use stamps or zeros.


# %%
def my_up(x, kernel, s):
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
# **4. Write it** (10 minutes). Batch normalisation of maps $(B, C, H, W)$ while training, without gain and shift. The result has the same shape; each channel has mean 0 and, but for $\varepsilon$, variance 1.


# %%
def my_norm(x, eps):
    return None  # your code


exercise.batch_norm.check(my_norm)

# %% [markdown]
# <details><summary>Hint</summary>
#
# What `x.mean((0, 2, 3), keepdim=True)` gives has one number per channel.
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
# ## Ask yourself
#
# **1.** A friend says that a "deconvolution" undoes a convolution. What do you show?
#
# <details><summary>Answer</summary>
#
# A digit that was halved and doubled with the same kernel comes back blurred twice. The transpose brings back the size and not the picture ("Is it the transpose?").
# </details>
#
# **2.** You want to double an image without a checkerboard. Which kernels come into question with stride 2?
#
# <details><summary>Answer</summary>
#
# Those that the stride divides: 2, 4 or 6. With the others some pixels get more stamps than their neighbours, whatever the weights are ("What does it see?", "Play 1: kernel, stride, padding").
# </details>
#
# **3.** A paper reports a Frechet distance, and nothing else. What else do you need?
#
# <details><summary>Answer</summary>
#
# The floor, which is what real images score against real images, and the features: a distance in one classifier's eyes cannot be compared with that in another's ("The Frechet distance"). And look at the samples, because a small distance still lets a few malformed digits through ("Better digits").
# </details>
#
# **4.** Without one of the rules a single training is a little better than with it. What follows?
#
# <details><summary>Answer</summary>
#
# A hint, and no more. Five seeds of the same recipe differ among themselves, and each row without a rule is one seed, with all other rules in place ("The rules, one by one").
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | DCGAN is made for images. (“image 도메인.”) | holds: a dense layer does not know which pixels are neighbours, and a convolution does | The question |
# | The first GAN used an MLP. (“바닐라 겐은 MLP을 사용했음.”) | holds: one stands here beside real digits; the paper of 2014 had convolutions too, in its last samples (not shown here) | The question |
# | DCGAN uses convolutions in place of the MLP. (“이 논문은 MLP대신에 conv net 사용.”) | holds: the whole model is drawn at the head | 6 · DCGAN |
# | It used leaky ReLU. (“leaky relu을 썼음.”) | holds, in the discriminator; here, in one run, plain ReLU was better | The rules |
# | For making images deconvolution does better than an MLP. (“이미지 만들때는 mlp보다는 deconv 쓰는게 성능이 더 좋더라.”) | holds in part: in 25 seconds of one machine all five seeds of the recipe beat all five MLPs, in 37 the ranges overlap; and "deconvolution" is the transposed convolution, which is no inverse | The rules; Is it the transpose? |
# | The paper found settings that make it work. (논문은 잘 되는 설정을 찾아냈다.) | holds, as a recipe: the rules differ widely in what they are worth here (one seed each) | The rules |
#
# ## Summary
#
# These models were compared here. The last column says whether a model can also read back from an image the numbers that it was drawn from:
#
# | model | parameters ($G$ + $D$) | Frechet at 16 × 16 (floor 1.3) | cost | reads a code? |
# |---|---|---|---|---|
# | MLP GAN | 135,936 + 131,841 | 20.9 to 31.7, five seeds | 25 seconds | no |
# | DCGAN, Z = 16 | 49,857 + 34,465 | 12.9 to 15.2, five seeds | 25 seconds | no |
# | DCGAN of the shipped weights | 99,361 + 71,329 | 1.8 after 12,000 steps, the best of three seeds on validation digits; the others 2.0 and 2.3 (new draws of the best alone: 1.6 to 2.3) | about ten minutes, all three seeds | no |
#
# The table of the course goes on with the rows of the notebooks before, this one's last. Only scores of one kind can be compared:
#
# | model | $p(x)$? | draws how | parameters | its score | where it breaks |
# |---|---|---|---|---|---|
# | Markov, memory 9 | exact | in 64 steps | 28,671 | 19.19 ± 0.23 nats; fair coins 44.36 | most of a longer memory's rows were never seen |
# | NADE, 128 hidden | exact | in 64 steps | 16,576 | 16.57 ± 0.25 nats | learns a stroke anew at each place |
# | Diagonal BiLSTM | exact | in 64 steps | 26,497 | 16.47 ± 0.24 nats | each pixel waits for the one before |
# | VAE, Z = 8 | a bound | in one step | 171,088 | at most 16.75 ± 0.22 nats | draws each pixel by itself: grain |
# | GAN on the ring | none | in one step | 4,482 + 4,417 | 8 of 8 modes, five seeds | its losses do not say how good it is |
# | **DCGAN, Z = 16** | none | in one step | 49,857 + 34,465 | Frechet 12.9 to 15.2, five seeds; true digits 1.3 | no direction of its noise has a name |
#
# Where it breaks: you can walk among the noises, but no direction has a name. Which one makes a stroke thick, which makes a seven? In notebook 7 the
# generator keeps a code that can be read back.
#
# **References.**
#
# - A. Radford, L. Metz and S. Chintala (2016), *Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks*, [arXiv 1511.06434](https://arxiv.org/abs/1511.06434).
# - S. Ioffe and C. Szegedy (2015), *Batch Normalization*, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167).
# - A. Odena, V. Dumoulin and C. Olah (2016), *Deconvolution and Checkerboard Artifacts*, [doi 10.23915/distill.00003](https://doi.org/10.23915/distill.00003).
# - M. Heusel et al. (2017), *GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium*, [arXiv 1706.08500](https://arxiv.org/abs/1706.08500).
# - T. White (2016), *Sampling Generative Networks*, [arXiv 1609.04468](https://arxiv.org/abs/1609.04468).
