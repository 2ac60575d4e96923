# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 · StarGAN: one generator for hair, age, gender and glasses
#
# > Make her blond. Now make her old. Now give her glasses. With CycleGAN, each of these wishes is a network of its own, and so is each way back.
#
# **Can one generator learn every translation between many domains, if you only tell it in numbers what you want?**
#
# After this notebook you can feed labels to a generator of pictures so that they are not lost, train it against a critic that reads labels as well, keep what should stay with a mask, use data sets of which each tells only half of the labels, and measure every edit against the true one.
#
# Key terms: domain label (도메인 레이블), label plane (레이블 평면), instance norm (인스턴스 정규화), critic (비평가), gradient penalty (기울기 벌점), reconstruction loss (복원 손실), mask vector (마스크 벡터).
#
# Everything that this notebook needs is imported here, in one place.

# %%
import json
from pathlib import Path

import torch

from genlib import judges, pictures
from genlib.data import draw_faces, face_labels, faces, many_faces
from genlib.exercises import stargan as exercise
from genlib.models import StarGenerator
from genlib.models.cyclegan import cycle_loss
from genlib.models.gan import critic_generator_loss, critic_loss, gradient_penalty
from genlib.models.stargan import known_labels, label_loss
from genlib.recipes import stargan
from genlib.training import Average, Player, adam, minibatches, play
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread
seeded = lambda seed=0: torch.Generator().manual_seed(seed)
large = lambda x, k=4: x.expand(-1, 3, -1, -1).repeat_interleave(k, 2).repeat_interleave(k, 3)

# %% [markdown]
# Here is the whole system of [Choi et al. (2018)](https://arxiv.org/abs/1711.09020). There is one generator $G$, which stands in the drawing twice, and one discriminator $D$ that does two things with a picture: it says how real it looks, and it reads its labels.

# %%
flow = "face x, target c -> G -> fake -> G again -> back\nlabels c' -> G again\n"
flow += "fake -> D -> real?\nreal face -> D -> labels?"
pictures.diagram(flow, learns=["G", "G again", "D"])

# %% [markdown]
# The fake is $G(x, c)$. With the labels $c'$ that the face had at first, $G$ makes "back" of it, which should be $x$ again.
#
# ## The question
#
# With two domains CycleGAN needs two translators, one for each direction. How many does it need for $k$ domains, if each is to be translated into each? From each of $k$ domains to each of the $k - 1$ others:

# %%
k = list(range(2, 13))
pairs = [sum(a != b for a in range(n) for b in range(n)) for n in k]
assert pairs == [n * (n - 1) for n in k]
named = {"translators in pairs": pairs, "StarGAN": [1 for _ in k]}
pictures.curves(k, named, "domains", "networks that translate")

# %% [markdown]
# And each of them would only ever see the pictures of its own two domains. StarGAN has one generator, which sees all pictures, and which is *told* where to go.
#
# We stay with the drawn faces of notebook 9. A face has attributes with names, and eleven numbers without names, the *person*. StarGAN is told six labels, numbers 0 or 1: three colours of hair, of which one is true, and old, male and glasses. The smile is never told, so that we can see whether it stays. (Old people of any label have greyish hair in this world, so that "brown" and "old" together look grey.)

# %%
train, attributes, _ = many_faces(6000, seed=0)
labels = face_labels(attributes)
named = lambda row: " ".join(n for n, on in zip(faces.LABELS, row, strict=True) if on)
shown = [named(row) for row in labels[:8]]
pictures.captioned(train[:8], shown, columns=4)

# %% [markdown]
# Because the eleven numbers are known, every edit has a **true answer**: the same person, drawn with another attribute. Nobody trains on these, but we can compare with them. Here are 480 held-out faces to judge by, and what is asked of them:

# %%
held = judges.edited_faces(480, stargan.HELD)
rows = {}
for word in ("blond", "old", "male", "glasses"):
    real, _, truth = held.edit(word)
    rows |= {f"not {word}": real[:8], f"{word}, true": truth[:8]}
pictures.rows(rows)

# %% [markdown]
# An edit leaves most pixels as they are. So a translator that changes nothing is already close to the truth, by a mean difference of about 0.04 per number. That is the first baseline to beat, and many a generator does not beat it:

# %%
edits = {word: held.edit(word) for word in judges.EDITS}
no_edit = {word: [(real - truth).abs().mean()] for word, (real, _, truth) in edits.items()}
pictures.dots(no_edit, "difference to the true edit if nothing is done")

# %% [markdown]
# ## The equations
#
# Let $c$ be the domain labels that are wanted and $c'$ those that a real picture $x$ has. The critic's score is $D_s(x)$, and $\log p_D(c\,|\,x)$ is the log probability that $D$'s reader gives to all labels in $c$.
#
# $$L_D = \underbrace{E\,D_s(G(x, c)) - E\,D_s(x)}_{\text{critic}} + 10\,E\,\big(\|\nabla_{\hat x} D_s(\hat x)\|_2 - 1\big)^2 - E \log p_D(c'\,|\,x)$$
#
# $$L_G = -E\,D_s(G(x, c)) - E \log p_D(c\,|\,G(x, c)) + \lambda\, E\,|G(G(x, c), c') - x|$$
#
# The first part is the Wasserstein game of notebook 5 with its **gradient penalty** (기울기 벌점), taken at points $\hat x$ between a real picture and a fake. The second part lets $D$ learn to read labels on *real* pictures, and asks $G$ for fakes in which it reads what was wanted. The last part is the cycle of notebook 10, here called the **reconstruction loss** (복원 손실), with one generator going there and back: without it, $G$ could show any blond person. Here $\lambda = 10$, for pictures from 0 to 1. Each label is read as a yes or no of its own, also the three colours of hair. The paper lets $D$ move five times for each move of $G$, ours moves twice.
#
# ### How does a generator hear a number?
#
# The labels become **label planes** (레이블 평면): each is one more channel beside red, green and blue, filled with the same number everywhere. This simple choice hides a trap. Convolutions often *reflect* the picture at its borders, and then comes the instance norm of notebook 10, which subtracts from each channel its mean over the picture. What does that do to a plane?

# %%
torch.manual_seed(0)
first = StarGenerator(6, features=4).layers[0]  # the first convolution, 3 + 6 channels in
one_face, norm = train[:1], torch.nn.InstanceNorm2d(4)


def after_norm(label, border):  # what the rest of the network hears
    planes = label[:, :, None, None].expand(-1, -1, 32, 32)
    x = torch.nn.functional.pad(torch.cat([2 * one_face - 1, planes], 1), [2] * 4, mode=border)
    return norm(torch.nn.functional.conv2d(x, first.weight))


blond, black = torch.eye(6)[[1]], torch.eye(6)[[0]]
heard = {b: (after_norm(blond, b) - after_norm(black, b)).abs() for b in ("reflect", "constant")}
assert heard["reflect"].max() < 1e-5 and heard["constant"].max() > 0.1
both = torch.cat([h.mean(1, keepdim=True) for h in heard.values()])
pictures.captioned(large(1 - both / both.max(), 6), ["reflected borders", "zeros"], columns=2)

# %% [markdown]
# With reflected borders *nothing is left of the label*. A convolution makes a constant of a constant, and the norm takes constants away: $\mathrm{IN}(h + \text{const}) = \mathrm{IN}(h)$, as the `assert` confirms. With zeros around the picture the plane has an edge, and the edge survives (dark), so that the whole network can hear it. The authors pad with zeros, and a comment in their code says why.
#
# ### Play 1: where does the label come through?
#
# **Which part of the picture hears "blond"?** Choose the borders, and how strong the label is, and see how far the first layer's answer is from that for strength 0:


# %%
def show_label(border="constant", strength=1.0, label="blond"):
    told = strength * torch.eye(6)[[faces.LABELS.index(label)]]
    apart = (after_norm(told, border) - after_norm(0 * told, border)).abs().mean(1, keepdim=True)
    line = f"difference: {apart.mean():.3f} in the mean, {apart.max():.2f} at most"
    return pictures.sheet(large(torch.cat([1 - apart.clamp(0, 1)]), 10), columns=1), line


ask = exercise.ASKED["show_label"]
off = lambda border, **_: ["strength", "label"] * (border == "reflect")
ranges = {"border": ["constant", "reflect"], "strength": (0.2, 2.2), "label": list(faces.LABELS)}
Panel(show_label, ask=ask, off=off, **ranges)

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# With "constant", which means zeros, the frame of the picture hears the label most, and the middle hears it through the mean and the deviation of the channel. With "reflect" the difference is 0 for every label and every strength.
# </details>
#
# ### A mask, so that the rest can stay
#
# We add one thing that the paper does not have, a mask as in GANimation ([Pumarola et al., 2018](https://arxiv.org/abs/1807.09251)). $G$ paints a picture $p$ and a mask $m$ from 0 to 1, and the answer is $m \odot p + (1 - m) \odot x$. The nearer $m$ is to 0, the more of the picture stays. Here is what a generator that was trained for about twelve minutes (`make weights NAME=stargan_faces`) does when it is asked for glasses, for another gender, and for blond hair:

# %%
shipped = stargan.shipped_star()
plain = (held.attributes[:, 0] != 1) & (held.attributes[:, 1:4] == 0).all(1)
chosen = plain.nonzero()[:6, 0]  # young women with dark hair and no glasses
six = held.real[chosen]


def asked(word, given=held.attributes[chosen]):
    place, value = judges.EDITS[word]
    wanted = given.clone()
    wanted[:, place] = value
    return wanted


rows = {"x": six}
for word in ("glasses", "male", "blond"):
    with torch.no_grad():
        painting, mask = shipped.paint(six, face_labels(asked(word)))
        made = shipped(six, face_labels(asked(word)))
    rows |= {f"mask, {word}": 1 - mask.expand(-1, 3, -1, -1), f"{word}": made}
pictures.rows(rows, columns=6)

# %% [markdown]
# Dark is where $G$ paints. It always paints the hair anew, whatever is asked for, and adds something around the eyes: for glasses it is their frames. Cheeks and lips are hardly touched, even with "male". Ground, clothes and most of the skin are hardly touched.
#
# ### The penalty, exactly
#
# The critic's slope should have length 1. For a *linear* critic, $D_s(x) = w \cdot x$, the slope is $w$ at every point, so the penalty must be exactly $(\|w\|_2 - 1)^2$. Take a $w$ of length 1, which is what the penalty wants. The length is taken over all numbers of a picture together:

# %%
w = torch.nn.functional.normalize(torch.randn(3 * 32 * 32, generator=seeded(1)), dim=0)
linear = lambda x: x.flatten(1) @ w
penalty = gradient_penalty(linear, train[:8], train[8:16], seeded())
of_channels = [(w.view(3, -1).norm(dim=0) - 1).square().mean()]
named = {"over all of a picture": [penalty], "mistake: over the channels": of_channels}
assert penalty < 1e-5
pictures.dots(named, "penalty")

# %% [markdown]
# The second row is a mistake that stands in many public programs: the length over the three channels, for each pixel alone. It punishes a critic that is exactly right, because it asks each pixel for a slope of length 1, which for a whole picture is a slope of length 32.
#
# ## Train it
#
# The two players' losses by hand. All that $D$ sees is blurred by noise, so that $G$ cannot please its reader by patterns too faint to be seen. The targets of a batch are the labels of the batch in another order, so that each label is wanted as often as it occurs. `made` hands the fakes of $D$'s move on to $G$, so that they are not drawn twice:


# %%
blurred = lambda x: x + 0.1 * torch.randn(x.shape, generator=noise)


def of_D(real, label):
    target = label[torch.randperm(len(label), generator=noise)]
    made[:] = target, G(real, target)
    real, fake = blurred(real), blurred(made[1].detach())
    score, read = D.both(real)
    loss = critic_loss(score, D(fake)) + 10 * gradient_penalty(D, real, fake, noise)
    return loss + label_loss(read, label)


def of_G(real, label):
    target, fake = made
    score, read = D.both(blurred(fake))
    loss = critic_generator_loss(score) + label_loss(read, target)
    return loss + 10 * cycle_loss(real, G(fake, label))


# %% [markdown]
# They play 500 steps with 16 faces each, which takes about 50 seconds. The critic moves at each step and $G$ at each second one. At eight moments `keep` puts aside what `average`, the moving average of $G$, makes of six held-out faces:


# %% tags=["nbval-ignore-output"]
def keep(step):
    if step + 1 in (0, 25, 50, 100, 150, 250, 350, 500):
        with torch.no_grad():
            of = lambda word: average.module(six, face_labels(asked(word)))
            kept[step + 1] = {word: of(word) for word in ("blond", "old", "male", "glasses")}


torch.manual_seed(0)
(G, D), noise, kept, made = stargan.star_pair().values(), seeded(), {}, []
average = Average(G, 0.99, warm_up=True)
keep(-1)
by = lambda net: adam(net.parameters(), 1e-3)
players = {"D": Player(D, of_D, by(D)), "G": Player(G, of_G, by(G), every=2)}
play(players, minibatches(train, labels, size=16, generator=noise), 500, [average, keep], last=0.4)
pictures.rows({"x": six} | list(kept.values())[-1], columns=6)

# %% [markdown]
# All of this took less than a minute. Which wishes can you see, and which not?
#
# ### Play 2: watch it learn
#
# **Which wish is granted first?** Let it run. Each row is one wish, for the same six faces:


# %%
latest_moment = len(kept) - 1


def show_moment(moment=latest_moment):
    step, made = list(kept.items())[moment]
    sees = lambda word: judges.face_attributes(made[word])[:, judges.EDITS[word][0]]
    most = lambda word: (sees(word) == judges.EDITS[word][1]).double().mean() > 0.5
    line = (
        f"after {step} steps most of the six are seen as {', '.join(filter(most, made)) or 'none'}"
    )
    return pictures.rows(made, columns=6), line


ask = exercise.ASKED["show_moment"]
Panel(show_moment, play="moment", ask=ask, moment=(0, latest_moment))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The average begins by painting everything anew, and the faces are lost. Hair is granted first, then age, while the mask closes over all the rest. Gender and glasses are still missing for most of the six at the end. The line tells what the classifier sees in most of the six, and early on that is what it makes of noise.
# </details>
#
# ### Five trainings, measured
#
# The judge is the classifier of notebook 9, which is no part of the game: the generator gets no gradient from it. It looks at three things: is what was asked for **reached** (in faces that were not so before), are the four other attributes **kept**, and how far is the result from the true edit? Five trainings like yours (`python benchmarks/stargan.py parts`):

# %%
told = json.loads(Path("../benchmarks/results/stargan_parts.json").read_text())
moments, arms = told["moments"], told["rows"]
curve = lambda score, arm="all": torch.tensor([[at[score] for at in r["curve"]] for r in arms[arm]])
pictures.curves(moments, {n: curve(n) for n in ("reached", "kept")}, "steps", "share")

# %% [markdown]
# The share of wishes that are reached rises to about three quarters. What should be kept is lost at first, when everything is painted anew, and then kept better and better. But the mean over all words hides something. Here are the words one by one:

# %%
words = {word: curve(word)[:, -1] for word in judges.EDITS}
pictures.dots(words, "share in which it is reached")

# %% [markdown]
# The three colours of hair, young and old are reached nearly always, with all five seeds, but gender, in the mean, less than half of the time. Glasses are taken off more easily than they are put on. A wish that changes a colour seems to be learnt sooner than one that changes a shape. And what about the distance to the truth?

# %%
named, marks = {"StarGAN": curve("apart")}, {"no edit": curve("no edit").mean()}
pictures.curves(moments, named, "steps", "mean error per number", marks=marks)

# %% [markdown]
# At first $G$ paints whole pictures of its own, far from the truth. Then the mask closes, and the distance falls. But after a minute the faces are still *farther* from the true edits than faces that were left alone. A classifier that says "blond" does not see that the hair has become grainy.
#
# ### What does each part buy?
#
# Leave out one part at a time, two seeds each ("half the labels" is explained further below):

# %%
last = lambda score: {arm: curve(score, arm)[:, -1] for arm in arms}
pictures.dots(last("reached"), "share in which the wish is reached")

# %% [markdown]
# Without the mask, as in the paper, more is reached in the same time: gender nearly always. So is the mask, which the paper does not have, a mistake? Look at the other side, the error against the true edit:

# %%
pictures.dots(last("apart"), "mean error per number", {"no edit": curve("no edit").mean()})

# %% [markdown]
# Without the mask everything is painted anew, and the faces are more than twice as far from the truth; a fifth of the other attributes is lost, too. Leaving out the way back costs distance as well. The noise makes no difference that two seeds could show over 500 steps. The long training below uses three times as much of it, fading to none: noise is there so that $D$'s reader cannot be fooled by patterns that neither you nor the classifier can see.
#
# ## Twelve minutes instead of one
#
# The same losses with 8000 steps, half the rate, and a noise that is stronger at first and fades away. Every word is asked of faces that lack it:

# %%
found = judges.judge_edits(shipped, held)
named = {}
for word in judges.EDITS:
    named |= {f"{word}, a minute": words[word], f"{word}, shipped": [found[word]]}
pictures.dots(named, "share in which it is reached")

# %% [markdown]
# Every word is now reached nearly always, "female" the least often, or so the classifier says. Is it the same edit that the truth makes? Here is how far the faces are from the true edits, beside faces that were left alone:

# %%
apart = {}
for word in ("blond", "old", "female", "male", "glasses"):
    made = judges.made_edits(shipped, held, word)
    apart[f"{word}, no edit"] = no_edit[word]
    apart[f"{word}, shipped"] = [(made - edits[word][2]).abs().mean()]
pictures.dots(apart, "mean error per number")

# %% [markdown]
# For hair and age the faces are much nearer to the truth than a face that was left alone. For another gender they are nearer by only a quarter. And with glasses they are *farther* away: glasses are a few pixels, and the hair, which is painted anew whatever is asked for, costs more than the glasses gain. So the judge, which sees nearly all wishes granted, and the distance do not tell the same story. Whom does your eye agree with?

# %%
rows = {}
for word in ("old", "female", "male"):
    made, (real, _, truth) = judges.made_edits(shipped, held, word), held.edit(word)
    rows |= {f"not {word}": real[:8], f"{word}, made": made[:8], f"{word}, true": truth[:8]}
pictures.rows(rows)

# %% [markdown]
# With "old", the crown turns grey and grainy, long blond hair stays yellow below, and of the wrinkles only a hint comes on the forehead. With "male", the lips stay red and no beard comes. The long hair turns pale and grainy in its lower half, where the true edit cuts it off, and that is enough for the classifier, which sees all eight as male. With "female", hair grows on five of the eight, grainier than the truth, and the lips hardly change. To remove hair, $G$ must invent the ground behind it. A classifier looks at less than you do.
#
# ### Play 3: your face, your wishes
#
# **Does it do what the truth does?** From left to right: the face, what StarGAN makes of it, the true edit of the same person, and three times the difference between the two. The line says what the classifier sees:


# %%
def show_wish(hair="black", age="as it is", gender="as it is", glasses="as it is", face=0, tan=0.5):
    person, has = held.people[face : face + 1].clone(), held.attributes[face : face + 1].clone()
    person[:, 4] = float(tan)
    x, wanted = draw_faces(has, person), has.clone()
    for place, wish in enumerate((hair, age, gender, glasses)):
        if wish != "as it is":
            wanted[:, place] = judges.EDITS[wish][1]
    with torch.no_grad():
        made = shipped(x, face_labels(wanted))
    truth = draw_faces(wanted, person)
    apart = 1 - 3 * (made - truth).abs().mean(1, keepdim=True).clamp(max=1 / 3)
    seen = judges.face_attributes(made)[0]
    read = [words[v] for words, v in zip(faces.ATTRIBUTES.values(), seen, strict=True)]
    four = torch.cat([large(v, 6) for v in (x, made, truth, apart)])
    return pictures.sheet(four, columns=4), "it sees: " + ", ".join(read)


choice = {name: ["as it is", *words] for name, words in list(faces.ATTRIBUTES.items())[:4]}
Panel(show_wish, **choice, face=(0, 23), tan=(0.0, 1.0))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Hair and age are close to the truth, and the rest of the face stays in its place. With glasses most of the difference is in the hair, which is painted anew. With another gender it shows in the lips, the chin, and long hair that should be gone or should be there. Try several wishes at once, and another skin.
# </details>
#
# ### Play 4: half a wish, and a chain of wishes
#
# In training every label was 0 or 1. **What does it make of one half, or of two?** The upper row shows strengths of one label, from 0 to 1.5, and the lower row what happens when wishes are granted one after the other: the given label, then old, then glasses, then the labels of the beginning. The last picture is the face itself:


# %%
def show_strength(label="male", face=0):
    x, has = six[face : face + 1], face_labels(held.attributes[chosen[face : face + 1]])
    at = faces.LABELS.index(label)
    steps, chain, now = [], [x], has.clone()
    with torch.no_grad():
        for strength in (0.0, 0.25, 0.5, 0.75, 1.0, 1.5):
            told = has.clone()
            told[:, :3] *= label not in faces.LABELS[:3]  # one colour of hair at a time
            told[:, at] = strength
            steps.append(shipped(x, told))
        for name in (label, "old", "glasses"):
            now[:, :3] *= name not in faces.LABELS[:3]
            now[:, faces.LABELS.index(name)] = 1.0
            chain.append(shipped(chain[-1], now))
        chain.append(shipped(chain[-1], has))
    line = f"difference between the face and what came back: {(chain[-1] - x).abs().mean():.3f}"
    return pictures.sheet(large(torch.cat([*steps, *chain, x]), 4), columns=6), line


Panel(show_strength, label=list(faces.LABELS), face=(0, 5))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Half a label gives something in between for age and for hair, although nobody asked for it in training: the network is continuous, and so is its answer. Beyond 1 little more happens. In the chain each wish is added to the last. Asking for the first labels again brings back a similar face, not the same one: it differs by about as much as an edit changes (0.04), because each step repaints the hair. (Even strength 0 does.)
# </details>
#
# ## Data sets that tell only half
#
# One data set may tell the hair and nothing else, and another age, gender and glasses but not the hair. StarGAN learns from both. It puts the labels of both sets side by side, writes 0 for what is not told, and adds a **mask vector** (마스크 벡터) that says which set is meant. $D$ is asked for the labels of a picture's own set alone:

# %%
sets = torch.tensor([0, 1])
told_now = known_labels(labels[:2], sets, (3, 3))
print(*(f"{name:>8}" for name in (*faces.LABELS, "set 1", "set 2")))
for row in told_now:
    print(*(f"{value:8.0f}" for value in row))

# %% [markdown]
# Without the mask vector a 0 could mean "no" or "nobody knows". And a label that nobody knows must not teach anything. That can be checked exactly: the gradient of the loss at the reader's answers is 0 wherever the label is not known:

# %%
answers = torch.randn(2, 6, generator=seeded(), requires_grad=True)
known = known_labels(torch.ones(2, 6), sets, (3, 3))[:, :6]
label_loss(answers, labels[:2], known).backward()
assert (answers.grad[0, 3:] == 0).all() and (answers.grad[1, :3] == 0).all()
pictures.matrix(answers.grad.abs(), "label", "picture")

# %% [markdown]
# Each picture teaches its own three labels. Does that suffice? Here are two trainings in which each picture tells only its half, beside the five in which every picture tells all:

# %%
halves = {}
for word in judges.EDITS:
    halves |= {f"{word}, all told": curve(word)[:, -1]}
    halves |= {f"{word}, half": curve(word, "half the labels")[:, -1]}
pictures.dots(halves, "share in which it is reached")

# %% [markdown]
# With the labels told in halves, black and blond hair are learnt as before. For most of the rest two trainings of 500 steps do not agree: one reaches "young" and "male" nearly always, and the other reaches "young" in less than a quarter and "male" hardly ever. The mask vector makes such data usable. It does not replace the labels that are missing.
#
# ## Which snapshot, and how much variety?
#
# Longer training can hurt. A user of StarGAN's successor [reported](https://github.com/clovaai/stargan-v2/issues/78) that the diversity of the faces fell while training went on. So if you ship a generator, choose the moment by numbers that were not trained on. The shipped one is the best of sixteen by reached and kept on validation faces, which are neither those of training nor those of the charts. And variety can be measured here: make a hundred different people blond, and ask how far they are apart, as a share of how far true blond people are:

# %%
named = {"reached": curve("reached"), "variety": curve("variety")}
pictures.curves(moments, named, "steps", "share", marks={"as true faces": 1.0})

# %% [markdown]
# In the mean of five trainings variety falls at first, when everything is painted anew, and comes back as the mask closes. That is no proof of quality: a generator that copies its input has all the variety there is. But without the mask it ends at about half (0.50 and 0.57).
#
# ## Break it
#
# **Mistake 1: labels behind reflected borders.** You have seen it in Play 1: every target then gives the same picture. Training does not fail. The instrument: ask for two targets, and subtract.
#
# **Mistake 2: the length over the channels.** The chart of the penalty showed it: a critic with the right slope is punished, and one that is 32 times as steep is not.
#
# **Mistake 3: one ε for each pixel.** The point $\hat x$ between real and fake is to lie on the line between them, so it needs one random number per picture. With one per pixel it is a mixture that looks like neither:

# %%
real, fake = held.real[:1], held.real[1:2]
u = torch.rand(1, 1, 1, 1, generator=seeded(5))
per_pixel = torch.rand(1, 1, 32, 32, generator=seeded(6))
mixed = torch.cat([real, fake, real.lerp(fake, u), real.lerp(fake, per_pixel)])
pictures.captioned(mixed, ["real", "fake", "one per picture", "one per pixel"])

# %% [markdown]
# **Mistake 4: two colours of hair.** If you set "blond" to 1 and forget to set "black" to 0, you ask for something that never occurred in training:

# %%
dark = (held.attributes[:, :2] == 0).all(1).nonzero()[:6, 0]  # young, with black hair
x, has = held.real[dark], face_labels(held.attributes[dark])
with torch.no_grad():
    blond = shipped(x, has - torch.eye(6)[0] + torch.eye(6)[1])
    two = shipped(x, has + torch.eye(6)[1])
pictures.rows({"x": x, "blond": blond, "black and blond": two}, columns=6)

# %% [markdown]
# The result is a mixture of both colours: an input outside of what was trained has no right answer, and no error is raised either. The labels of one attribute have to be set together.
#
# ## Exercises
#
# **1. Predict, then run** (3 minutes). Pictures of 7 domains are to be translated from each to each other, with one network for each ordered pair. How many networks does StarGAN save?

# %%
my_translators = None  # your number
exercise.translators.check(my_translators)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Count where a pair can begin and where it can end, and do not forget that StarGAN has a network, too.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_translators = 7 * 6 - 1
# ```
# </details>
#
# **2. Write it** (8 minutes). The gradient penalty, from the critic's gradient at each picture.


# %%
def my_penalty(slope):  # (B, C, H, W), the critic's gradient at B pictures -> scalar
    return None  # your code


exercise.penalty.check(my_penalty)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `flatten(1)` makes one row of each picture, and a picture has one norm.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# return (slope.flatten(1).norm(dim=1) - 1).square().mean()
# ```
# </details>
#
# **3. Write it** (10 minutes). The reader's loss when not all labels are known: binary cross-entropy from logits, summed over the known labels, and the mean over pictures.


# %%
def my_reader_loss(logits, labels, known):  # (B, L) three times, known 0 or 1 -> scalar
    return None  # your code


exercise.reader.check(my_reader_loss)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Let every label have its loss first (`reduction="none"`), and take away afterwards what nobody told.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# each = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
# return (each * known).sum(1).mean()
# ```
# </details>
#
# **4. Write it** (5 minutes). New labels for other hair. The columns are black, blond, brown, old, male, glasses, and `hair` is 0, 1 or 2. Every face has exactly one of the three colours, and the labels that came in must stay unchanged.


# %%
def my_edit(labels, hair):  # (N, 6), 0 or 1 or 2 -> (N, 6)
    return None  # your code


exercise.edit.check(my_edit)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A face has one colour of hair: clear all three in a copy, and then set the new one.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# new = labels.clone()
# new[:, :3] = 0
# new[:, hair] = 1
# return new
# ```
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | StarGAN is one of the GANs worth knowing. (“star gan”: 알아 둘 만한 GAN) | holds: it does with one generator what CycleGAN needs $k(k-1)$ for | The question |
# | It changes a person's colour of hair, age and gender. (“사람의 머리 색, 나이, 성별 바꾸기”) | holds in part: a classifier sees nearly every wish granted; measured against the true edit, hair and age come near, and gender only by a quarter | Twelve minutes instead of one |
#
# ## Summary
#
# Can one generator learn every translation between many domains, if you only tell it in numbers what you want? It can, if the numbers reach it (zeros at the borders), and if someone who reads labels on real pictures asks for them in the fakes. The way back and the mask keep the rest of the face where it was. (In this drawn world gender has two values and a few pixels; people are more than that, and edited photographs of people can do harm.) Here six labels make 24 domains, and pairs of them would need 552 translators.
#
# Two trainings were compared here:
#
# | model | is given | wishes reached, kept | difference to the true edit | cost |
# |---|---|---|---|---|
# | StarGAN, a minute, five seeds | a face, six labels | 0.71 to 0.75, 0.97 to 1.00 | 0.050 to 0.056 | a minute |
# | StarGAN, shipped | a face, six labels | 0.98, 1.00 | 0.024 (no edit: 0.040) | about twelve minutes |
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
# | InfoGAN, Z = 8 | none | in one step | 53,953 + 34,465 + 99,854 | matched 0.65 to 0.80, eight seeds; k-means 0.739 | finds classes of its own, not yours |
# | GAN-CLS | none | in one step, from a caption | 112,659 + 48,113 | all words right: seen 0.996, unseen 0.946 | keeps little of the variety |
# | tokens and transformer | a bound | token by token, from a caption | 191,860 + 477,457 | all words right: seen 0.998, unseen 0.958 | sixteen steps for a picture |
# | Puzzle-GAN | none | in one step, from three pieces | 479,580 + 42,865 | IoU of masks 0.832; constant mask 0.518 | its noise says next to nothing |
# | CycleGAN | none | in one step, from a horse or a zebra | 2 × 72,803 + 2 × 20,425 | error of a horse's body 0.049; another brown 0.03 | two translators for each pair of domains |
# | **StarGAN** | none | in one step, from a face and labels | 235,668 + 179,047 | error of an edit 0.024; no edit 0.040 | gender comes only a quarter nearer to the truth |
#
# Where it breaks: all of this was 32 × 32 pixels. How do faces of 1024 × 1024 come about? Not at once: notebook 12 lets a picture grow.
#
# **References.** Y. Choi, M. Choi, M. Kim, J.-W. Ha, S. Kim and J. Choo (2018), *StarGAN: Unified Generative Adversarial Networks for Multi-Domain Image-to-Image Translation*, [arXiv 1711.09020](https://arxiv.org/abs/1711.09020). A. Pumarola, A. Agudo, A. Martinez, A. Sanfeliu and F. Moreno-Noguer (2018), *GANimation*, [arXiv 1807.09251](https://arxiv.org/abs/1807.09251). I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin and A. Courville (2017), *Improved Training of Wasserstein GANs*, [arXiv 1704.00028](https://arxiv.org/abs/1704.00028). Y. Choi, Y. Uh, J. Yoo and J.-W. Ha (2020), *StarGAN v2*, [arXiv 1912.01865](https://arxiv.org/abs/1912.01865).
