# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 9 · Puzzle-GAN: a whole picture from three loose pieces
#
# > Somebody hands you three snippets of a photograph: two eyes, a strand of hair, a collar. Nobody says where they were cut out. You can still imagine the face.
#
# **Can a machine make a whole picture from three pieces, and find out where they belong, when their places are never told?**
#
# After this notebook you can build an encoder that does not care about order, write the losses that hold the pieces in place, train the system in a minute,
# and measure two things that are easily confused: whether a picture *contains* its pieces, and whether it is a good picture.
#
# Key terms: key patch (핵심 조각), mask (마스크), part encoder (부분 인코더), order invariance (순서 불변성), U-net (유넷), composite (합성 이미지), intersection over union (교집합 대 합집합, IoU).
#
# Everything that this notebook needs is imported here, in one place.

# %%
import json
from pathlib import Path

import torch

from genlib import judges, metrics, pictures, weights
from genlib.data import box_mask, cut_pieces, draw_faces, edge_energy, faces, many_faces
from genlib.exercises import puzzle as exercise
from genlib.models.gan import nonsaturating_loss
from genlib.models.puzzle import appearance_loss, composites, spatial_loss
from genlib.models.text2image import matching_loss
from genlib.recipes import puzzle
from genlib.training import Average, Player, adam, minibatches, play
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread
seeded = lambda seed=0: torch.Generator().manual_seed(seed)
large = lambda x, k=4: x.expand(-1, 3, -1, -1).repeat_interleave(k, 2).repeat_interleave(k, 3)

# %% [markdown]
# The lecture's slide "Puzzle-GAN" shows a system that was published as *Unsupervised Holistic Image Generation from Key Local Patches* ([Lee et al., 2018](https://arxiv.org/abs/1703.10730)). Here is the whole of it:

# %%
flow = "pieces -> part encoder -> mask net -> mask\nmask net -> picture net -> picture -> D\n"
flow += "noise z -> picture net\nreal, composites -> D"
learns = ["part encoder", "mask net", "picture net", "D"]
pictures.diagram(flow, learns=learns)

# %% [markdown]
# Three networks together are the generator $G$. The part encoder reads the pieces. The mask net predicts *where* they lie, as a picture of numbers from 0 to 1 that is called the **mask** (마스크). The picture net, which is also given what the part encoder says, draws the whole. The discriminator $D$ judges whole pictures, as in notebook 6, with one more kind of fake, which comes later.
#
# ## The question
#
# Photographs of faces would need a far longer training, and nobody could say which attributes a picture has. So here is a world of drawn ones, 32 × 32 pixels in colour. A face has five attributes with names, and eleven numbers without names, for the place and the build of the head, for skin, eyes, clothes and ground:

# %%
x, attributes, people = many_faces(16, seed=6)
pictures.show(x, pixels=840)

# %% [markdown]
# The same eleven numbers with another attribute are the same person, edited. In each row below one attribute of the faces in the top row is changed, and their numbers stay. Age brings greyer hair and wrinkles, and gender is drawn by long hair and red lips or the shadow of a beard. You will meet this world again in notebooks 11 and 12:

# %%
edits, choices = {"as drawn": x[:8]}, torch.tensor(faces.CHOICES)
for name, next_one in zip(faces.ATTRIBUTES, torch.eye(5).long(), strict=True):
    edits[f"other {name}"] = draw_faces((attributes[:8] + next_one) % choices, people[:8])
pictures.rows(edits)

# %% [markdown]
# Now the pieces. A **key patch** (핵심 조각) is one that says much, and a plain piece of ground says nothing. The paper takes boxes from a detector of objects that counts edges; we take 64 random boxes per face, each side 0.25 to 0.4 of the picture's, and score each by the *edge energy* in it, the sum of differences between neighbouring pixels, divided by (width + height)$^{1.5}$. The best three that hardly overlap are kept:

# %%
eight = judges.face_puzzles(8, seed=1000)
energy = edge_energy(eight.real)[:, None]
framed = pictures.framed(eight.real, eight.boxes)
pictures.rows({"edge energy": large(1 - energy / energy.max()), "key boxes": framed})

# %% [markdown]
# The first piece has a blue frame, the second an orange one and the third a green one. Each piece is then scaled to 32 × 32, so that its size is lost as well. The machine gets the first three rows below, and nothing else. It has to predict the last one, which is dark where a piece lies, and to draw the face:

# %%
shown = {f"piece {k + 1}": eight.pieces[:, k] for k in range(3)}
pictures.rows(shown | {"true mask": box_mask(eight.boxes)})

# %% [markdown]
# So this is two tasks at once. While it learns, the true masks and faces are its labels; but no place is ever part of the *input*. It is not *inpainting* (인페인팅), where the pieces lie in their places and only the rest is missing, and it is no jigsaw either, because two thirds of the picture are not there at all.
#
# How hard is the first task? If you never looked at the pieces, you could always give the same mask. Two masks are compared by their **intersection over union** (IoU): the pixels in both, divided by the pixels in either. Below is how often each pixel is covered, and the one mask that is best on average over 4000 faces:

# %%
train = judges.face_puzzles(4000)
true_masks = box_mask(train.boxes)
often = true_masks.mean(0, keepdim=True)
cuts = [(often > level / 20).float() for level in range(4, 13)]
overlap = lambda mask, true: metrics.intersection_over_union(mask, true).mean().item()
constant = max(cuts, key=lambda mask: overlap(mask.expand_as(true_masks), true_masks))
pictures.show(torch.cat([often, constant]), columns=2)

# %% [markdown]
# The middle of the face is covered most often, the edges hardly ever. What does the blind guesser reach on 400 faces that nobody trains on?

# %%
held = judges.face_puzzles(400, seed=1000)
pieces = held.pieces
print(f"constant mask: IoU {overlap(constant.expand(400, 1, 32, 32), box_mask(held.boxes)):.3f}")

# %% [markdown]
# A machine that looks at the pieces must do clearly better than that.
#
# ## The model: the equations
#
# The **part encoder** (부분 인코더) $e$ is a small network of strided convolutions, and every piece goes through the same one. What it says at level $\ell$ is *summed* over the pieces:
#
# $$E_\ell = \sum_{k=1}^{3} e_\ell(x_k), \qquad \ell = 16 \times 16,\ 8 \times 8,\ 4 \times 4, \text{ and a code of 72 numbers}$$
#
# In code the heart of it is a few lines, in which B is the number of pictures in a batch:
#
# ```python
# h = pieces.flatten(0, 1)  # (B, 3, C, 32, 32) -> (3 B, C, 32, 32): every piece through the same layers
# for level in levels:
#     h = level(h)
#     summed.append(h.unflatten(0, (B, 3)).sum(1))  # here the order is lost
# ```
#
# A sum does not know an order, so neither do the mask and the picture, which is called **order invariance** (순서 불변성). Two ladders of transposed convolutions lead up from the code, 4, 8, 16, 32. The mask's ladder is given the encoder's maps at each level; a network with such bridges is called a **U-net** (유넷). The picture's ladder begins with noise $z$ as well, and at each level it is given the encoder's maps and the mask's: a doubled U-net. So the picture is drawn by a network that sees
# the predicted mask at every level. These bridges join maps of different places: a map of a piece lies in the piece's own coordinates, and the ladder's in those of the picture, so that convolutions have to learn what to take over.
#
# Is it exactly blind to the order? Ask a generator that was trained for about seven minutes (`make weights NAME=puzzle_faces`), and give it the same pieces in another order:

# %%
G = puzzle.shipped_puzzle()
draw = lambda pieces: G.sample(8, pieces, generator=seeded())
(mask, face), (again, turned) = draw(eight.pieces), draw(eight.pieces[:, [2, 0, 1]])
assert max((mask - again).abs().max(), (face - turned).abs().max()) < 1e-5
pictures.rows({"mask": mask, "picture": face, "truth": eight.real})

# %% [markdown]
# Nothing changes but the last digits of rounding; the `assert` says so. And the pictures resemble the truth, although two thirds of it were never shown. Does the machine perhaps know the places? Copy the pixels of a piece into the corner of a picture of noise, and cut them out there:

# %%
left, top, width, height = eight.boxes[0, 0].tolist()
noise = torch.rand(1, 3, 32, 32, generator=seeded())
noise[0, :, :height, :width] = eight.real[0, :, top : top + height, left : left + width]
there = cut_pieces(noise, torch.tensor([[[0, 0, width, height]]]))
assert (there[0, 0] - eight.pieces[0, 0]).abs().max() < 1e-5
four = torch.stack([noise[0], there[0, 0], eight.pieces[0, 0], eight.real[0]])
pictures.captioned(four, ["pasted in noise", "cut there", "cut in the face", "the face"])

# %% [markdown]
# Both pieces are the same. So whatever the masks know about places was learnt from what the pieces look *like*.
#
# ## What holds the pieces in place?
#
# Let $m$ be the predicted mask and $M$ the true one, $G$ the picture that was drawn and $y$ the true one. Two losses compare them, summed over all pixels and all colours (Σ), where $\odot$ multiplies pixel by pixel:
#
# $$L_S = \sum |m - M| \qquad\qquad L_A = \sum |m \odot G - M \odot y|$$
#
# The *spatial* loss $L_S$ is about where, and the *appearance* loss $L_A$ about what. Look closely at $L_A$: on the left stands the predicted mask. Could $G$ cheat by predicting that there is no piece anywhere?
#
# ## Play 1: cheat the losses
#
# **Which wrong pictures cost nothing?** Choose what the mask says, what is painted where the pieces really lie, and what is painted elsewhere. From left to right you see the mask, the picture, and what $L_A$ adds up:


# %%
def show_losses(mask="the true one", inside="the truth", outside="black", face=0):
    real, other = eight.real[face : face + 1], eight.real[face - 1 : face or None]
    M = box_mask(eight.boxes[face : face + 1])
    m = {"the true one": M, "none": 0 * M, "all": 0 * M + 1, "the constant one": constant}[mask]
    paint = {"the truth": real, "black": 0 * real, "another face": other}
    drawn = M * paint[inside] + (1 - M) * paint[outside]
    line = f"L_S = {spatial_loss(m, M):.0f}, L_A = {appearance_loss(m, drawn, M, real):.0f}"
    three = [large(x, 5) for x in (1 - m, drawn, (m * drawn - M * real).abs())]
    return pictures.sheet(torch.cat(three)), line


masks = ["the true one", "none", "all", "the constant one"]
paints = ["the truth", "black", "another face"]
ask = exercise.ASKED["show_losses"]
Panel(show_losses, ask=ask, mask=masks, inside=paints, outside=paints, face=(0, 7))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# With the true mask $L_A$ does not care about the outside: black or another face cost nothing. So these two losses can never make a face, they only hold the pieces. And "no mask" does not pay: then $L_A$ is $\sum |M \odot y|$, all that is bright in the pieces, and $L_S$ is the area of the true mask.
# One cheat escapes $L_A$: say "all", and paint the outside black. Only $L_S$ notices.
# </details>
#
# ## What holds the rest together: composites
#
# The rest is left to $D$. It should refuse a picture whose pieces do not fit the rest, such as eyes of one skin in a face of another. To teach it that early, $D$ is shown one more kind of fake, two **composites** (합성 이미지) of the real picture $y$ and of another real one $y'$: what lies in $y$'s boxes comes from one, and the rest from the other.

# %%
other = eight.real.roll(1, 0)
inner, outer = composites(box_mask(eight.boxes), eight.real, other)
assert (inner + outer - eight.real - other).abs().max() < 1e-6
pictures.rows({"y": eight.real, "y, boxes of y'": inner, "y', boxes of y": outer, "y'": other})

# %% [markdown]
# Every pixel of a composite is real, and only the seams and what does not fit give it away. The two always add up to $y + y'$, as the `assert` says. With $s$ for the probability that $D$ gives to "real", the loss of $D$ is that of notebook 8, with composites in the place of wrong texts, and $G$ wants $D$ to be wrong about its picture, as ever:
#
# $$L_D = -\Big[\log s(y) + \tfrac12 \log(1 - s(\text{composite})) + \tfrac12 \log(1 - s(G))\Big] \qquad L_G = -\log s(G) + \lambda\,(L_S + L_A)$$
#
# The weight $\lambda$ falls as training goes on, here from 0.1 to 0.05, so that the pieces come first.
#
# ## Train it
#
# Here are the two players' losses by hand, for a batch of pictures and boxes. The other face $y'$ is simply the one before it in the batch, `real.roll(1, 0)`. `weight` gives the falling λ. (The five trainings further below add the R1 penalty of notebook 5.)


# %%
def of_D(real, boxes):
    mixed = torch.cat(composites(box_mask(boxes), real, real.roll(1, 0)))
    _, fake = yours.sample(len(real), cut_pieces(real, boxes), generator=noise)
    return matching_loss(D(real), D(mixed), D(fake))


def of_G(real, boxes):
    M = box_mask(boxes)
    m, fake = yours(yours.noise(len(real), noise), cut_pieces(real, boxes))
    in_place = spatial_loss(m, M) + appearance_loss(m, fake, M, real)
    return nonsaturating_loss(D(fake)) + next(weight) * in_place


# %% [markdown]
# Now they play 750 steps with 16 faces each, which takes about 50 seconds. $D$ moves at every second step, and `average` is the moving average of $G$. At ten moments `keep` puts aside what it makes of the eight faces above, which are never trained on:


# %% tags=["nbval-ignore-output"]
def keep(step):
    if step + 1 in (0, 10, 25, 50, 100, 200, 300, 450, 600, 750):
        kept[step + 1] = average.module.sample(8, eight.pieces, generator=seeded())


torch.manual_seed(0)
(yours, D), noise, kept = puzzle.puzzle_pair().values(), seeded(), {}
average, weight = Average(yours, 0.99, warm_up=True), iter(torch.logspace(-1, -1.3, 750).tolist())
keep(-1)
of = lambda net: adam(net.parameters(), 2e-3, betas=(0.0, 0.99))
players = {"D": Player(D, of_D, of(D), every=2), "G": Player(yours, of_G, of(yours))}
batches = minibatches(*train, size=16, generator=noise)
play(players, batches, 750, [average, keep], last=0.1)
shown = {f"{step} steps": kept[step][1] for step in list(kept)[4::5]}
pictures.rows(shown | {"truth": eight.real})

# %% [markdown]
# After less than a minute there are faces. The ground around them is restless: the two losses hardly reach it, and $D$ alone says what it should look like.
#
# ## Play 2: watch it learn
#
# **What comes first: the places, the pieces, or the face?** Let it run. The upper row shows the masks of the eight faces, the lower row their pictures:


# %%
latest_moment = len(kept) - 1


def show_moment(moment=latest_moment):
    step, (m, drawn) = list(kept.items())[moment]
    line = f"after {step} steps: IoU of the masks {overlap(m, box_mask(eight.boxes)):.1f}"
    return pictures.sheet(torch.cat([large(1 - m, 2), large(drawn, 2)])), line


ask = exercise.ASKED["show_moment"]
Panel(show_moment, play="moment", ask=ask, moment=(0, latest_moment))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# At first all masks are one cloud in the middle; then they part, each for its own face. In the pictures dark and light skin come early, and so do eyes, at first with rims of glasses in every face. Dark hair, and who really wears glasses, come later, and the ground comes to rest last of all, if it does.
# </details>
#
# ### Three numbers
#
# How well does a picture *contain* its pieces? Take a piece at its true size, lay it on every place of the picture, and keep the smallest mean difference. That is the error with which it is **found**. To know what is small, do the same with the pieces of another face, of a *stranger*. The third number is the Frechet distance of notebook 6 between all pictures and real faces, in the features of
# a small classifier that reads all five attributes of new faces without a mistake. Five trainings like yours, judged on 400 held-out faces on the way (`python benchmarks/puzzle.py parts`):

# %%
read = lambda part: json.loads(Path(f"../benchmarks/results/puzzle_{part}.json").read_text())
told = read("parts")
curve = lambda score, kind="all parts": torch.tensor(
    [[at[score] for at in row["curve"]] for row in told["rows"][kind]]
)
steps, scores = told["moments"], ("iou", "found", "stranger", "frechet")
named = {"its own": curve("found"), "a stranger's": curve("stranger")}
pictures.curves(steps, named, "steps", "error of pieces, found in the picture")

# %% [markdown]
# At first the two lie close together, because a cloud contains everybody's pieces almost equally badly. Then they part: the pictures hold their own pieces, and more of them with every step. The masks, beside the constant mask, which looks at nothing:

# %%
pictures.curves(steps, {"IoU": curve("iou")}, "steps", "IoU", marks={"constant": told["constant"]})

# %% [markdown]
# For a hundred steps the machine does no better than the constant mask, and then it passes it. What comes in which order? Scale each number so that it goes from 0 at the first moment to 1 at the last:

# %%
gone = lambda y: (y - y[:, :1]) / (y[:, -1:] - y[:, :1])
named = {
    "masks": gone(curve("iou")),
    "pieces": gone(curve("found")),
    "whole": gone(curve("frechet")),
}
pictures.curves(steps, named, "steps", "share of the way")

# %% [markdown]
# The masks are ahead of the pieces all the time, and the paper shows that order in pictures, too: first masks, then sharp parts, and a realistic whole last. By the Frechet distance, though, the whole is *ahead of both* from 100 to 300 steps. Number and eye mean different things here. After 200 steps the distance has gone, in the mean of the seeds, more than four fifths of *its* way, from above 1000 to 250, because skin and hair stand about where they should.
# But its way ends at 135, and real faces have 0.9. What your eye calls a face lies in the part that is still missing.
#
# ### What does each part of the loss buy?
#
# Leave out one part at a time, with three seeds for each ("all parts" are the five trainings from above). Before you look: which one can be spared for the masks, and which for the faces?

# %%
last = lambda score: {kind: curve(score, kind)[:, -1] for kind in told["rows"]}
pictures.dots(last("iou"), "IoU of the masks", {"constant": told["constant"]})

# %% [markdown]
# For the masks no single part is needed, as it seems, not even the loss that is about them! Without $L_S$ they come out almost as well; a likely reason is that $L_A$ multiplies by the predicted mask, so that most wrong masks cost there, too. Does the same hold for the pieces? Here is the error of a picture's own pieces, as a share of a stranger's:

# %%
share = {kind: y / last("stranger")[kind] for kind, y in last("found").items()}
pictures.dots(share, "error of its own pieces, by a stranger's", {"no difference": 1.0})

# %% [markdown]
# Without the pieces' loss $L_A$ its own pieces are hardly easier to find than a stranger's: the picture is some face. Every other part can be left out without harm to the pieces. At last the whole:

# %%
pictures.dots(last("frechet"), "Frechet distance of the whole", {"real": told["floor"]})

# %% [markdown]
# The whole needs $D$, and nothing in the two other losses replaces it. The composites, though, buy nothing that these three numbers show; with each of three seeds, the pictures without them are even a little nearer to faces. Numbers can hide what an eye sees at once, so here are eight faces, each row trained with a part left out (`make weights NAME=puzzle_parts`):

# %%
parts = puzzle.blank_parts()
weights.load_or_train("puzzle_parts", parts)
pictures.rows({kind: x / 255 for kind, x in zip(puzzle.WITHOUT, parts.picture, strict=True)})

# %% [markdown]
# Without $D$ the rest is black, which costs nothing even where the mask says "a little". Without $L_A$ there are faces of somebody else, and several of the eight are much alike, four with glasses and pale hair and two with long dark hair, which looks like mode collapse. The second row shows how much the mask loss is worth here, and the fourth the composites: nothing that you could point at.
#
# ## Seven minutes instead of one
#
# The shipped generator took 8000 steps of the same game, with a lower rate, and $D$ moves at each of them. Four scores on 500 held-out faces are stored with it. Below stand eight faces, what it drew from three of their pieces, the same with another noise, and the face among the 4000 of training that is nearest to the picture:

# %%
print(weights.load_or_train("puzzle_faces", G)["accuracy"])
mask, face = G.sample(8, pieces[:8], generator=seeded())
_, noisy = G.sample(8, pieces[:8], generator=seeded(1))
near = train.real[metrics.nearest_neighbours(face.flatten(1), train.real.flatten(1))]
shown = {"mask": 1 - mask, "picture": face, "other noise": noisy, "nearest seen": near}
truth = {"truth": pictures.framed(held.real[:8], held.boxes[:8])}
pictures.rows(truth | {name: large(x) for name, x in shown.items()})

# %% [markdown]
# The pieces are found with less than half of a stranger's error. The Frechet distance is a tenth of what a minute gives, and still far from real faces: the mottled ground gives the pictures away. And the two rows with different noise look the same, although two thirds of each picture are free. Over all 400 faces, how far are such pictures apart (`python benchmarks/puzzle.py changes`)?

# %%
changes = read("changes")
apart = {name: [value] for name, value in changes["apart"].items()}
pictures.dots(apart, "mean difference per number")

# %% [markdown]
# The noise is nearly silent, as it was in notebook 8: for one set of pieces the losses never ask for variety, and $D$ does not see the pieces at all. From the nearest face that was seen a picture differs about as much as from the truth, and more than a new real face does, so that nothing speaks for copying. But part of each difference is the mottled ground.
#
# ### Does it know where each piece belongs?
#
# The IoU looks at the three boxes together: swap two pieces, and it would not notice. So look for each piece in the picture once more, and ask *where* it is found best. It counts as placed if that window shares at least half with its own box. If you look for the pieces of one face in another one, you find a part of them in place as well, since eyes lie where eyes lie:

# %%
rows = changes["rows"]
placed = {name: [row["placed"]] for name, row in rows.items()}
in_another = {"in another face": changes["placed in another face"]}
pictures.dots(placed, "share of pieces that are found in their place", in_another)

# %% [markdown]
# With three pieces nearly every one is found where it lay, although no place was in the input. The other rows are what the paper asks, too: fewer pieces, noise on the first piece (with this standard deviation), a third piece from another face, and a first piece that is cut from the empty corner. The corner alone is hopeless: nothing in it could be recognised, so its piece is nearly always lost, and some of the two others are lost with it. The masks say the same:

# %%
covered = {name: [row["iou"]] for name, row in rows.items()}
pictures.dots(covered, "IoU of the masks", {"constant, three pieces": told["constant"]})

# %% [markdown]
# Each mask is compared with the boxes that the pieces were really cut from. With one piece the number is lower although the place is mostly right; perhaps because a small error at the edges of one small box is a large part of it.
#
# ### What does it know of a person?
#
# The classifier reads the attributes of 400 pictures, and you compare with the truth. Some pieces show the glasses, and others do not; what they do not show has to be invented:

# %%
drawn = torch.cat([G.sample(len(p), p, generator=seeded())[1] for p in pieces.split(100)])
right = (judges.face_attributes(drawn) == judges.face_attributes(held.real)).double()
named = {n: [part] for n, part in zip(faces.ATTRIBUTES, right.mean(0).tolist(), strict=True)}
mouth = box_mask(held.boxes)[:, 0, 21, 16] > 0  # near the middle of every mouth
named["smile, shown by a piece"] = [right[mouth, 4].mean()]
named["smile, not shown"] = [right[~mouth, 4].mean()]
pictures.dots(named, "share of pictures with the true attribute", {"one of two": 0.5})

# %% [markdown]
# Whether a face is old is nearly always right, because skin and hair in most pieces tell it. (Chance is one of two, but one of three for hair.) The smile is the hardest. You would expect it to be right where a piece shows the middle of the mouth, and guessed where none does; but the two lowest bars differ by less than a tenth. Perhaps the edge of a mouth in a piece is enough, or the mouths are drawn so small and soft that the classifier misreads them. The chart does not say which.
#
# ## Play 3: choose the pieces
#
# **Does it matter whose pieces they are, how many, and how clean?** The paper asks all three. Take the third piece from another face, leave pieces out, or lay noise over the first. `loud` multiplies the noise $z$, which $G$ knows at 1:


# %%
def show_pieces(face=0, how_many=3, third="the same face", dirt=0.0, loud=1):
    given = pieces[face : face + 1].clone()
    if third != "the same face":
        given[:, 2] = pieces[face + 100, 2]
    given[:, 0] += dirt * torch.randn(given[:, 0].shape, generator=seeded())
    given = given[:, :how_many].clamp(0, 1)
    with torch.no_grad():
        m, drawn = G(loud * G.noise(1, seeded()), given)
    blank = torch.ones(3 - how_many, 3, 32, 32)
    six = [*given[0], *blank, 1 - m[0].expand(3, -1, -1), drawn[0], held.real[face]]
    names = ["piece 1", "piece 2", "piece 3", "mask", "picture", "first face"]
    M = box_mask(held.boxes[face : face + 1, :how_many])
    line = f"IoU {overlap(m, M):.2f} with the places in the first face"
    return pictures.captioned(torch.stack(six), names, columns=3), line


whose = ["the same face", "another face"]
off = lambda how_many, **_: ["third"] * (how_many < 3)
ranges = {"face": (0, 23), "how_many": (1, 3), "third": whose, "dirt": (0.0, 1.0), "loud": (0, 40)}
Panel(show_pieces, off=off, **ranges)

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# From a single piece there is still a face, though less of it is right. A third piece of another face is not refused: it is put where such a piece belongs, and the picture becomes a compromise between two people. The line compares with the first face's boxes, where a foreign third piece need not lie.
# Noise on one piece hurts slowly, because the two others still say a lot. And $z$ has to be many times louder than in training before you see what it does.
# </details>
#
# ## Play 4: cut it yourself
#
# **Can it place a piece that says nothing?** The blue box is yours, and the other two stay. Push it over the eyes, over the hair, and into the empty ground:


# %%
def show_cut(left=12, top=12, side=10, face=0):
    boxes = held.boxes[face : face + 1].clone()
    boxes[0, 0] = torch.tensor([left, top, side, side])
    real, given = held.real[face : face + 1], cut_pieces(held.real[face : face + 1], boxes)
    m, drawn = G.sample(1, given, generator=seeded())
    four = [pictures.framed(real, boxes), large(given[:, 0]), large(1 - m), large(drawn)]
    line = f"IoU {overlap(m, box_mask(boxes)):.2f}; from left: face, your piece, mask, picture"
    return pictures.sheet(torch.cat(four), columns=4), line


Panel(show_cut, left=(0, 19), top=(0, 19), side=(8, 13), face=(0, 23))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Over eyes, hair or collar the mask mostly follows your box, although nobody tells where it is. In the empty ground it cannot: a corner looks like any other piece of ground, and the mask covers something else or nothing. Over 400 faces the masks cover 2 % of such a corner (the table is in `benchmarks/README.md`). The size is guessed in the same way as the place, from what the piece shows.
# </details>
#
# ## Break it
#
# **Mistake 1: the places leak.** Suppose that you paste the pieces into an empty picture at their true places and feed that. Training goes wonderfully, and nothing is learnt. Here are such inputs, and the "mask" of a program of one line:

# %%
pasted = box_mask(eight.boxes) * eight.real
line_of_code = (pasted.amax(1, keepdim=True) > 0).float()
print(f"IoU {overlap(line_of_code, box_mask(eight.boxes)):.3f}")
pictures.rows({"leaked": pasted, "mask": line_of_code})

# %% [markdown]
# An IoU near 1 that comes at once is no triumph. It says that the answer stood in the input. The instrument is the test above: move a piece to another place without changing its pixels, and nothing may change.
#
# **Mistake 2: the other face is the same face.** If you take $y'$ from the same batch without shifting it, you get $y' = y$, and both composites are $y$ itself. Then $D$ is told that one and the same picture is real and fake. The best it can say of a real picture falls to the number of exercise 1 for a hopeless $G$, and to one half for a perfect one. The loss does not look strange. The instrument is what $D$ says of a real picture and of its composite: with this mistake the two answers are equal.
#
# **Mistake 3: a mean for a sum.** `l1_loss` takes the mean over pixels by default. For the masks that divides $L_S$ by 1024, for the colours $L_A$ by 3072, while the game against $D$ stays as it is. How strongly does each part pull at the code of the pieces, before training?

# %%
torch.manual_seed(0)
pair = puzzle.puzzle_pair()
fresh, judge, M = *pair.values(), box_mask(eight.boxes)
m, fake = fresh(fresh.noise(8, seeded()), eight.pieces)
pull = lambda loss: [
    torch.autograd.grad(loss, fresh.encoder.code[0].weight, retain_graph=True)[0].norm().item()
]
of_masks, of_D = pull(0.1 * spatial_loss(m, M)), pull(nonsaturating_loss(judge(fake)))
of_pieces = pull(0.1 * appearance_loss(m, fake, M, eight.real))
named = {"L_S, sum": of_masks, "L_S, mean": [of_masks[0] / 1024]}
named |= {"L_A, sum": of_pieces, "L_A, mean": [of_pieces[0] / 3072], "D": of_D}
pictures.dots(named, "length of the gradient", logx=True)

# %% [markdown]
# With the sum $L_S$ pulls about seventy times as hard as $D$ at the start, when λ is 0.1. With the mean it is the other way round, and $D$ pulls more than ten times as hard. So the same λ means something else in the two programs. The instrument is this chart: before you add two losses, compare their gradients.
#
# **Mistake 4: repeated instead of scaled.** In NumPy `resize` is no resizing of an image: it repeats the numbers until the array is full. Here are the pieces as they should be, and what such a program feeds, to the shipped generator:


# %%
def repeated(x, box):  # what numpy.resize makes of x[top : top + height, left : left + width]
    left, top, width, height = box.tolist()
    flat = x[:, top : top + height, left : left + width].permute(1, 2, 0).flatten()
    return flat.repeat(40)[:3072].view(32, 32, 3).permute(2, 0, 1)


pairs = zip(eight.real, eight.boxes, strict=True)
bug = torch.stack([torch.stack([repeated(x, box) for box in boxes]) for x, boxes in pairs])
mask, face = G.sample(8, bug, generator=seeded())
print(f"IoU {overlap(mask, box_mask(eight.boxes)):.2f}")
shown = {"scaled": eight.pieces[:, 0], "repeated": bug[:, 0], "mask": mask, "picture": face}
pictures.rows(shown)

# %% [markdown]
# Stripes have no eyes. The IoU falls below that of the constant mask, and a network that is *trained* on such pieces has to learn from scrambled pixels. No loss complains. The instrument is as old as image processing: look at what goes in.
#
# ## Exercises
#
# **1. Predict, then run** (5 minutes). By mistake 2 every composite is the real picture itself. The generator is still hopeless: none of its pictures looks real. In the loss of $D$ a real picture weighs 1, composites weigh ½ and generated pictures ½. What does the best $D$ say of a real picture? Give four digits.

# %%
my_doubt = None  # your number
exercise.doubt.check(my_doubt)

# %% [markdown]
# <details><summary>Hint</summary>
#
# At a real picture only two terms are left: $\log s$ with weight 1 and $\log(1 - s)$ with weight ½. Set the derivative to zero.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_doubt = 1 / (1 + 1 / 2)
# ```
# </details>
#
# **2. Write it** (10 minutes). The appearance loss: summed over colours and pixels, and a mean over the batch.


# %%
def my_appearance_loss(mask, picture, true_mask, real):  # (B, 1, H, W), (B, C, H, W), ... -> scalar
    return None  # your code


exercise.appearance.check(my_appearance_loss)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A mask of one channel multiplies three colours by broadcasting. `flatten(1)` makes a row of each picture.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# return (mask * picture - true_mask * real).abs().flatten(1).sum(1).mean()
# ```
# </details>
#
# **3. Write it** (10 minutes). The judge of the masks: intersection over union, both masks cut at ½.


# %%
def my_overlap(mask, true_mask):  # (N, 1, H, W) twice, numbers in [0, 1] -> (N,)
    return None  # your code


exercise.overlap.check(my_overlap)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `mask > 0.5` is a truth value per pixel. `&` is "in both", `|` is "in either".
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# mask, true_mask = (x.flatten(1) > 0.5 for x in (mask, true_mask))
# return (mask & true_mask).sum(1) / (mask | true_mask).sum(1)
# ```
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | "Puzzle GAN" is one of the GANs worth knowing. (“Puzzle GAN”: 알아 둘 만한 GAN) | no claim: a name. It is Lee et al. (2018), of which the lecturer is an author; its published title says what it does: a whole image from key local patches | Summary |
# | There are sub-patches in the image. (“이미지 안에 sub patch가 있음.”) | holds: here the three boxes with most edges, scaled to one size, their places lost | The question |
# | Given the sub-patches, it restores the original image. (“sub patch가 있으면 원래 이미지를 복원 함”) | holds in part: nearly every piece comes back where it lay; what no piece shows is invented, and only resembles the original | Seven minutes instead of one; Does it know where each piece belongs?; What does it know of a person? |
# | The slide's chain: detect key parts, encode them with shared weights, predict a mask, generate with a doubled U-net, real or fake. (핵심 부분 검출, 가중치를 공유하는 인코더, 마스크 예측, 이중 U-net 생성, 진짜와 가짜 판별) | holds, and each link is built here; edges are counted in place of the detector | The question; The model |
#
# ## Summary
#
# Can a machine make a whole picture from three pieces, and find out where they belong, when their places are never told? In this world it can, when true masks and faces are its labels while it learns, and places never part of its input. The sum makes it blind to order, the two losses hold the pieces in place, and the discriminator makes the rest. Nearly every piece is found in its place. Two limits remain: the ground is mottled, and the noise says next to nothing.
#
# These models were compared here, by the three numbers and the masks:
#
# | model | is given | IoU of masks | pieces found: own, a stranger's | Frechet distance | cost |
# |---|---|---|---|---|---|
# | the constant mask | nothing | 0.518 | | | |
# | Puzzle-GAN, a minute, five seeds | three pieces | 0.771 to 0.780 | 0.090 to 0.093, 0.146 to 0.147 | 124 to 144 | 50 seconds |
# | Puzzle-GAN, shipped | three pieces | 0.832 | 0.067, 0.147 | 13 | about seven minutes |
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
# | **Puzzle-GAN** | none | in one step, from three pieces | 479,580 + 42,865 | IoU of masks 0.832; constant mask 0.518 | its noise says next to nothing |
#
# The pieces say what the picture should contain. Where it breaks: for every set of pieces there was a true picture to compare with. What if nobody can ever show the answer, as when a horse is to become a zebra? That is notebook 10.
#
# **References.** D. Lee, S. Yun, S. Choi, H. Yoo, M.-H. Yang and S. Oh (2018), *Unsupervised Holistic Image Generation from Key Local Patches*, [arXiv 1703.10730](https://arxiv.org/abs/1703.10730). C. L. Zitnick and P. Dollár (2014), *Edge Boxes: Locating Object Proposals from Edges*, ECCV. O. Ronneberger, P. Fischer and T. Brox (2015), *U-Net*, [arXiv 1505.04597](https://arxiv.org/abs/1505.04597).
