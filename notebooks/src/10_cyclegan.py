# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 10 · CycleGAN: horses to zebras, without pairs
#
# > Here are two thousand photographs of horses, and here are two thousand photographs of zebras. Nobody ever photographed the same animal as both. Now show me this horse as a zebra.
#
# **How can a machine learn to translate pictures when nobody can show it a single translation, and how would you know that it is right?**
#
# After this notebook you can write the losses of the GAN that the lecture calls very important, train them in forty seconds, and say exactly when "there and back again" proves a translation, and when it proves nothing.
#
# Key terms: unpaired translation (비쌍 변환), domain (도메인), cycle consistency (순환 일관성), identity loss (항등 손실), patch discriminator (패치 판별자), receptive field (수용 영역), image pool (이미지 풀).
#
# Everything that this notebook needs is imported here, in one place.

# %%
import itertools
import json
import math
from pathlib import Path

import torch

from genlib import judges, metrics, pictures, weights
from genlib.data import animal_masks, draw_horses, draw_zebras
from genlib.data.horses import SCENE
from genlib.exercises import cyclegan as exercise
from genlib.models import ImagePool, PatchDiscriminator
from genlib.models.cyclegan import cycle_loss
from genlib.models.gan import least_squares_discriminator_loss, least_squares_generator_loss
from genlib.recipes import cyclegan
from genlib.training import Average, Player, adam, play
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread
seeded = lambda seed=0: torch.Generator().manual_seed(seed)
large = lambda x, k=4: x.expand(-1, 3, -1, -1).repeat_interleave(k, 2).repeat_interleave(k, 3)

# %% [markdown]
# CycleGAN ([Zhu et al., 2017](https://arxiv.org/abs/1703.10593)) plays two games at once. $G$ turns horses into zebras, and $D_Y$ tells real zebras from fakes. $F$ turns zebras into horses, and $D_X$ tells real horses from fakes. What ties the games together are two round trips, each of which has to end where it began:

# %%
flow = "horse x -> G -> zebra G(x) -> F -> back F(G(x))\nzebra G(x) -> D_Y\n"
flow += "zebra y -> F again -> horse F(y) -> G again -> back G(F(y))\nhorse F(y) -> D_X"
pictures.diagram(flow, learns=["G", "F", "F again", "G again", "D_Y", "D_X"])

# %% [markdown]
# "$F$ again" and "$G$ again" are the same networks as $F$ and $G$, drawn once more. There are four networks in all: two that translate, and two discriminators. What scores the pictures from outside, the **judge**, is no player in the game, as in notebooks 4, 6, 8 and 9. Here it is a classifier.
#
# ## The question
#
# A **domain** (도메인) is a set of pictures of one kind. Here are the two domains that you will train on, 2000 pictures of each. They are *unpaired*: every animal stands in a scene of its own.

# %%
horses, zebras = cyclegan.unpaired(2000)
pictures.rows({"horses x": horses[:8], "zebras y": zebras[:8]})

# %% [markdown]
# In this world, and in no photograph album, there is also a hidden truth. A scene is fifteen numbers, such as where the animal stands, how it holds its head, and whether it looks to the left. The same fifteen numbers can be drawn as a horse or as a zebra. Such pairs are never trained on, but they can tell us afterwards how good a translation is:

# %%
held = judges.animal_pairs(200, cyclegan.HELD)
horse, zebra, mask, scenes = held
pictures.rows({"horse": horse[:8], "its zebra": zebra[:8], "mask": mask[:8]})

# %% [markdown]
# With masks, the error of the *body* and that of the *ground* can be told apart, as mean differences per number between 0 and 1. A good translator leaves the ground alone. But how large may the error of the body be? One of the fifteen numbers says where the stripes begin, and the horse does not show it. So draw each zebra a second time, with other stripes on the same body, and compare it with the first. For horses, do the same with another shade of brown:

# %%
body, ground = (mask > 0.5).float(), (mask < 0.02).float()
other, off = scenes.clone(), lambda x, y: [metrics.error_within(x, y, body)]
other[:, [SCENE.index("stripes"), SCENE.index("coat")]] = torch.rand(200, 2, generator=seeded())
named = {"zebra, other stripes": off(draw_zebras(other), zebra), "a horse": off(horse, zebra)}
pictures.dots(named | {"horse, other brown": off(draw_horses(other), horse)}, "error of the body")

# %% [markdown]
# A perfect zebra with other stripes has a larger error than a plain horse! Where the stripes begin cannot be known, so the error of a zebra's body says nothing about its quality. A horse made from a zebra can be measured, though: other shades of brown cost little. So we will look at five numbers: the share that a classifier takes for the target animal, the error of the ground in both directions, the body of horses, and the error of a whole cycle.
#
# ## The equations
#
# The discriminators are trained with *least squares* (최소제곱): a discriminator should say 1 of real pictures and 0 of fakes. For $G$ and its discriminator $D_Y$
#
# $$L_{D_Y} = \tfrac12\, E\,(D_Y(y) - 1)^2 + \tfrac12\, E\, D_Y(G(x))^2 \qquad\qquad L_{\text{GAN}}(G) = E\,(D_Y(G(x)) - 1)^2$$
#
# and likewise for $F$ and $D_X$. With the discriminators alone $G$ might turn every horse into one and the same perfect zebra. **Cycle consistency** (순환 일관성) forbids that. Here $|\cdot|$ is the mean of the absolute differences over all numbers of a picture:
#
# $$L_{\text{cyc}} = E\,|F(G(x)) - x| + E\,|G(F(y)) - y| \qquad\qquad L = L_{\text{GAN}}(G) + L_{\text{GAN}}(F) + \lambda\, L_{\text{cyc}}$$
#
# So $G$ and $F$ are trained to make $L$ small, while $D_Y$ and $D_X$ are trained to make their own losses small. The paper takes $\lambda = 10$ for pictures from −1 to 1. Ours go from 0 to 1, half as wide, so the same weight is 20. For some pairs of domains the paper adds an **identity loss** (항등 손실), $E\,|G(y) - y| + E\,|F(x) - x|$: what is a zebra already should stay as it is.
#
# ## The equations as code
#
# Nothing here is longer than its formula. The loops below are the slow way to say it, and the library's functions say the same:

# %%
x, back = torch.rand(2, 2, 3, 4, 4, generator=seeded(1))
apart = [abs(a - b) for a, b in zip(x.flatten().tolist(), back.flatten().tolist(), strict=True)]
assert abs(sum(apart) / len(apart) - cycle_loss(x, back)) < 1e-6
real, fake = torch.tensor([0.9, 0.4]), torch.tensor([0.2, 0.7])
by_hand = (0.1**2 + 0.6**2) / 2 + (0.2**2 + 0.7**2) / 2
assert abs(by_hand - least_squares_discriminator_loss(real, fake)) < 1e-6
assert abs((0.8**2 + 0.3**2) / 2 - least_squares_generator_loss(fake)) < 1e-6

# %% [markdown]
# ## Is a cycle loss of zero enough?
#
# Before we train anything: what exactly would a perfect score prove? Take the smallest world in which that can be answered without a network. Both domains are points in the plane with a standard normal density, and $G$ turns the plane by an angle, and $F$ turns it back.
#
# ### Play 1: turn the world
#
# **Which angles are perfect?** The dots are points $x$ in two colours, by the side on which they began, after $G$ has turned them. The line says what each loss makes of it:


# %%
points = torch.randn(600, 2, generator=seeded(3)).double()
right = points[:, 0] > 0


def show_turn(degrees=60):
    a = math.radians(degrees)
    R = torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]]).double()
    turned = points @ R.T
    cycle, same = cycle_loss(points, turned @ R), cycle_loss(points, turned)
    line = f"cycle loss {cycle:.3f}, identity loss {same:.2f}"
    return pictures.cloud({"real": turned[right], "fake": turned[~right]}), line


ask = exercise.ASKED["show_turn"]
Panel(show_turn, ask=ask, degrees=(0, 360, 15))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# All of them. Whatever the angle, turning back undoes turning, and a round cloud that is turned is the same round cloud, so that no discriminator can object. Every rotation has cycle loss 0 and GAN loss at its best, and only one of them is the translation that you may have had in mind. The identity loss is 0 for the angle 0 alone: it does not say which translation is right, it votes for the one that changes least.
# </details>
#
# The next world can be counted. Two shops sell six things each, and a translator sends each thing of one shop to one of the other. It is **perfect** if $F$ brings each thing back, which means that no two things are sent to the same one, and if what arrives is sold exactly as often as what the other shop sells. (A thing stands for a picture, and how often it is sold for its probability.) How many perfect translators are there? That depends on how often each thing is sold:

# %%
shops = {"all equally often": [1] * 6, "two kinds": [1, 1, 1, 2, 2, 2]}
shops |= {"one favourite": [5, 1, 1, 1, 1, 1], "all different": [1, 2, 3, 4, 5, 6]}
perfect = lambda sold: [p for p in itertools.permutations(range(6)) if [sold[i] for i in p] == sold]
counted = {name: [len(perfect(sold))] for name, sold in shops.items()}
assert list(counted.values()) == [[720], [36], [120], [1]]
pictures.dots(counted, "perfect translators", logx=True)

# %% [markdown]
# With equal shares there are $6! = 720$, and 719 of them are wrong if one is right. Labels help: with two kinds that are sold at different rates, only things of one kind can be exchanged, $3! \cdot 3! = 36$. And if all shares differ, one is left. These symmetries are all there is: [Moriakov, Adler and Teuwen (2020)](https://arxiv.org/abs/2001.09061) prove that the perfect answers are exactly as many as there are ways to rearrange a domain that leave its density as it is.
#
# ### Play 2: look at the perfect cycles
#
# **What do the wrong ones look like?** A row is a thing in one shop, a column a thing in the other, and a dark square says where it is sent. All that you see here has cycle loss 0 and convinces every discriminator:


# %%
def show_perfect(shop="two kinds", number=8):
    tables = perfect(shops[shop])
    sent = tables[(number - 1) % len(tables)]
    moved = sum(a != b for a, b in enumerate(sent))
    line = f"one of {len(tables)}: {moved} of six things are not sent to themselves"
    return pictures.matrix(torch.eye(6)[list(sent)], "in the other shop", "in this shop"), line


off = lambda shop, **_: ["number"] * (shop == "all different")
Panel(show_perfect, off=off, shop=list(shops), number=(1, 36))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# With "two kinds" the dark squares stay within two blocks of three. With "all different" there is one answer whatever number you choose. With "one favourite" the favourite is always sent to itself, and the other five are free.
# </details>
#
# ### The second answer in our own world
#
# Do horses and zebras have such a symmetry? Half of them look to the left. So look at the world in a mirror: the mirror images of all zebras are zebras again, and just as likely. Then "make a zebra of it, and mirror it" is a second perfect translator. Let us try with a pair of translators that was trained for about 27 minutes (`make weights NAME=cyclegan_horses`):

# %%
pair, there = cyclegan.shipped_cycle(), judges.translated  # without a gradient
G, F = pair.values()
z = there(G, horse[:8])
back = there(F, z)
assert torch.equal(there(F, z.flip(3).flip(3)), back)  # the mirrored F first mirrors back
pictures.rows({"x": horse[:8], "G(x)": z, "F(G(x))": back, "mirrored G(x)": z.flip(3)})

# %% [markdown]
# The last row is as good as the second, if you do not see the first. Its way back is the same number by number, because a mirroring $F$ would first mirror back; the `assert` spells that out. Is there anybody who could object? Compare the translated zebras with real ones by the Frechet distance of notebook 6, in the features of a classifier that knows zebras from horses and left from right. Do it in the world where half look to the left, and in one where four of five do:

# %%
named, far = {}, judges.frechet_of_animals
for left in (0.5, 0.8):
    given, real = judges.animal_pairs(200, 5, left), judges.animal_pairs(200, 6, left)
    made = there(G, given.horse)
    named[f"{left:.0%} left, G"] = [far(made, real.zebra)]
    named[f"{left:.0%} left, mirrored"] = [far(made.flip(3), real.zebra)]
pictures.dots(named, "Frechet distance to real zebras")

# %% [markdown]
# In the even world the mirrored translator is about as close to real zebras as the other, and in the uneven one it is far away, because it makes a herd that looks to the wrong side. So with 80 % to the left the mirror is no longer a perfect answer. (Others remain. A scene has more symmetries: whether the head is held high or low is also equally likely, so "make a zebra of it, and turn high heads into low ones" would be perfect, too.) That is what theory says. What does *training* find, when a translator is able to mirror? Put in front of each translator a mixture of the picture and its mirror image, with a share that is learnt and begins at one half. Ten trainings of 300 steps (`python benchmarks/cyclegan.py mirror`):

# %%
read = lambda part: json.loads(Path(f"../benchmarks/results/cyclegan_{part}.json").read_text())
told = read("mirror")
even, uneven = told["rows"].values()
shares = {f"even world, {row['seed']}": row["share"] for row in even}
pictures.curves(told["moments"], shares, "steps", "share of the mirror image")

# %% [markdown]
# Each curve is one training; the number is its seed. In the even world two of five end in the mirror, and three outside of it. Which one it will be can be seen after ten steps. What decides is nothing but the first weights and the first pictures. Afterwards no training turns round; we suspect that the ghosts are the reason, since a picture that is half mirrored looks like neither. And in the uneven world, where the mirror is wrong?

# %%
shares = {f"uneven world, {row['seed']}": row["share"] for row in uneven}
pictures.curves(told["moments"], shares, "steps", "share of the mirror image")

# %% [markdown]
# All five run into the *wrong* one! We do not know why they all begin that way. Their zebras look to the wrong side, and the classifier sees it:

# %%
named = {"even world": [row["frechet"] for row in even]}
named["uneven world"] = [row["frechet"] for row in uneven]
pictures.dots(named, "Frechet distance to real zebras")

# %% [markdown]
# The distance is about four times as large as in the even world, while the error of the cycle is the same, 0.03 in all ten trainings. (Neither is as small as it will be below, because these networks are smaller and trained for half as long.) So the losses can tell the mirror from the right answer, and training misses the right answer all the same. Whether a longer one would turn round we did not measure.
#
# Why, then, did the shipped translators not mirror? [Galanti, Wolf and Benaim (2018)](https://arxiv.org/abs/1709.00074) argue that this is what makes unpaired translation work at all: among all perfect answers training finds the simplest, and the simplest is what we mean. For a few convolutions that begin near the picture itself, changing colours in place is simple, and carrying each pixel to the other side is not. Further below you will see how far that goes.
#
# ## The model
#
# ### A discriminator of patches
#
# A **patch discriminator** (패치 판별자) does not give one answer for a picture, but a map of them, one for each patch. How large a patch? Take one number of the map, and look which pixels have a gradient to it. That region is its **receptive field**, as in notebook 3. For the paper's discriminator, three convolutions that halve the size and two that do not, it is 70 pixels wide, and for ours it is 16:


# %%
def looked_at(D, size):  # the pixels on which the middle score depends
    x = torch.full((1, 3, size, size), 0.5, dtype=torch.float64).requires_grad_()
    score = D.double()(x + 0.1 * torch.rand(x.shape, generator=seeded()).double())[0, 0]
    score[len(score) // 2, len(score) // 2].backward()
    return x.grad.abs().sum((0, 1))


field = looked_at(PatchDiscriminator(64, layers=3, norm=False), 128) > 0
assert field.any(0).sum() == field.any(1).sum() == 70
torch.manual_seed(0)
seen_by = [looked_at(PatchDiscriminator(layers=1, norm=norm), 32) for norm in (False, True)]
seen_by = torch.stack([1 - (g / g.max()) ** 0.3 for g in seen_by])[:, None].float()
pictures.captioned(large(seen_by, 8), ["without instance norm", "with it"], columns=2)

# %% [markdown]
# On the left is our discriminator as it is usually described: what lies outside of 16 × 16 pixels does not count. On the right is the same one with *instance norm* (인스턴스 정규화), which brings each channel of a picture to mean 0 and variance 1. So each score knows a little about all of it. Ours has the norm, as in the paper. (The picture shows the gradient to the power of 0.3, because outside it is small.)
#
# A discriminator of patches has few weights and cannot see the whole animal. It can see whether stripes are crisp and whether a head has an eye, and it leaves it to the cycle to keep the rest.
#
# ### The translators
#
# $G$ and $F$ are small networks of convolutions: one halves the size, two residual blocks (잔차 블록) work there, and one comes back to full size. The paper's have nine residual blocks and two halvings; ours must be trained in forty seconds. And the paper's translator must first learn to repeat its input, while ours adds the network's answer to the picture itself (from −1 to 1, times 1.5) before the last tanh, so that it begins near "change nothing", with colours a little too strong. The translators have 30,747 weights each, and the discriminators 20,425.
#
# ### The pool
#
# A discriminator that only sees the newest fakes forgets what it knew about the older ones. An **image pool** (이미지 풀) keeps 50 fakes, and in every second case hands out one of those in place of a new one. How old is what the discriminator sees? Send the numbers 0, 1, 2, ... through a pool:

# %%
pool = ImagePool(50, seeded())
given_back = torch.tensor([pool(torch.tensor([float(t)])).item() for t in range(6000)])
ages = (torch.arange(6000) - given_back)[1000:]
late = {"share at least so old": [(ages >= 25 * k).double().mean() for k in range(13)]}
pictures.curves([25 * k for k in range(13)], late, "age in pictures", "share")

# %% [markdown]
# Half of what it hands out is new, with age 0, and the rest has waited for about a hundred pictures on average, some for three hundred. What it keeps are numbers without a gradient, and one of the mistakes at the end of this notebook is about that.
#
# ## Train it
#
# Here is the whole game by hand, with $\lambda = 20$ and no identity loss. Both translators move together, then both discriminators. `made` remembers what the translators have just drawn, so that nothing is drawn twice:


# %%
def of_translators(x, y):
    made[:] = z, h = G(x), F(y)
    fooled = least_squares_generator_loss(D_Y(z)) + least_squares_generator_loss(D_X(h))
    return fooled + 20 * (cycle_loss(x, F(z)) + cycle_loss(y, G(h)))


def of_discriminators(x, y):
    z, h = zebra_pool(made[0]), horse_pool(made[1])  # the pool takes the gradient away
    of_Y = least_squares_discriminator_loss(D_Y(y), D_Y(z))
    return (of_Y + least_squares_discriminator_loss(D_X(x), D_X(h))) / 2


# %% [markdown]
# They play 600 steps with four horses and four zebras each, which takes about 40 seconds. The rate stays for the first half and then falls to almost zero, as in the paper. `average` is the moving average of both translators, and `keep` puts aside what it makes of six held-out animals:


# %% tags=["nbval-ignore-output"]
def keep(step):
    if step + 1 in (0, 10, 25, 50, 100, 150, 200, 300, 450, 600):
        G_now, F_now = average.module.values()
        z, h = there(G_now, horse[:6]), there(F_now, zebra[:6])
        kept[step + 1] = z, there(F_now, z), h


torch.manual_seed(0)
four, noise, kept, made = cyclegan.cycle_four(), seeded(), {}, []
(both, D), (G, F, D_Y, D_X) = cyclegan.two_sides(four), four.values()
zebra_pool, horse_pool = ImagePool(50, noise), ImagePool(50, noise)
average = Average(both, 0.99, warm_up=True)
keep(-1)
of = lambda net, loss: Player(net, loss, adam(net.parameters(), 1e-3))
players = {"translators": of(both, of_translators), "discriminators": of(D, of_discriminators)}
play(players, cyclegan.both(horses, zebras, noise), 600, [average, keep], constant=0.5)
shown = {f"{step} steps": kept[step][0] for step in kept if step in (50, 150, 600)}
pictures.rows({"x": horse[:6]} | shown, columns=6)

# %% [markdown]
# After 50 steps they are still horses, greenish ones; after 150 there is something striped; and at the end there are zebras that stand as the horses stood. Nobody has ever shown them one of these pairs.
#
# ### Play 3: watch it learn
#
# **What comes first: the right colours, the stripes, or the way back?** Let it run. The rows are $G(x)$, $F(G(x))$ and, for six zebras that you do not see, $F(y)$:


# %%
latest_moment = len(kept) - 1


def show_moment(moment=latest_moment):
    step, (z, back, h) = list(kept.items())[moment]
    error = cycle_loss(horse[:6], back)
    line = f"after {step} steps: error of the cycle {error:.2f}"
    return pictures.rows({"G(x)": z, "F(G(x))": back, "F(y)": h}, columns=6), line


ask = exercise.ASKED["show_moment"]
Panel(show_moment, play="moment", ask=ask, moment=(0, latest_moment))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The way back comes first, because our translators begin near the picture itself. At step 0 the translators only make colours stronger, which costs 0.12 there and back. Copying is easy, so after 50 steps the error of the cycle is almost where it will end, and the horses are still horses. Only then do white and black come, and sharp stripes last. The error of the cycle stays small meanwhile.
# </details>
#
# ### Five trainings, measured
#
# Five trainings like yours, judged on 200 held-out pairs on the way (`python benchmarks/cyclegan.py parts`). First the share that the classifier takes for the animal that was wanted:

# %%
told = read("parts")
moments, arms = told["moments"], told["rows"]
of_row = lambda row, score: [at[score] for at in row["curve"]]
curve = lambda score, arm="cycle": torch.tensor([of_row(row, score) for row in arms[arm]])
named = {"zebras": curve("zebra"), "horses": curve("horse")}
pictures.curves(moments, named, "steps", "share judged to be so")

# %% [markdown]
# After 200 steps the classifier sees zebras and horses where they were wanted, with all five seeds. It would be a poor measure to stop at: a picture is called a zebra long before it is a good one. So look at the errors. After 50 steps the body of a horse made from a zebra is off by 0.31, as much as if nothing had been done:

# %%
named = {name: curve(name) for name in ("ground of zebra", "ground of horse", "body of horse")}
pictures.curves(moments, named, "steps", "mean error per number")

# %% [markdown]
# The ground is disturbed while the colours of the bodies change, and comes to rest as the rate falls. The horse's body ends at 0.09; another shade of brown alone would cost 0.03.
#
# ### What does each loss buy?
#
# Leave the cycle loss out, add the identity loss with weight 10, or do both, with three seeds each. The row "no pool" lets the discriminators see new fakes alone. First what the cycle loss itself measures:

# %%
last = lambda score: {arm: curve(score, arm)[:, -1] for arm in arms}
pictures.dots(last("cycle of zebra"), "error of the cycle of zebras")

# %% [markdown]
# Without the cycle loss nobody asks for the way back, and its error is four times as large. (With the identity loss alone it is as large.) That is what was to be expected, and it is not what we wanted to know. Does the cycle make the *translation* better?

# %%
pictures.dots(last("ground of zebra"), "error of the ground of zebras")

# %% [markdown]
# For the ground it does: without the cycle the error is nearly twice as large. And for the horse's body, where pose and colour are measured against the hidden partner?

# %%
pictures.dots(last("body of horse"), "error of the body of horses")

# %% [markdown]
# For the body the cycle buys nothing that we can measure. The pose stays although nobody asks for it, as the theory of the simplest answer would have it: to move a leg is harder than to leave it. The identity loss and the pool change nothing here either, over 600 steps. That is this small world. On photographs the paper finds the cycle loss necessary, and with it CycleGAN still fails where shapes must change, as from cats to dogs.
#
# ### Play 4: choose the weights
#
# **What happens to a zebra when nobody asks for the way back?** The weights are those of the cycle and of the identity loss. All are recorded trainings of 600 steps from one seed (`make weights NAME=cyclegan_losses`). The rows are $G(x)$, $F(G(x))$ and $F(y)$:

# %%
record = cyclegan.blank_losses()
weights.load_or_train("cyclegan_losses", record)


def show_weights(cycle=20, identity=0):
    place = cyclegan.CYCLES.index(cycle), cyclegan.IDENTITIES.index(identity)
    z, back, h = (getattr(record, name)[place] / 255 for name in ("zebra", "back", "horse"))
    line = f"error of the cycle {cycle_loss(horse[:6], back):.3f}"
    return pictures.rows({"G(x)": z, "F(G(x))": back, "F(y)": h}, columns=6), line


Panel(show_weights, cycle=list(cyclegan.CYCLES), identity=list(cyclegan.IDENTITIES))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# With the weight 0 the animals are about as good as with 20, but the ground is restless, and what comes back is covered with a pattern. With 80 the error of the cycle is smallest, and the translations are worst: the stripes of the zebras bend and their ground gets pale, and horses keep the zebra's stripes, because erasing them would cost too much on the way back. The identity loss makes a difference that you have to search for.
# </details>
#
# ## 27 minutes instead of forty seconds
#
# The same program with more than twice the weights and 20,000 steps gives the translators that you met above. These are held-out zebras on their way to horses and back:

# %%
G, F = pair.values()
h = there(F, zebra[:8])
pictures.rows({"y": zebra[:8], "F(y)": h, "G(F(y))": there(G, h), "true horse": horse[:8]})

# %% [markdown]
# To the eye the sky is clean, and the horses are horses. In numbers, on the same 200 held-out pairs:

# %%
shipped = judges.judge_cycle(G, F, held)
scores = ("ground of zebra", "ground of horse", "body of horse", "cycle of horse")
named = {f"{score}, 40 s": curve(score)[:, -1] for score in scores}
named |= {f"{score}, shipped": [shipped[score]] for score in scores}
pictures.dots(dict(sorted(named.items())), "mean error per number")

# %% [markdown]
# Every error is about half of what forty seconds gave. But compare the first and the third row of the sheet once more. The horses in the second row are brown, if you do not look too closely. Still, each zebra has come back with *its own stripes*, although a horse has none and the fifteen numbers that would say so were never in the picture. How can $G$ know?
#
# ## The hidden message
#
# It cannot, unless the horse tells it. The cycle loss asks for the same stripes again, so $F$ writes them into the horse as a faint pattern, which the discriminator lets pass. [Chu et al. (2017)](https://arxiv.org/abs/1712.02950) found this in aerial photographs and called it steganography (스테가노그래피), the art of hidden writing. If that is so, a little noise on the horse should damage the message. Add noise of one to eight steps of 255 to what lies in between, and measure the error of the cycle:

# %%
levels = range(9)
noise = torch.randn(100, 3, 32, 32, generator=seeded())


def through(first, then, x, level):  # there, some noise on the way, and back
    return there(then, (there(first, x) + level / 255 * noise[: len(x)]).clamp(0, 1))


error = lambda way, x: [cycle_loss(x, through(*way, x, level)) for level in levels]
named = {"horse, zebra, horse": error((G, F), horse[:100])}
named |= {"zebra, horse, zebra": error((F, G), zebra[:100])}
named |= {"the noise itself": [level / 255 * noise.abs().mean() for level in levels]}
pictures.curves(list(levels), named, "noise in between, of 255", "error of the cycle")

# %% [markdown]
# Both curves begin with the error that there is without noise. To a horse that comes back from a zebra the noise adds a little less than itself. To a zebra that comes back from a horse it adds more than twice as much: its message was written in just such small differences. And there is a test without noise. Give $G$ the *true* horse of each zebra in place of the one that $F$ made. It stands in the same way, and nobody has written anything into it:

# %%
sources = {"F(y)": there(F, zebra), "F(y) and noise of 8": None, "the true horse": horse}
sources["F(y) and noise of 8"] = (sources["F(y)"][:100] + 8 / 255 * noise).clamp(0, 1)
off = lambda x: [metrics.error_within(there(G, x), zebra[: len(x)], body[: len(x)])]
pictures.dots({name: off(x) for name, x in sources.items()}, "error of the zebra's body")

# %% [markdown]
# From the true horse the stripes are at least as wrong as those of any other zebra. So the perfect-looking cycle was possible only because the translators had agreed on a secret. No loss forbids it, and the cycle loss even asks for it.
#
# ### Play 5: damage the message
#
# **How much noise does it take until a zebra loses its own stripes?** Draw a horse or a zebra, and disturb it on the way. From left to right: the picture, its translation, what comes back, and where that differs. You choose the scene, and the noise between 0 and 8 of 255:


# %%
def show_cycle(begin="zebra", noise_level=0, direction="right", across=0.5, head=0.5, coat=0.5):
    scene = torch.full((1, len(SCENE)), 0.5)
    chosen = [float(direction == "left"), across, head, coat]
    scene[0, [SCENE.index(n) for n in ("left", "across", "head", "coat")]] = torch.tensor(chosen)
    x = (draw_zebras if begin == "zebra" else draw_horses)(scene)
    way = (F, G) if begin == "zebra" else (G, F)
    between, back = (
        through(way[0], torch.nn.Identity(), x, noise_level),
        through(*way, x, noise_level),
    )
    apart = (back - x).abs().mean(1, keepdim=True)
    inside = metrics.error_within(back, x, animal_masks(scene))
    shown = [large(v, 6) for v in (x, between, back, 1 - 3 * apart.clamp(max=1 / 3))]
    return pictures.sheet(torch.cat(shown), columns=4), f"error of the body {inside:.3f}"


ranges = {"begin": ["zebra", "horse"], "noise_level": (0, 8), "direction": ["right", "left"]}
ranges |= {name: (0.0, 1.0) for name in ("across", "head", "coat")}
Panel(show_cycle, off=lambda begin, **_: ["coat"] * (begin == "zebra"), **ranges)

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Without noise a zebra comes back with its own stripes, wherever it stands. From about 4 of 255 on they lose their edges, and at 8 the error of the body is, in the mean over a hundred zebras, about four times as large. A horse minds noise much less. If you look closely at the horse in between, you can find the pattern.
# </details>
#
# ## Break it
#
# Four mistakes, all of them public. The first two are about losses. A perfect translator should lose nothing, so let two oracles translate that know the hidden pairs, and compute each loss in the right way and in the wrong one:

# %%
losses = {"identity, right: G(y) against y": [cycle_loss(zebra, zebra)]}  # a zebra stays
losses |= {"identity, wrong: G(x) against x": [cycle_loss(horse, zebra)]}
losses |= {"cycle, right: F(G(x)) against x": [cycle_loss(horse, horse)]}
losses |= {"cycle, wrong: F(pool) against x": [cycle_loss(horse, horse.roll(1, 0))]}
pictures.dots(losses, "loss of perfect translators")

# %% [markdown]
# **Mistake 1: the identity loss is fed with the wrong domain.** $|G(x) - x|$ for a horse $x$ asks $G$ to leave horses alone. A perfect translator loses by it, and one that does nothing loses nothing. The program runs, the loss falls, and horses stay horses. The instrument is this chart: ask an oracle.
#
# **Mistake 2: the cycle goes through the pool.** If you overwrite the fakes with what the pool hands out, and compute the cycle of *those*, you compare a horse with what came of another horse, in every second case. Again an oracle would lose. The pool is for the discriminators alone.
#
# **Mistake 3: the pool keeps gradients.** Our pool detaches. If it does not, an old picture still hangs on the graph of the step that made it:

# %%
old_picture = G(horse[:1])  # kept with its gradient
D_Y(old_picture).mean().backward()
try:  # one step later it comes out of the pool again
    D_Y(old_picture).mean().backward()
except RuntimeError as error:
    print(str(error).split("(")[0])

# %% [markdown]
# In the best case PyTorch refuses the second time, as here. In the worst case the graph is built anew in each step, nothing fails, and the discriminator's loss pushes the weights of the translator as well, in the discriminator's favour.
#
# **Mistake 4: the discriminator is not frozen.** In a plain loop, `backward` of the translators' loss leaves gradients in the discriminators, too. If they are not set to zero before the discriminators move, these are pushed to call fakes real. How large is that push beside their own?

# %%
z, moved = average.module["to_zebra"](horse[:8]), list(D_Y.parameters())
slopes = lambda loss: torch.autograd.grad(loss, moved, retain_graph=True)
length = lambda loss: [math.sqrt(sum(slope.square().sum() for slope in slopes(loss)))]
named = {"its own": length(least_squares_discriminator_loss(D_Y(zebra[:8]), D_Y(z)) / 2)}
named |= {"left by the translators": length(least_squares_generator_loss(D_Y(z)))}
pictures.dots(named, "length of the discriminator's gradient")

# %% [markdown]
# What the translators leave behind is more than ten times as long as the discriminator's own gradient, and it asks the discriminator to call fakes real. `fit` and `play` in this course only ever take the gradients of the player that moves, so that this cannot happen. In your own loop, call `zero_grad` before each `backward`, or `requires_grad_(False)` on the discriminators while the translators move.
#
# ## Exercises
#
# **1. Predict, then run** (5 minutes). Two shops each sell five things, with the probabilities 0.3, 0.3, 0.2, 0.1 and 0.1. A translator sends things to things one to one and must keep the probabilities. How many perfect cycles are there?

# %%
my_cycles = None  # your number
exercise.cycles.check(my_cycles)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Which things could change places without anyone noticing it from how often they are sold?
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_cycles = 2 * 1 * 2
# ```
# </details>
#
# **2. Write it** (10 minutes). The cycle loss of two translators, which are functions here. The two batches may have different numbers of rows.


# %%
def my_cycle_loss(G, F, x, y):  # G, F functions; (B, ...), (B', ...) -> scalar
    return None  # your code


exercise.cycle.check(my_cycle_loss)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Take each batch there and back first, and give each of the two cycles a mean of its own over all numbers.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# return (F(G(x)) - x).abs().mean() + (G(F(y)) - y).abs().mean()
# ```
# </details>
#
# **3. Write it** (10 minutes). The receptive field in pixels of a chain of convolutions, each a pair (kernel, stride), the first layer first. The paper's discriminator, `[(4, 2), (4, 2), (4, 2), (4, 1), (4, 1)]`, has 70.


# %%
def my_field(layers):  # [(kernel, stride), ...] -> a whole number
    return None  # your code


exercise.field.check(my_field)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Begin at the last layer with one score and go back: $n$ neighbours have $n - 1$ strides between them, and at the end stands one whole kernel.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# seen = 1
# for kernel, stride in reversed(layers):
#     seen = (seen - 1) * stride + kernel
# return seen
# ```
# </details>
#
# **4. Write it** (10 minutes). The pool for one picture. `kept` is a list that you change in place. While it holds fewer than `size` pictures, keep `x` and give it back. Then a `coin` below 0.5 gives `x` back; otherwise give back the picture at `place`, counted from 0, and put `x` there.


# %%
def my_pool(kept, size, x, coin, place):  # -> the picture that is given back
    return None  # your code


exercise.pool.check(my_pool)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Three cases: there is room, a low coin, a high coin. In the last one take the old picture out before `x` overwrites it.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# if len(kept) < size:
#     kept.append(x)
# elif coin >= 0.5:
#     x, kept[place] = kept[place], x
# return x
# ```
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | CycleGAN changes the domain of an image, and is very important. (“이미지 상의 도메인을 바꿈.” “굉장히 중요.”) | holds: it needs no pairs, and here the hidden pairs show that it is nearly right about the ground, and mostly about the horse's body | Five trainings, measured |
# | Cycle consistency loss turns photographs of horses into zebras. (“cycle consistency loss: 말 사진을 얼룩말 사진으로 바꾸기.”) | holds in part: the discriminators make the zebra, also without the cycle loss; the cycle loss keeps what a translator could lose | What does each loss buy? |
# | Just throw the pictures in, and it changes them by itself. They need not show the same place. (“그냥 던져만 줘도 알아서 바꾼다.” “같은 위치 필요 없음.”) | holds in part: here it does, where the translator is local; but a perfect score alone does not prove it, and in an even world there is a second perfect answer | Five trainings, measured; Is a cycle loss of zero enough? |
#
# ## Summary
#
# How can a machine learn to translate when nobody can show it a translation? Two discriminators say what each domain looks like, and the cycle says that nothing may get lost on the way. That can be enough when the right answer is also the simplest. And a perfect way back is no proof of understanding, because the message may travel where you do not look.
#
# Two trainings were compared here:
#
# | model | is given | parameters | ground of zebra, body of horse | cost |
# |---|---|---|---|---|
# | CycleGAN, 40 seconds, five seeds | a horse or a zebra | 2 × 30,747 + 2 × 20,425 | 0.018 to 0.021, 0.090 to 0.102 | 40 seconds |
# | CycleGAN, shipped | a horse or a zebra | 2 × 72,803 + 2 × 20,425 | 0.009, 0.049 | about 27 minutes |
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
# | **CycleGAN** | none | in one step, from a horse or a zebra | 2 × 72,803 + 2 × 20,425 | error of a horse's body 0.049; another brown 0.03 | two translators for each pair of domains |
#
# Where it breaks: one network per direction is fine for two domains. With hair in three colours, two ages and two genders there would be many directions. Can one generator do them all? That is notebook 11.
#
# **References.** J.-Y. Zhu, T. Park, P. Isola and A. A. Efros (2017), *Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks*, [arXiv 1703.10593](https://arxiv.org/abs/1703.10593). N. Moriakov, J. Adler and J. Teuwen (2020), *Kernel of CycleGAN as a Principle Homogeneous Space*, [arXiv 2001.09061](https://arxiv.org/abs/2001.09061). T. Galanti, L. Wolf and S. Benaim (2018), *The Role of Minimal Complexity Functions in Unsupervised Learning of Semantic Mappings*, [arXiv 1709.00074](https://arxiv.org/abs/1709.00074). C. Chu, A. Zhmoginov and M. Sandler (2017), *CycleGAN, a Master of Steganography*, [arXiv 1712.02950](https://arxiv.org/abs/1712.02950). P. Isola, J.-Y. Zhu, T. Zhou and A. A. Efros (2017), *Image-to-Image Translation with Conditional Adversarial Networks*, [arXiv 1611.07004](https://arxiv.org/abs/1611.07004). A. Shrivastava et al. (2017), *Learning from Simulated and Unsupervised Images through Adversarial Training*, [arXiv 1612.07828](https://arxiv.org/abs/1612.07828).
