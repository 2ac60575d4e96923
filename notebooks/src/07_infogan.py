# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7 · InfoGAN: codes that mean something
#
# > InfoGAN puts a class $c$ into the generator, beside the noise $z$. The discriminator deals with $c$ too, so that the generator can draw several kinds of images. (So the lecture has it. Whether this holds, you will see at the end.)
#
# **Can a generator sort digits into ten classes when nobody ever tells it a label?**
#
# After this notebook you can bound mutual information, train a generator whose codes can be read back from its images, match its nameless categories to the digits, and measure
# what its continuous codes have found.
#
# Key terms: code (코드), mutual information (상호 정보량), lower bound (하한), entropy (엔트로피), disentangled (분리된), matching (매칭),
# conditional GAN (조건부 GAN).
#
# Everything that this notebook needs is imported here, in one place.

# %%
import copy
import json
import math
import re
from pathlib import Path

import torch

from genlib import judges, metrics, pictures, weights
from genlib.data import augment, digits, enlarge, moved_digits
from genlib.exercises import infogan as exercise
from genlib.models.gan import discriminator_loss, nonsaturating_loss
from genlib.models.infogan import categorical_bound, continuous_bound, guess_back, information_bound
from genlib.recipes import dcgan, infogan, mnist
from genlib.recipes.infogan import CODES, infogan_pair
from genlib.training import Player, adam, fit, minibatches, play
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# Here is the whole model. Data are words, networks are boxes, and each box says whose loss its weights follow:

# %%
flow = "z -> G -> fake -> move -> D trunk -> Q -> guess\nc -> G\nreal -> move\nD trunk -> D head -> real?"
follows = {"G": "from D and Q", "D trunk": "from D", "D head": "from D", "Q": "from its own guess"}
pictures.diagram(flow, follows | {"move": "at random"}, learns=list(follows))

# %% [markdown]
# Leave out $c$ and $Q$, and you have the GAN of notebook 6: the generator $G$ turns noise $z$ into a fake, and the discriminator $D$ tells fakes from real digits. Two things are new. A **code** (코드) $c$ enters $G$ beside the noise, and a
# network $Q$ looks at the finished image and guesses which code it was made of. $D$ is drawn in two green boxes. Its convolutions are called the **trunk** (몸통), and $Q$ reads them too; what is left of $D$, its head, says real or fake. Before they look, every image, real or fake, is moved a little at random; why this helps is a question for later.
#
# ## The question
#
# Why would anybody want a code? Take the generator of notebook 6, change one of its noise numbers from low to high, and leave all others as they are. Then do the same with the two kinds of
# code that an InfoGAN has, a category and a number. (Its weights are shipped, `make weights NAME=infogan_digits` makes them anew, and you will train a shorter version below.)


# %%
plain, long = dcgan.dcgan_pair().eval().requires_grad_(False), infogan_pair().eval()
weights.load_or_train("dcgan_digits", plain)
told, G_long = weights.load_or_train("infogan_digits", long), long["generator"]
z = plain["generator"].noise(1, torch.Generator().manual_seed(0)).repeat(3, 10, 1)
z[0, :, 0] = z[1, :, 1] = z[2, :, 2] = torch.linspace(-2, 2, 10)
swept = {f"noise {k}": plain["generator"](z[k]) for k in range(3)}
z = G_long.noise(1, torch.Generator().manual_seed(1)).repeat(10, 1)
swept["category"] = G_long(z, torch.eye(10, 12))  # both numbers are 0
code = torch.eye(10, 12)[[5] * 10] + torch.linspace(-1, 1, 10)[:, None] * torch.eye(12)[10]
swept["number"] = G_long(z, code)
pictures.rows(swept, columns=10)

# %% [markdown]
# In the three rows of the DCGAN several things change together. In the first the six gets heavier and its loop fills up, until little more than a blot is left. In the second it straightens while its loop opens, and in the third it becomes narrow and its loop breaks. In the fourth row a step of InfoGAN's category mostly gives another kind of image, although two of the ten are fives and none is an eight. In the last row the
# category is fixed and only the number moves, and the image stays a four while its shape changes. For that change there is no single word either, and later you will measure what a number has found.
#
# One row could be an accident, so measure it. The function `image_moments` gives four plain properties of an image: its mean ink, its spread across and up, and its slant. Each of them is correlated with each noise number of the DCGAN over 3000 samples:

# %%
z = plain["generator"].noise(3000, torch.Generator().manual_seed(0))
moments = torch.stack(metrics.image_moments(plain["generator"](z).detach())).float()
both = torch.cat([z.T, moments])  # (Z + 4, 3000)
figure = pictures.matrix(torch.corrcoef(both)[:-4, -4:].T, "noise number of the DCGAN", "")
figure.axes[0].images[0].set_clim(-1, 1)  # full colour is a correlation of 1
figure.axes[0].set_yticks(range(4), metrics.Moments._fields)
figure.set_size_inches(7.4, 2)
figure

# %% [markdown]
# Every property is spread over several columns, and no cell comes near the full colour of 1 or -1. So the information is in the noise, but smeared over much of it. A code is called **disentangled** (분리된) when one
# number stands for one property, and the DCGAN's noise is not. Nothing in its game asks for that, because $D$ is content with any image that looks real.
#
# Be careful with this word. What InfoGAN is going to ask for is a code that can be *read* from the image, and a code may be readable without being disentangled: two numbers that each change ink and slant together can both be read. Whether one number stands for one property is a second question, and you will measure it later.
#
# ## The equations
#
# What InfoGAN (Chen et al., 2016) asks for fits in one sentence: *the code should be readable from the image*. Two quantities make this precise. The **entropy** (엔트로피) of notebook 1, here $H(c) = -E \log p(c)$, says how much you do not know about
# the code before you see the image, and $H(c|x) = -E_{c, x} \log p(c|x)$ how much you still do not know afterwards. Both are counted in nats, as in notebook 1. Ten equally likely codes have $\ln 10 = 2.30$ nats, two have $\ln 2 = 0.69$, and a code that is certain has none. What the image has told you is the difference, the **mutual information** (상호 정보량):
#
# $$\begin{aligned}
# I(c; x) &= H(c) - H(c|x) && \text{known afterwards, not before} \\
# &= H(c) + E_{c, x} \log p(c|x) && \text{the definition of } H(c|x) \\
# &= H(c) + E_{c, x} \log Q(c|x) + E_{c, x} \log \frac{p(c|x)}{Q(c|x)} && \text{the same term added and subtracted} \\
# &= \underbrace{H(c) + E_{c, x} \log Q(c|x)}_{L_I} + E_x\, KL\big(p(c|x) \,\|\, Q(c|x)\big) && \text{the definition of a divergence}
# \end{aligned}$$
#
# Why the third line? The **posterior** (사후 분포) of notebook 4, here the probability $p(c|x)$ of a code once you see the image, compares how likely each code is to draw exactly $x$. Ten codes are easily listed, but each of them asks for an integral over every noise $z$ that could have drawn $x$, and nobody can compute that for a network. $Q$ is a network that you can simply evaluate. A divergence is never negative, and therefore
# $L_I \le I(c; x)$: it is a **lower bound** (하한), and what it misses is exactly how far $Q$ is from the true posterior. InfoGAN adds this bound to the game $V$ of notebook 5, with a price $\lambda$:
#
# $$\min_{G, Q} \max_D \; V(D, G) - \lambda L_I$$
#
# ## The equations as code
#
# Take a world so small that nothing has to be learnt: three codes, four images, and a generator that is a table. Its row $c$ says how often each image is drawn. Both quantities are then a line each. Bayes' rule says that $p(c|x) / p(c) = p(x|c) / p(x)$, so the information is also $E_{c, x} \log \frac{p(x|c)}{p(x)}$, and this is what the first function computes: `g` is $p(x|c)$, and its mean over the codes, `g.mean(0)`, is $p(x)$. Three readers guess the code: one who knows nothing, one who guesses wildly, and one who has the posterior:


# %%
def information(g):  # I(c; x) in nats of a table p(x | c), (C, X), each code equally likely
    return torch.xlogy(g, g / g.mean(0)).sum() / len(g)


def bound(g, q):  # L_I in nats of a guess Q(c | x), (C, X)
    return torch.xlogy(g, q).sum() / len(g) + math.log(len(g))


def tables(named):
    figure = pictures.Figure(7.4, 2.4, margins=(0.04, 0.99, 0.1, 0.88))
    for axis, (name, p) in zip(figure.subplots(1, len(named)), named.items(), strict=True):
        axis.imshow(p, cmap="Blues", vmin=0, vmax=1.8)
        for i, j in torch.ones(p.shape).nonzero().tolist():
            axis.text(j, i, f"{100 * p[i, j]:.0f}", ha="center", va="center", size=7)
        axis.set(title=name, xlabel="image x", ylabel="code c", xticks=[], yticks=[])
    return figure


g = torch.tensor([[6, 3, 2, 1], [1, 1, 5, 5], [2, 8, 1, 1]]).double() / 12  # p(x | c)
wild = torch.tensor([[1, 6, 1, 8], [8, 2, 2, 1], [1, 2, 7, 1]]).double() / 10  # Q(c | x)
readers = {"knows nothing": torch.full_like(g, 1 / 3), "wild": wild, "posterior": g / g.sum(0)}
tables({"p(x | c)": g} | {f"Q: {name}": q for name, q in readers.items()})

# %% [markdown]
# The left table is the generator. The figures are probabilities in percent, and a dark cell is a likely one. The others say which code each reader suspects when an image (a column) turns up. How much does each of them read?

# %%
nats, marks = {}, {"I(c; x)": information(g), "H(c)": math.log(3)}
for name, q in readers.items():
    gap = (g.mean(0) * readers["posterior"] * (readers["posterior"] / q).log()).sum()  # the KL
    nats |= {f"{name}: $L_I$": [bound(g, q)], f"{name}: $L_I$ + KL": [bound(g, q) + gap]}
pictures.dots(nats, "nats", marks=marks)

# %% [markdown]
# The two dashed lines belong to the generator alone: $H(c)$ is what there is to know, and $I$ what the images tell of it. How much is read depends on the guess. Whoever knows nothing reads nothing, a wild guess is worse than that because it is sure of the wrong code, which makes $L_I$ negative, and the
# posterior reads everything. What is missing between such a bar and the line $I$ is exactly the divergence in the last line of the derivation, because with it every bar ends at the line. So raising $L_I$ does two things at once: $Q$ learns to read, and $G$ learns to write readably.
#
# A network has no table, so you draw codes, make images of them, and average $\log Q$. Except for a sign and a constant this average is the cross entropy (교차 엔트로피) of a classifier. Its labels are the codes as **one-hot** (원-핫) rows, which have a single 1 in the column of the category, and since you drew the codes yourself,
# nobody had to write down a label. That is the whole trick.
#
# ### Numbers as codes
#
# A second kind of code is a number, drawn evenly between $-1$ and $1$. $Q$ answers with a bell curve, a mean and a standard deviation, even where that is the wrong shape. Suppose an image shows only in which of four equal cells the number lies, here the third:

# %%
c = torch.linspace(-1, 1, 801)
bell = torch.distributions.Normal(0.25, 0.5 / math.sqrt(12))  # mean and std of the cell
says = {"the image": 2.0 * ((c >= 0) & (c <= 0.5)), "Q at best": bell.log_prob(c).exp()}
print(f"the image tells {math.log(4):.3f} nats, Q reads {math.log(2) - bell.entropy():.3f}")
pictures.lines(c, says, "code c", ylim=(0, 3.2))

# %% [markdown]
# The curve spills over the edges of the cell, and that has a price: the line above the picture says 1.386 nats against 1.210, so 0.176 nats are told and not read. This gap between $I$ and $L_I$ does not depend on the number of cells, because cell and curve shrink together. With a single cell the image tells 0 nats. The price is the same, and so $L_I$ is 0 less 0.176, which is $-0.176$: a negative bound, without any bug.
#
# ## Whom does $L_I$ move?
#
# The bound is computed at the far end of a chain of networks, and its gradient can flow back through all of them. Who lets it change their weights is a decision:

# %%
flow = "z and c -> G -> fake -> move -> D trunk -> Q -> L_I\nL_I ~[gradient]~> Q ~> D trunk ~> G"
pictures.diagram(flow, learns=["G", "Q"], frozen=["D trunk"])

# %% [markdown]
# Here $G$ and $Q$ follow $L_I$. The trunk lets the gradient pass without changing itself. It is frozen only as far as $L_I$ is concerned: as in the first drawing, it learns from $D$'s loss, and serves $D$ alone. The paper leaves this open, since the trunk belongs to $D$ and to $Q$, and the code of its authors lets the trunk learn for $L_I$ as well. Below you will see five trainings of each kind, which show no clear difference. Real images do not appear in the drawing at all: no code made them, so there is nothing to guess back.
#
# ### What must a category survive?
#
# The bound asks for readable codes, and not for *digits*. A category that means "a little to the left" would be readable too. Therefore $D$ and $Q$ see every image, real or fake, only after a random move: shifted, turned and scaled a little.

# %%
train, train_labels = enlarge(digits("train")[0]), digits("train")[1]
noise = torch.Generator().manual_seed(0)
pictures.rows({"as drawn": train[:10], "moved": augment(train[:10], noise)}, columns=10)

# %% [markdown]
# Such moves are small. They blur a place or an angle, so that it makes a poor category, and they leave alone what makes a seven a seven. Moving the real images *and* the fakes is also what saves a GAN that has little data, as "Better digits" in notebook 6 showed: $D$ cannot learn 1297 digits by heart when it never sees one twice, and $G$ may go on
# drawing upright digits, since $D$ only ever sees them moved. If only the real ones were moved, $G$ would have to draw crooked digits.
#
# Could a move *add* information about the code? Look at the two rows: whatever you can read off the lower one you could have read off the upper one, by moving it yourself before you look. This is the **data processing inequality** (데이터 처리 부등식), $I(c; Tx) \le I(c; x)$ for whatever is done to $x$ without looking at $c$. So a bound on
# what the moved image tells is also a bound on what the image tells, and training may use it. The moves are not in the paper on InfoGAN. That real images and fakes should be moved alike when data are few is known from other GANs ([Zhao et al., 2020](https://arxiv.org/abs/2006.10738); [Karras et al., 2020](https://arxiv.org/abs/2006.06676)). The trunk that stays out of $L_I$ is not in the paper either, and for MNIST you will meet more such changes.
#
# ## Train it
#
# The whole game is two losses. $D$ tells moved real digits from moved fakes, as in notebook 6. $G$ and $Q$ together lower $G$'s old loss minus the bound. The bound is short in PyTorch. Look up the log probability that $Q$ gives to the code that was drawn, take the mean, and add the entropy of the prior. That is $\ln 10$ for a category, and $\ln 2$ for a number. The two `assert` lines compare both formulas with the library. Any guesses will do for that, so the logits and means are simply made from `c`:

# %%
k, c = torch.arange(10), torch.linspace(-1, 1, 10)[:, None]  # ten fakes: their categories, numbers
L_k = lambda logits: logits.log_softmax(1)[range(10), k].mean() + math.log(10)
L_c = lambda mean, std: torch.distributions.Normal(mean, std).log_prob(c).mean() + math.log(2)
assert torch.isclose(L_k(c @ c.T), categorical_bound(c @ c.T, torch.eye(10)))
assert torch.isclose(L_c(c / 2, 0.5), continuous_bound(c / 2, 0 * c + math.log(0.5), c))
print(f"uniform: {L_k(torch.zeros(10, 10)).abs():.2f}, perfect: {L_k(99 * torch.eye(10)):.2f}")

# %% [markdown]
# A $Q$ that gives every category the same probability reads 0 nats, and one that is sure and right every time reads all 2.30.
#
# The training below takes two functions from the library. The first, `guess_back`, draws codes, makes fakes of them, and returns $D$'s logits, $Q$'s guess and the codes. The second, `information_bound`, adds the $L_I$ of the category and a tenth of that of the numbers. Why so little? The category can have no more than $\ln 10$ nats. A number that is read ever more exactly gives ever more of them, without an end, and would outweigh the category. The price $\lambda$ of all this is 1, and it stands before the bound.
#
# Neither function says who learns. That is up to the optimizers: the one for $G$ and $Q$ holds `G` and `D.q` only, and the trunk belongs to `D.layers`. Each player moves its own weights
# once per step, over 2400 steps of 32 images, which takes less than a minute:

# %% tags=["nbval-ignore-output"]
torch.manual_seed(3)
(G, D), noise = infogan_pair().values(), torch.Generator().manual_seed(3)
move = lambda x: augment(x, noise)


def of_D(real):
    fake = G.sample(len(real), CODES.sample(len(real), noise), generator=noise)
    return discriminator_loss(D(move(real)), D(move(fake)))


def of_G_and_Q(real):
    logits, guess, code = guess_back(D, G, CODES, len(real), noise, shown=move)
    return nonsaturating_loss(logits) - 1.0 * information_bound(guess, code)  # λ = 1


players = {"D": Player(D, of_D, adam(D.layers.parameters(), 5e-4))}
players["G and Q"] = Player(G, of_G_and_Q, adam([*G.parameters(), *D.q.parameters()], 1e-3))
losses = play(players, minibatches(train, size=32, generator=noise), steps=2400)

# %% [markdown]
# How did the two losses go?

# %%
smooth = {name: torch.tensor(loss).unfold(0, 100, 100).mean(1) for name, loss in losses.items()}
pictures.curves(range(50, 2400, 100)[: len(smooth["D"])], smooth, "step", "loss, mean of 100 steps")

# %% [markdown]
# After a rise at the start $D$ loses nearly the same all the time. The loss of $G$ and $Q$ falls steeply at first, mainly because the bound fills up and stands in it with a minus, and then it hardly changes. Neither curve says whether a category means anything, and for that you must look at samples.
#
# ### Play 1: λ and training time
#
# **Which comes first, the digit or the code?** Two games like yours, from another seed, were recorded at ten moments (`make weights NAME=infogan_frames`). Both start from the same first weights. A column is a category, and a row is a noise. The line below tells how many nats $Q$ reads. It also tells how many of the digits that nobody trained on are *matched*: $Q$ puts them into the category that bears their name, when each category is named after one digit in the best possible way.
#
# Make your guess first. Then go to moment 0 and let the moments play for $\lambda = 1$, then for $\lambda = 0.001$:


# %%
frames, steps = infogan.blank_sheets(), infogan.MOMENTS
weights.load_or_train("infogan_frames", frames)


def show_game(moment=9, lam=1.0):
    """moment: which of ten recorded moments, from step 1 to step 2400
    lam: how much G is paid for readable codes
    """
    at = infogan.LAMBDAS.index(lam), moment
    told = f"L_I {frames.information[at]:.2f} nats of 2.30, matched {frames.matched[at]:.0%}"
    x = frames.levels[at].transpose(0, 1).flatten(0, 1)[:, None].repeat_interleave(3, 2) / 255
    return pictures.sheet(x.repeat_interleave(3, 3), columns=10), f"step {steps[moment]}: {told}"


ask = exercise.ASKED["show_game"]
off = lambda moment, lam: ["lam"] * (moment == 0)  # both games begin alike
Panel(show_game, off=off, play="moment", ask=ask, moment=(0, 9), lam=list(infogan.LAMBDAS))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# At the first moment all is grey. With $\lambda = 1$ most of the bound is there by step 40, when hardly anything looks like a digit: blots can be read already, and *become* digits afterwards. The share that is matched climbs until about step 800. At step 20 it is 30 % while next to nothing can be read. That is less than it seems, because the names are chosen afterwards, in the best possible way. Even a $Q$ that was never trained gets about 20 % like that, as you will see below.
# With $\lambda = 0.001$ the ten columns are alike at the end, and the rows differ: the noise chooses the digit. Even so $L_I$ creeps up to more than half of its ceiling, because $Q$ finds differences that you hardly see.
# </details>
#
# ## Look
#
# Back to the training that you ran. Each row is one category, each column one noise, and both numbers are 0:


# %%
def all_ten(G, n=10, seed=0):  # ten categories, the same noises: (10, n, 1, 16, 16)
    z = G.noise(n, torch.Generator().manual_seed(seed)).repeat(10, 1)
    return G(z, torch.eye(10, G.codes.size).repeat_interleave(n, 0)).unflatten(0, (10, n))


pictures.rows({f"category {k}": x for k, x in enumerate(all_ten(G))}, columns=10)

# %% [markdown]
# Nobody has named a row, and yet in the stored sheet most rows are one digit: categories 1, 2 and 3 draw twos, threes and sevens, category 5 draws fours, 6 sixes, 7 ones and 8 zeros. The other three waver, like category 0 between eight and nine, or category 9 between five and nine. Your own sheet may look different, because in a game of 2400 steps even the rounding of another processor leads elsewhere.
#
# ### Do the categories match the digits?
#
# Now turn it round. $Q$ can name a category for any image, a real one too, and so it has become a classifier that never saw a label. The table counts which test digits, held out from all training, it puts into which category. Its rows are sorted so that the
# diagonal is as heavy as possible, and the line above it gives the share of the images on the diagonal:

# %%
held, held_labels = moved_digits("test", copies=5, seed=2)
share = lambda judge: metrics.matched_accuracy(judges.categories_of(judge, held), held_labels)
found = judges.categories_of(D, held)
order = metrics.matching(found, held_labels).argsort()  # the category of each digit
figure = pictures.matrix(metrics.contingency(found, held_labels)[order], "digit", "category")
figure.axes[0].set(xticks=range(10), yticks=range(10), yticklabels=order.tolist())
figure.suptitle(f"on the diagonal: {share(D):.3f}")
figure

# %% [markdown]
# Count the dark cells. In the stored table the columns of 0, 3, 4, 6 and 7 have one that stands out clearly, so these digits have a category of their own. The eights share theirs with some of the nines, and the ones are split between two categories. Nearly all fives lie in three categories, and the largest group of them is where most of the nines are. That category is needed for the nines, and the next one for the ones. So category 4 is named five, though it holds more ones than fives: some category had to be the five.
#
# Giving each category the name of one digit, in the way that makes most images right, is a **matching** (매칭). There are 3,628,800 ways, and the Hungarian method (헝가리안 방법;
# [Kuhn, 1955](https://doi.org/10.1002/nav.3800020109)) finds the best without trying them all. The share of images that are then right is the **matched accuracy**. Yours stands above the table.
#
# Two things make this number look better than it is. The names are chosen on the very images that are scored. And the best of all namings makes *any* ten groups look a little like digits, so that 0.1 is not what a network scores that has learnt nothing. The fair floor is a $Q$ that was never trained, on the trunk of a trained $D$. In the charts below it is a dashed line.
#
# What would be good, on the other hand? The method **k-means** (k-평균) sorts images into ten clusters, each around its mean, and needs no label either. Here it stands beside five trainings like yours, and eight trainings of 14,000 steps:


# %%
def read(part):  # what `python benchmarks/infogan.py PART` has measured
    return json.loads(Path(f"../benchmarks/results/infogan_{part}.json").read_text())


def kept(part, score="matched", of=None):
    rows = read(part)["rows"]
    return [row[score] for row in (rows[of] if of else rows)]


floor = {"Q untrained": torch.tensor(kept("zero", of="lambda 0")).mean()}
longer = [float(one) for one in re.findall(r"valid [\d.]+, test ([\d.]+)", told["accuracy"])]
games = {"k-means": [read("seeds")["k_means"]], "2400 steps": kept("seeds"), "14,000 steps": longer}
pictures.dots(games, "matched accuracy on test digits", marks=floor)

# %% [markdown]
# All trainings are far above the untrained $Q$. But k-means gets further than every short training, although it cannot draw, since on images as small and as well centred as these, digits of one class simply lie close to each other. The long trainings range from 0.65 to 0.80. Five of the eight are above the 0.739 of k-means and three are below, and their mean is 0.747, so here InfoGAN sorts about as well as k-means, and draws besides.
#
# One of the eight is shipped, and it was chosen by the labels of a third set of digits, the validation digits. No network ever learns from a label, but people who choose do look at some.
#
# ### When do categories become digits?
#
# Now that you know what *matched* means, follow it through the recorded game with $\lambda = 1$. Beside it stands the bound, as a share of its ceiling. (The matched share here is that of validation digits, and the dashed line that of test digits.)

# %%
shares = {"$L_I$ of ln 10": frames.information[1] / math.log(10), "matched": frames.matched[1]}
pictures.curves(steps, shares, "step", "share", logx=True, marks=floor)

# %% [markdown]
# The two measures tell different stories. At step 20 the bound is still near 0, while the matched share is 0.30. Most of that is the naming, which lifts even an untrained $Q$ to the dashed line at 0.2. Then the bound shoots up and is almost full within a hundred steps, because a blot can be read as easily as a digit. The matched share takes many hundred steps more, and ends far from 1. It begins below the floor, because at first $Q$ puts nearly every image into the same category.
#
# ### The paper's headline: MNIST
#
# The paper reports an error of 5 % for categories that were matched to digits in this way. That was on MNIST, with 28 × 28 pixels and 60,000 images, and so we trained there, too (`make weights NAME=infogan_mnist DATA=PATH`). Three things are different from above, and none of them is in the paper either:
#
# - The moves are stronger: images are also stretched, slanted and bent a little.
# - $Q$ has a trunk of its own.
# - $Q$ learns from one thing more, which needs no labels either. Two moved copies of the same *real* image should get the same category, while all ten stay in use. The mutual information between the categories of the two copies measures this **agreement** ([Ji et al., 2019](https://arxiv.org/abs/1807.06653)), and a tenth of it is added to the bound.
#
# The chart shows both sources of learning together, and each of them alone:

# %%
large, judge = mnist.large_infogan_pair().eval(), judges.mnist_classifier()
reached, G_large = weights.load_or_train("infogan_mnist", large)["accuracy"], large["generator"]
games = {name: kept("large", "matched", name) for name in read("large")["rows"]}
games["both, 6000 steps"] = [float(s) for s in re.findall(r"valid [\d.]+, test ([\d.]+)", reached)]
marks = {"paper": 0.95, f"k-means: {read('large')['k_means']:.3f}": read("large")["k_means"]}
pictures.dots(games, "matched accuracy on the MNIST test images", marks=marks)

# %% [markdown]
# The upper rows are short trainings of 1500 steps, with three seeds each. With the bound alone two of the three dots lie just above the 0.489 of k-means on the pixels, and only the third pulls their mean down to 0.468. The agreement alone is much better on two seeds, and its third dot, at 0.37, is the worst of the chart. Both together are well above k-means on all three. So in three seeds only the combination was reliable.
#
# Do not take the row of the bound alone for the paper's InfoGAN. It keeps the moves, their strong warps and the second trunk, as all rows do, and it stops after 1500 steps. What these three do the chart does not say.
#
# The last row went on for 6000 steps, from 0.835 to 0.95, with a mean of 0.889. These three are a choice already: twelve games were begun, and those three went on whose categories agreed best at unlabelled images. The one that matches the labels of the validation digits best is shipped.
#
# The error of that one on the 10,000 test images is the 5 % of the paper. The other two miss it, so this is what can be reached, and not what a single run will give you.
#
# ### The names are random
#
# Which category becomes which digit? Compare the ten categories of your training with those of the one that was recorded:

# %%
last = frames.levels[1, -1, :, 0, None] / 255
pictures.rows({"yours": all_ten(G, 1)[:, 0], "recorded": last}, columns=10)

# %% [markdown]
# Most digits stand in different columns of the two rows, though the seven and the zero do not. (The noise is another one than in the sheet above, so a category that wavers may show another digit here.) Two trainings with one image each are weak evidence. But the reason is plain: no loss tells one category from another, so only the first weights and the draws can decide. So if "category 3" draws sevens in your own run, nothing is wrong.
#
# ### What does each part do?
#
# Take one part away at a time, and train again with several seeds (`python benchmarks/infogan.py`). The most interesting part is the price: at $\lambda = 0$ nothing moves $Q$ at all, and in the row below it $Q$ learns as ever, but on its own, so that $G$ gets nothing for a readable code. In brackets stands the mean $L_I$ of the category, of which $\ln 10 = 2.30$ is all. It is taken at *moved* fakes in every row:

# %%
parts = {"as above, λ = 1": ["seeds"], "fakes not moved": ["still"], "trunk learns too": ["shared"]}
parts |= {"λ = 0": ["zero", "lambda 0"], "λ = 0, Q on its own": ["zero", "Q alone"]}
parts |= {f"λ = {lam}": ["lambdas", lam] for lam in ("0.001", "0.1", "10")}
games = {}
for name, (part, *of) in parts.items():
    nats = torch.tensor(kept(part, "information", *of)).mean()
    games[f"{name} ({nats:.2f})"] = kept(part, "matched", *of)
pictures.dots(games, "matched accuracy", floor | {"k-means": read("seeds")["k_means"]})

# %% [markdown]
# Where the fakes are not moved (real images still are) the accuracy falls, and every seed with both moved is above every seed without. Their information is lower too, with 2.00 nats, although unmoved images should tell more. But the bound asks this $Q$ about moved fakes, which it never met in training. Whether the trunk learns for $Q$ makes no difference that five seeds could show: the dots of the two rows overlap.
#
# At $\lambda = 0$ no information is read, and this row is the floor itself: its $Q$ was never trained. When $Q$ learns on its own it reads about half of the information, from differences between fakes that you would hardly see, but its categories are no more digits than before.
#
# So the payment is not what makes strokes: in Play 1 they came at $\lambda = 0.001$ too, and there the noise chose the digit. What the payment does is to turn *categories* into digits, and at 0.001 it is too small for that.
#
# From 0.1 on the bound is full, while the accuracy still has a long way to go: codes can be read almost perfectly without meaning *digits*. Ten kinds of image that are easy to tell apart need not be the ten digits. A larger price than 1 does not help.
#
# ### Does it cost variety?
#
# A category that is easy to read might be one whose images are all alike. Look at ten samples of one category of the long training, at the training image that is nearest to each, and at ten other real sixes. Besides, three mean distances to the nearest of many moved training images are printed. The first is that of the training sixes themselves, so a copy would have about as much. It is not 0, because the images that it is measured to are moved. The second is that of the ten samples. The third is that of sixes that nobody trained on, which are not drawn:

# %%
ten, sixes = all_ten(G_long), train[train_labels == 6]
near = train[metrics.nearest_neighbours(ten[6].flatten(1), train.flatten(1))]
unseen = enlarge(digits("test")[0])[digits("test")[1] == 6]
print(*[f"{judges.distance_to_train(x):.2f}" for x in (sixes, ten[6], unseen)])
pictures.rows({"category 6": ten[6], "nearest real": near, "other sixes": sixes[:10]}, columns=10)

# %% [markdown]
# The first two rows look almost identical, so you could suspect copies. By the line above, the samples are farther from the training images than copies would be, with 1.56 against 1.38, and nearer than unseen sixes with 1.73. They are good sixes, but all of them are nearly the same six. Remember, though, that both numbers are 0 in all ten, so only the noise is at work. To measure this, take the mean distance between two images of a group, where each dot is one category, or one digit:


# %%
apart = lambda group: [torch.pdist(x.flatten(1)).mean().item() for x in group]
drawn = CODES.sample(2000, torch.Generator().manual_seed(0))
x = G_long.sample(2000, drawn, generator=torch.Generator().manual_seed(0))
groups = {"samples, numbers at 0": all_ten(G_long, 150)}
groups["samples, numbers drawn"] = [x[drawn[:, k] == 1] for k in range(10)]
groups["real digits of one class"] = [train[train_labels == k] for k in range(10)]
pictures.dots({n: apart(group) for n, group in groups.items()}, "mean distance between two images")

# %% [markdown]
# With both numbers fixed the variety is a good part smaller than that of real digits, and drawing the numbers as well brings most of it back. What is missing could be the work of $L_I$, which pays $G$ for ignoring a noise that makes a category harder to read. But any GAN may lose variety, and this chart does not tell the two causes apart. There is a snag besides: a category that mixes two digits has large distances for that reason alone. A later chart will look at both.
#
# ### What did the two numbers find?
#
# Nobody told the numbers what to be, so measure that as well. Take one category, and correlate both numbers with the four properties of its images. Do so for all ten, and average the ten correlations. For each property the better one of the two numbers counts. Each dot is one training. The DCGAN gets the same treatment, with the digit that a classifier sees in place of the category, and with the best of its sixteen noise numbers. *Still* means that the fakes were not moved:

# %%
best, digit = {}, judges.digits_seen(plain["generator"](both[:-4].T))
r = torch.stack([torch.corrcoef(both[:, digit == k])[:-4, -4:] for k in range(10)]).mean(0)
found = {w: torch.tensor([n["signed"] for n in read("numbers")[w]]) for w in ("moved", "still")}
for k, name in enumerate(metrics.Moments._fields):
    best |= {f"{name}, fakes {way}": n[:, :, k].abs().amax(1) for way, n in found.items()}
    best[f"{name}, DCGAN"] = [r[:, k].abs().max()]
pictures.dots(best, "correlation of the best number")

# %% [markdown]
# The trainings do not all find the same thing. The bound asked only that the numbers can be read, and not that each stands for one of our four properties. Height with moved fakes comes nearest to a handle: all three trainings are above the DCGAN, although it may choose among sixteen numbers, and InfoGAN has two. Ink goes the other way, for there the DCGAN's best noise number is above both means. For width and slant there is little between them.
#
# Slant, which comes nearest to the rotation that the paper found, is weak when $D$ and $Q$ see every image turned, and stronger in two of three trainings without moves. So moving the fakes bought digits, perhaps at the price of slant, but three seeds are few. In Play 3 you
# can turn the numbers of the InfoGAN of large digits.
#
# ## Labels given: the conditional GAN
#
# What if labels *are* there? Then nothing has to be guessed back, and everything becomes easy. A **conditional GAN** (조건부 GAN; [Mirza and Osindero, 2014](https://arxiv.org/abs/1411.1784)) gives the class to both players, and $D$ judges whether $x$ is a real image *of this class*. A fake comes to $D$ with the class that was asked for, and a real image with its own label:

# %%
flow = "z and class c -> G -> fake and c -> D -> real, of c?\nreal and its label -> D"
pictures.diagram(flow, learns=["G", "D"])

# %% [markdown]
# There is no $Q$, no information and no matching. A fake that looks real but belongs to another class is caught by $D$, so $G$ has to listen. Here are its samples, one row per class that was asked for (`make weights NAME=conditional_digits`):

# %%
conditional = infogan.conditional_pair()["generator"].eval()
print(weights.load_or_train("conditional_digits", conditional)["accuracy"])
pictures.rows({f"asked for {k}": x for k, x in enumerate(all_ten(conditional))}, columns=10)

# %% [markdown]
# Nearly all are the digit that was asked for. The line above the sheet says how often the shipped classifier reads it so, over many more samples than these. The columns differ as hands do. The third noise makes most digits dark and narrow, the eighth frays most of them from the two onwards, and the last spoils the two and the seven.
#
# This model is also the control that was missing above. It has a class, too, but nobody pays it for ignoring the noise. Here is the chart of variety with one more row. To keep mixed groups from looking various, only those images count in which the shipped classifier sees the digit that it sees most often in their group:

# %%
groups["conditional GAN, one class"] = all_ten(conditional, 150)
seen = judges.digits_seen
pure = {n: [x[seen(x) == seen(x).mode().values] for x in group] for n, group in groups.items()}
pictures.dots({n: apart(group) for n, group in pure.items()}, "mean distance between two images")

# %% [markdown]
# Now the means are 3.49 for InfoGAN with its numbers drawn and 3.76 for the conditional GAN, beside 4.02 for real digits. Before, with all images, InfoGAN had 3.75, so part of that was digits of another kind. The row of 2.70 is lower because we froze both numbers there, and they carry much of what differs within a category.
#
# So guessing back may cost a little variety, but one training of each model, with dots that overlap widely, does not settle it.
#
# Labels win, and it would be strange if they did not. What they cost is a person who wrote one under each of the 1297 training images. This is also the model that the lecture's sentence describes: its $D$ *receives* the class.
#
# ## Play 2: a world of ten codes and ten images
#
# **When is $L_I$ far below $I$: when $G$ writes badly, or when $Q$ reads badly?** The tables are those of the small world, now with ten codes, and again in percent. Guess first. Then set both controls to 0, and move one at a time:


# %%
def show_world(blur=0.3, doubt=0.3):
    """Ten codes, ten images: a generator's table beside Q's.

    blur: how often an image has nothing to do with the code
    doubt: how much of Q's guess is a guess among all ten
    """
    g = (1 - blur) * torch.eye(10) + blur / 10
    q = (1 - doubt) * g / g.sum(0) + doubt / 10
    told = f"the images tell {information(g):.2f} nats of 2.30, Q reads {bound(g, q):.2f} of them"
    return tables({"p(x | c)": g, "Q(c | x)": q}), told


ask = exercise.ASKED["show_world"]
Panel(show_world, ask=ask, blur=(0.0, 0.9, 0.1), doubt=(0.0, 1.0, 0.1))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# With *blur* and *doubt* at 0 the diagonals are full, everything is known and everything is read. *Blur* makes $G$ write badly: both numbers fall together, because $Q$ still reads as well as one can.
# *Doubt* leaves $I$ alone and lowers only what is read. So a gap is there only if $Q$ reads worse than one can. How large it may become depends on $G$ too: where the images tell little, little can be lost in reading.
# </details>
#
# ## Play 3: turn the codes
#
# **Is a code a handle, what does it turn, and what lies beyond its range?** These are the large digits of the InfoGAN that learnt from MNIST. Each column is a category, with the same noise in all, and from top to bottom one number goes from $-$*reach* to *reach*:


# %%
def show_codes(moving="first", reach=1.0, generator=None):
    """Ten categories side by side, and a number that goes down the columns.

    moving: which number; the other is 0
    reach: how far it goes; 1 is all that was trained
    """
    t, numbers = torch.linspace(-reach, reach, 6), torch.zeros(6, 2)
    numbers[:, {"first": [0], "second": [1], "both": [0, 1]}[moving]] = t[:, None]
    code = CODES.join(torch.arange(10).repeat(6), numbers.repeat_interleave(10, 0))
    x = G_large(G_large.noise(1, generator).expand(60, -1), code).detach()
    digit = judge(x).argmax(1).view(6, 10)
    m = torch.stack(metrics.image_moments(x)).float().view(4, 6, 10)
    r = ((m * t[:, None]).mean(1) / m.std(1, correction=0) / t.std(correction=0)).mean(1)
    line = f"{(digit == digit[0]).all(0).sum()} of 10 columns are one digit; correlations: "
    line += ", ".join(f"{k} {v:+.1f}" for k, v in zip(metrics.Moments._fields, r, strict=True))
    return pictures.sheet(x.repeat_interleave(2, 2).repeat_interleave(2, 3), columns=10), line


ask = exercise.ASKED["show_codes"]
Panel(show_codes, ask=ask, moving=["first", "second", "both"], reach=(0.5, 3.0, 0.5), seed=(0, 9))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The first number is the thickness of the stroke. The second slants the digits. As it does so it takes ink away, and makes most of them higher and narrower. Both are handles that nobody asked for by name; the paper tells of rotation and width for its two. They are not clean ones: both change the ink, so the two are *entangled* (얽힌) in it. With one of them moving six or seven columns stay one digit for the judge, and where it changes its mind you often see why: the eighth column begins as a four and ends as a nine, the ninth turns from a five into a three as the strokes thicken, and where strokes become very thin or very slanted, an eight or a five is hard to read.
# Beyond 1 nothing was trained. At a reach of 3 with *both* the strokes break into blots, and the uppermost rows are nearly the same blot in every column: $G$ never had such inputs, and $D$ never judged what came of them.
# </details>
#
# ## Break it
#
# **Mistake 1: the entropy of the drawn code.** $H(c)$ in the bound is the entropy of the *prior*. It is easy to compute it from the drawn one-hot rows instead, and such a row has
# entropy zero. Then $L_I$ has its ceiling at 0 instead of $\ln 10$, and says of a perfect code that it carries nothing. In `L_k` above it would be the `math.log(10)` that is missing.
# The gradient is the same, since $H(c)$ is a constant, and no sample looks different. The instrument is the ceiling, which a perfect $Q$ must reach.
#
# **Mistake 2: a Gaussian where the code is uniform.** It is tempting to draw the continuous codes by `normal(-1, 1)`, which looks like "from $-1$ to $1$" and means "mean $-1$, standard deviation 1".
# The $\ln 2$ that the bound adds is the entropy of the uniform code alone. No loss curve names the mistake, but a picture of the two densities does, and so would a histogram of the codes that you draw:

# %%
c = torch.linspace(-4, 2, 601)
bell = torch.distributions.Normal(-1, 1).log_prob(c).exp()
pictures.lines(c, {"uniform": 0.5 * (c.abs() <= 1), "normal": bell}, "code", ylim=(0, 0.6))

# %% [markdown]
# The uniform codes fill the range from $-1$ to $1$ evenly and nothing else. The bell has its top at the left edge of that range, so a good half of its codes lie outside it.
#
# **Mistake 3: $Q$'s loss on real images**, with codes drawn at random. But no code made these images. Let $Q$ learn so for 100 steps, and ask it about held-out digits before and after:

# %%
broken, noise = copy.deepcopy(D), torch.Generator().manual_seed(0)
of_Q = lambda x: -information_bound(broken.guess(x), CODES.sample(len(x), noise), numbers=1)
Q = Player(broken, of_Q, adam(broken.q.parameters(), 1e-3))
loss = fit({"Q": Q}, minibatches(train, size=64, generator=noise), steps=100)["Q"]
asked = {f"before, loss {loss[0]:.1f}": [share(D)], f"after, loss {loss[-1]:.1f}": [share(broken)]}
pictures.dots(asked, "matched accuracy", floor)

# %% [markdown]
# The best guess at a code that has nothing to do with the image is the prior, and $Q$ is on its way there. Its loss, which stands before each bar, does not warn you, because it has fallen. That it starts so high is no wonder, since $Q$ was never asked about real digits with codes drawn at random. It answers with confidence, also about the numbers, and a narrow bell in the wrong place costs many nats. The instrument is the matched accuracy on images that $Q$ never saw.
#
# ## Exercises
#
# **1. Predict, then run** (5 minutes). Ten categories, equally likely. $Q$ gives the true one a probability of 0.5, every time. How large is $L_I$, in nats? Give four digits after the point.

# %%
my_bound_value = None  # your number
exercise.half_sure.check(my_bound_value)

# %% [markdown]
# <details><summary>Hint</summary>
#
# $\ln 10$ would be all of it.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_bound_value = math.log(0.5) + math.log(10)
# ```
# </details>
#
# **2. Write it** (10 minutes). The mutual information of a table of joint probabilities, $\sum p(c, x) \ln \frac{p(c, x)}{p(c)\, p(x)}$. Some of them may be 0.


# %%
def my_information(table):  # (C, X), probabilities that sum to one -> nats
    return None  # your code


exercise.information.check(my_information)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.xlogy(a, b)` is $a \ln b$, and 0 where $a$ is 0.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# independent = table.sum(0, keepdim=True) * table.sum(1, keepdim=True)
# return (torch.xlogy(table, table) - torch.xlogy(table, independent)).sum()
# ```
# </details>
#
# **3. Write it** (10 minutes). The bound of $K$ continuous codes, uniform in $[-1, 1]$, from $Q$'s mean and log standard deviation.


# %%
def my_bound(mean, log_std, c):  # mean log N(c; mean, std^2) + H(c): (B, K) three times -> scalar
    return None  # your code


exercise.gaussian_bound.check(my_bound)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.distributions.Normal` has a `log_prob`.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# log_q = torch.distributions.Normal(mean, log_std.exp()).log_prob(c).sum(1)
# return log_q.mean() + c.shape[1] * math.log(2)
# ```
# </details>
#
# **4. Predict, then run** (10 minutes). Three categories A, B, C and forty images of the digits 0, 1, 2. What is the matched accuracy?
#
# | | 0 | 1 | 2 |
# |---|---|---|---|
# | A | 0 | 9 | 10 |
# | B | 0 | 1 | 9 |
# | C | 7 | 4 | 0 |

# %%
my_accuracy = None  # your number, from 0 to 1
exercise.matching.check(my_accuracy)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Do not take the largest number first.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_accuracy = (9 + 9 + 7) / 40
# ```
#
# A is 1, B is 2, C is 0.
# </details>
#
# ## Ask yourself
#
# **1.** $L_I$ is negative. Is there a bug?
#
# <details><summary>Answer</summary>
#
# Not necessarily. A guess that is sure of the wrong code reads less than nothing ("The equations as code"), and so does a bell curve where the image tells nothing of a number ("Numbers as codes"). The bound may lie below zero, while the information itself never does.
# </details>
#
# **2.** The bound is almost full. Are the categories digits?
#
# <details><summary>Answer</summary>
#
# They need not be. A blot can be read as easily as a digit, and the bound was full long before the matched share had come to rest ("When do categories become digits?"). Without any pay to $G$ the categories of $Q$ are no more digits than at the start ("What does each part do?").
# </details>
#
# **3.** There are ten categories. Why is one in ten not what a network scores that has learnt nothing?
#
# <details><summary>Answer</summary>
#
# The names are chosen afterwards, as the best of all namings, and on the very images that are scored. The fair floor is a $Q$ that was never trained ("Do the categories match the digits?").
# </details>
#
# **4.** Why does no real image take part in $L_I$?
#
# <details><summary>Answer</summary>
#
# No code made it, so there is nothing to guess back ("Whom does $L_I$ move?"). A $Q$ that learns on real images with codes drawn at random gets worse, while its loss falls ("Break it", mistake 3).
# </details>
#
# ## What the lecture said
#
# One of its words needs a picture first. A distribution is called **multimodal** when it has several separate hills, called modes, instead of one. Digits are like that: there are many sevens and many fours, and hardly anything in between. A *multimodal generator* can
# reach all of the hills, and here the question is whether the code says which. Here is the last moment of both recorded games, with six categories for one noise, and six noises for one category:

# %%
hills = {}
for lam, game in zip(infogan.LAMBDAS, frames.levels[:, -1, :, :, None] / 255, strict=True):
    hills |= {f"λ {lam:g}: categories": game[:6, 0], f"λ {lam:g}: noises": game[0]}
pictures.rows(hills, columns=6)

# %% [markdown]
# With $\lambda = 1$ the category mostly chooses the hill, as in this one of sixes, and the noise walks about on it. Play 1 shows the other categories of this game, and some of them share two digits or more. With $\lambda = 0.001$ turning the category changes hardly anything, and the noise chooses. Its row begins with a four, and none of the others is a clear digit: two are blots, and three are broken strokes.
#
# | the lecture | verdict | where |
# |---|---|---|
# | The class $c$ goes in together with the latent $z$. (“잠재 변수 z을 통해 generate을 할 때 class 정보 c을 같이 넣음.”) | holds: both enter $G$ | 7 · InfoGAN |
# | Then the discriminator *receives* $c$. (“그러면 discriminator가 c 정보를 받아서”) | does not hold: in InfoGAN $c$ is *guessed back* from the image; a conditional GAN's $D$ receives it | Whom does $L_I$ move?; Labels given |
# | So it specialises in $c$ and classifies. (“c에 특화되어서 분류.”) | holds in part: $Q$ does, while the head of $D$ only tells real from fake; and the names are yours, given afterwards | Do the categories match the digits? |
# | A multimodal generator becomes possible. (“generator가 가능해짐.”) | holds in part: a GAN is multimodal without codes; what the code adds is that *you* choose the mode | What the lecture said |
#
# ## Summary
#
# Can a generator sort digits into ten classes when nobody ever tells it a label? In part. On the 1297 small digits the eight long trainings match 0.65 to 0.80 of the held-out images. Five of them are above the 0.739 of k-means and three below, with a mean of 0.747, so InfoGAN sorts about as well as k-means does.
#
# On MNIST, after 1500 steps, the bound alone stays near the 0.489 of k-means: two of three seeds are just above it, and one is below. The agreement of moved copies alone succeeds twice and fails once, with 0.37. Only both together were reliable in three seeds, with a mean of 0.74. After 6000 steps the three games that were chosen to go on have 0.835 to 0.95.
#
# The InfoGAN meets labels in two places. They name the categories, on the very images that are scored, and they choose which training is shipped, on the validation digits. None of its networks learns from one, while both players of the conditional GAN do.
#
# These models were compared here. The last column says whether a code can be read back from an image:
#
# | model | parameters ($G$ + $D$ + $Q$) | cost | code? |
# |---|---|---|---|
# | DCGAN of the shipped weights, Z = 16 | 99,361 + 71,329 | | no |
# | conditional GAN | 51,905 + 76,449 | about three minutes, three seeds | it is told, and nothing reads it back |
# | InfoGAN, 10 + 2 codes, Z = 8 | 53,953 + 34,465 + 99,854 | about 37 minutes, the eight seeds of 14,000 steps | yes, with names after matching |
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
# | DCGAN, Z = 16 | none | in one step | 49,857 + 34,465 | Frechet 12.9 to 15.2, five seeds; true digits 1.3 | no direction of its noise has a name |
# | **InfoGAN, Z = 8** | none | in one step | 53,953 + 34,465 + 99,854 | matched 0.65 to 0.80, eight seeds; k-means 0.739 | finds classes of its own, not yours |
#
# Where it breaks: the machine finds its own classes, and they need not be yours. For a picture of *this* sentence, both players must be told the words: notebook 8.
#
# **References.** X. Chen et al. (2016), *InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets*, [arXiv 1606.03657](https://arxiv.org/abs/1606.03657). X. Ji, J. F. Henriques and A. Vedaldi (2019), *Invariant Information Clustering for Unsupervised Image Classification and Segmentation*, [arXiv 1807.06653](https://arxiv.org/abs/1807.06653). D. Barber and F. Agakov (2003), *The IM Algorithm: A Variational Approach to
# Information Maximization*. M. Mirza and S. Osindero (2014), *Conditional Generative Adversarial Nets*, [arXiv 1411.1784](https://arxiv.org/abs/1411.1784). S. Zhao et al. (2020), *Differentiable Augmentation for Data-Efficient GAN Training*, [arXiv 2006.10738](https://arxiv.org/abs/2006.10738). T. Karras et al. (2020), *Training Generative Adversarial Networks with Limited Data*, [arXiv 2006.06676](https://arxiv.org/abs/2006.06676). H. W. Kuhn (1955), *The Hungarian Method for the Assignment Problem*, [doi 10.1002/nav.3800020109](https://doi.org/10.1002/nav.3800020109).
