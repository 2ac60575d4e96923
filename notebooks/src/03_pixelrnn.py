# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3 · PixelRNN: let a memory decide where to look
#
# > PixelRNN walks over the image with a recurrent network. The trajectory of the walk decides which pixels it can use. LSTM
# > cells are the usual choice.
#
# **Can one memory, moved over the image, replace a row of numbers for each pixel?**
#
# After this notebook you can write an LSTM cell and both walks of PixelRNN by hand, say exactly which pixels each of them sees, check it by gradients, and watch
# a network draw a digit pixel by pixel.
#
# Key terms: recurrent network (순환 신경망), LSTM (장단기 기억), gate (게이트), receptive field (수용 영역), masked
# convolution (마스크 합성곱), blind spot (맹점).
#
# Everything that this notebook needs is imported here, in one place.

# %%
import json
from itertools import product
from pathlib import Path
from unittest.mock import patch

import torch
from torch import nn

from genlib import metrics, pictures, weights
from genlib.data import binarize, digits, every_image
from genlib.exercises import pixelrnn as exercise
from genlib.judges import nats
from genlib.models import DiagonalBiLSTM, PixelCNN, RasterLSTM, RowLSTM, networks, recurrent
from genlib.training import train_by_score
from genlib.widgets import Panel, idle

torch.set_num_threads(1)  # tensors this small are faster on one thread
pad = nn.functional.pad

# %% [markdown]
# ## The question
#
# NADE gives each pixel a column of $W$ and a row of $V$ of its own. A stroke that it has learnt at the left of the image must therefore be learned anew at the right, and every further pixel
# makes the network larger.
#
# A **recurrent network** (순환 신경망) does it differently. It walks from pixel to pixel, uses the *same* weights at every step, and carries a memory along, in which it keeps what it has seen. Here are four steps of such a walk:

# %%
steps = range(1, 5)
places = {f"{kind}{i}": (i, y) for kind, y in (("x", 0), ("m", 1.2), ("p", 2.3)) for i in steps}
walk = [(f"m{i}", f"m{i + 1}") for i in (1, 2, 3)] + [(f"x{i}", f"m{i + 1}") for i in (1, 2, 3)]
pictures.graph(places, [(f"m{i}", f"p{i}") for i in steps], strong=walk, title="One memory walks")

# %% [markdown]
# The lowest row holds the pixels, the middle row the memory at each step, and the upper row the guess for each pixel. Blue arrows show what enters a memory: the memory of the step before, and
# the pixel that was drawn last. The second guess knows $x_1$, and the fourth knows $x_1$ to $x_3$, although no arrow leads there directly. Everything older than one step has to travel through the memory.
#
# What does this save? The chart counts the numbers of a NADE with 128 hidden units and of a Row LSTM, one of the recurrent models of this notebook. The Row LSTM and the Diagonal BiLSTM of this course also learn a bias of 48 numbers per pixel, which says where on the image a pixel lies, so the chart draws the walk without them too:

# %%
side, walk = torch.tensor([8.0, 28, 64, 128, 256]), 0.021025
area = side**2 / 1e6  # in millions, as everything here
count = {"NADE": 257 * area, "Row LSTM": walk + 48 * area, "its walk": walk + 0 * area}
pictures.curves(side, count, "side of the image in pixels", "millions of numbers")

# %% [markdown]
# NADE needs 257 new numbers for every pixel. The walk needs none: its 21,025 numbers make the flat line at the bottom, whatever the image. From 28 × 28 on the whole Row LSTM lies between the two, because its biases do grow with the image. Keep this in mind: it is the walk that does not grow, and not the whole model. At the left end, where our 8 × 8 digits are, there is nothing to save: the Row LSTM has 24,097 numbers there and NADE only 16,576. So the question for them is whether a walk can be *as good*.
#
# These are the digits of notebooks 1 and 2, with the split that you know:

# %%
train, valid, test = (binarize(digits(s)[0]).flatten(1) for s in ("train", "valid", "test"))
pictures.show(test[:20].view(-1, 1, 8, 8), columns=10, pixels=640)

# %% [markdown]
# ## Three ways to walk
#
# A line has only one direction, but an image leaves you a choice. Along the **raster** you visit one pixel after the other, and the pixel above is always eight steps away. The **Row LSTM** takes a
# whole row at a time: all pixels of a row are computed together, from the row above. The **Diagonal BiLSTM** (bi stands for two directions) goes along the diagonals, once from the left and once from the right. It meets both the left and the upper neighbour of a pixel in the step before.
#
# Here are the four walks over 8 × 8 pixels. A number says in which step a pixel is computed, and all pixels with the same number are computed together. Blue is what is done after 8 steps:

# %%
r, c = torch.meshgrid(torch.arange(8), torch.arange(8), indexing="ij")
walks = {"raster": 8 * r + c + 1, "Row LSTM": r + 1}
walks |= {"from the left": r + c + 1, "from the right": r + 8 - c}
pictures.grids({n: (t <= 8).long() for n, t in walks.items()}, ["later", "done"], walks)

# %% [markdown]
# After 8 steps the raster has one row, the diagonals have a triangle, and the Row LSTM has everything. Why may it go so fast? A pixel can be computed as soon as the memories that it reads are there. In the panel all walks start at once. The orange pixels are computed now, and the black ones are those whose memory they read. Make a guess, and then press play:


# %%
def show_walks(step=5):
    kinds = {n: 1 * (t <= step) + (t == step) + 2 * (t == step - 1) for n, t in walks.items()}
    done = ", ".join(f"{name} {int((t <= step).sum())}" for name, t in walks.items())
    words = ["later", "done", "computed now", "its memory is read now"]
    return pictures.grids(kinds, words, walks), f"pixels done: {done}"


question = exercise.ASKED["show_walks"]
Panel(show_walks, ask=question, play="step", step=(1, 64))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The Row LSTM arrives first, after 8 steps. Both diagonal walks need 15 steps, one for each diagonal, and the raster needs 64. In every walk the black pixels are those of the step before: no step has to wait for more than one other. This is why the Row LSTM trains fastest. When a model *draws*, nobody can work
# ahead: each pixel has to be drawn before the next one, so every walk needs 64 steps then.
# </details>
#
# ## The equations
#
# What kind of memory walks there? A plain one would forget too soon. Suppose that at each step a share $f$ of it stays, and look at what is left later:

# %%
left = {f"f = {f}": f ** torch.arange(65.0) for f in (0.99, 0.9, 0.5)}
pictures.lines(torch.arange(65), left, "steps ago", (0, 1.02))

# %% [markdown]
# With $f = 0.5$ nearly nothing is left after eight steps, and along the raster that is where the pixel above lies. With $f = 0.99$ half of it is still there after the whole image. No single $f$ is right: some things are worth keeping, others are not.
# An **LSTM** (long short-term memory, 장단기 기억) therefore computes $f$ anew at each step. It reads an input $x$ and its own last output $h$, and computes three **gates** (게이트), which lie between 0 and 1, and a proposal $g$:
#
# $$o = \sigma(K_o x + U_o h) \qquad f = \sigma(K_f x + U_f h) \qquad i = \sigma(K_i x + U_i h) \qquad g = \tanh(K_g x + U_g h)$$
#
# Then it changes its memory $c$, and shows a part of it:
#
# $$c \leftarrow f\, c + i\, g \qquad\qquad h = o \tanh(c)$$
#
# The forget gate $f$ says how much of the old memory stays, the input gate $i$ how much of the proposal comes in, and the output gate $o$ how much is shown. Products of vectors are taken number by number, and every line
# has a bias as well, which is left out here. As a drawing:

# %%
text = "x -> gates -> memory c -> h\nlast h -> gates\nlast c -> memory c"
shapes = {"gates": "o, f, i and g", "memory c": "f c + i g", "h": "o tanh(c)"}
pictures.diagram(text, shapes, learns=["gates"])

# %% [markdown]
# Only the box "gates" has weights. On the way from the last $c$ to the new one there is no weight and no squashing, just the factor $f$. Where $f$ is close to 1, the memory passes unchanged, and so does the gradient on its way back.
#
# ## The equations as code
#
# Walk along a sequence and do just that. PyTorch packs the gates in another order, $i, f, g, o$, and has two biases, but it must find the same numbers. To guess pixel $i$ the walk may read no pixel after $i - 1$, so the pixels go in **shifted**
# by one place, with a zero first:


# %%
def lstm(sequence, module):
    K, U, bias = module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0 + module.bias_hh_l0
    h, c, outputs = torch.zeros(U.shape[1]), torch.zeros(U.shape[1]), []
    for x in sequence:
        i, f, g, o = (K @ x + U @ h + bias).chunk(4)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        outputs.append(h)
    return torch.stack(outputs)


module, shifted = nn.LSTM(1, 5), nn.functional.pad(test[0], (1, 0))[:-1, None]
assert torch.allclose(lstm(shifted, module), module(shifted)[0], atol=1e-6)

# %% [markdown]
# The assertion holds, so these nine lines are an LSTM. Along the raster they already are a model of images, once a last layer turns each $h$ into the logit of a pixel. What changes for the other two walks is only where the gates get their input from.
#
# ### The Row LSTM
#
# Write $x_{r, c}$ for what the layer reads at row $r$ and column $c$, and $h_{r, c}$ for what its memory shows there. Both are short vectors. With a kernel of three pixels,
#
# $$\text{gates}_{r, c} = K\, [x_{r, c-1},\ x_{r, c}] + U\, [h_{r-1, c-1},\ h_{r-1, c},\ h_{r-1, c+1}]$$
#
# The paper calls $K$ the *input-to-state* and $U$ the *state-to-state* convolution. The input part may look only to the left in its own row, because the pixels to the right are the future. The state part
# looks at three places of the row above, which is finished. Pixel by pixel, with zeros outside of the image:


# %%
def naive_row(layer, x):
    h = memory = torch.zeros(x.shape[1], layer.features)
    rows, columns = [], range(x.shape[1])
    for row in x:
        beside, above = pad(row, (0, 0, 1, 0)), pad(h, (0, 0, 1, 1))  # zeros outside
        inputs = torch.stack([beside[c : c + 2].flatten() for c in columns])
        states = torch.stack([above[c : c + 3].flatten() for c in columns])
        gates = layer.input_to_state(inputs) + layer.state_to_state(states)
        h, memory = recurrent.lstm_cell(gates, memory)
        rows.append(h)
    return x + layer.up(torch.stack(rows))


features, layer = torch.rand(4, 6, 6), recurrent.RowLayer(3)
assert torch.allclose(naive_row(layer, features), layer(features[None])[0], atol=1e-5)

# %% [markdown]
# The function agrees with the library's layer. `lstm_cell` is the cell from above, with the gates in the order of the paper. The last line adds what the memory says to what came in, so that layers can be stacked without losing the input.
#
# ### The Diagonal BiLSTM
#
# Here the state part reads the left and the upper neighbour, whose memories are both one step old:
#
# $$\text{gates}_{r, c} = K\, x_{r, c} + U\, [h_{r, c-1},\ h_{r-1, c}]$$
#
# The memory $c$ is handed on along the row. All pixels of one diagonal can be computed together, but a diagonal is awkward for a computer, because its pixels lie far apart. The trick is to **skew** the image: row $r$ moves $r$ places to the right, and the gap is filled up. The numbers are again the steps of the walk:

# %%
at = walks["from the left"][:4, :6]
maps = {"the image": at, "skewed": recurrent.skew(at)}
kinds = {name: (x > 0).long() + (x == 5) for name, x in maps.items()}
maps["skewed"] = maps["skewed"].where(maps["skewed"] > 0, -1)  # no number in the filling
pictures.grids(kinds, ["filling", "pixel", "step 5"], maps)

# %% [markdown]
# After skewing, each diagonal stands in one column, as the orange pixels show. The left neighbour of a pixel stands in the column before, in the same row, and the upper neighbour in the column before, one row higher. So the walk goes through the skewed map **one column at a time**, and 24 pixels take 9 steps.
#
# A second memory does the same on the mirrored image, from right to left, and has to be treated with care: at pixel $(r, c)$ it has already read $(r, c + 1)$, which is the future. So its output is **moved down by one row** before the two are added:


# %%
def walk_along(gates, U):
    h = memory = torch.zeros(gates.shape[0], U.shape[0] // 2)
    outputs = []
    for column in recurrent.skew(gates.movedim(2, 0)).movedim(2, 0).mT:  # (rows, gates) each
        states = torch.cat([h, pad(h, (0, 0, 1, 0))[:-1]], dim=1)  # of the left, and of above
        h, memory = recurrent.lstm_cell(column + states @ U, memory)
        outputs.append(h)
    return recurrent.unskew(torch.stack(outputs).movedim(0, 2).movedim(1, 0)).movedim(0, 2)


layer = recurrent.DiagonalLayer(3)
(left, right), U = layer.input_to_state(features).chunk(2, dim=-1), layer.state_to_state
left, right = walk_along(left, U[0]), walk_along(right.flip(1), U[1]).flip(1)
down = pad(right, (0, 0, 0, 0, 1, 0))[:-1]
assert torch.allclose(features + layer.up(left + down), layer(features[None])[0], atol=1e-5)

# %% [markdown]
# It agrees as well. Here is what the two memories have seen when it is the turn of the black pixel, first as they walk, and then with the second one moved down:

# %%
right, place = (r <= 4) & (c >= 3), 8 * r + c - 35  # seen from pixel (4, 3)
views = {"from left": (r <= 4) & (c <= 3), "from right": right, "moved down": right & (r < 4)}
shown = {n: torch.where(place == 0, 3, s * (1 + 1 * (place > 0))) for n, s in views.items()}
pictures.grids(shown, ["not seen", "seen", "seen, but still unknown", "the pixel itself"])

# %% [markdown]
# The orange pixels in the middle would be a look into the future. After the move they are gone, and what is left are the columns from that of the pixel itself to the right border, in the rows above. Together with the first picture, nothing of the past is left out.
#
# ## The same numbers, faster
#
# The library's layers give the same numbers as these functions, and they do a whole row or column in one step, for a whole batch of images. In training that is all there is to it, because all pixels are known. In *drawing* each pixel has to wait for the one before. A simple sampler runs the whole network once per pixel. The library carries the memories from pixel to pixel instead and computes
# nothing twice. A benchmark measured both, for 16 images of 8 × 8 pixels, and also a training step of 32 images of 28 × 28 (`python benchmarks/pixelrnn.py sampling steps`):

# %%
read = lambda part: json.loads(Path(f"../benchmarks/results/{part}.json").read_text())
times = {f"{x['model']}, training step": x["step"] for x in read("pixelrnn_steps")["steps"][-3:]}
for x in read("pixelrnn_sampling")["samples"]:
    times |= {f"{x['model']}, drawn anew": x["full"], f"{x['model']}, carried": x["carried"]}
pictures.dots({n: [round(ms)] for n, ms in times.items()}, "milliseconds (logarithmic)", logx=True)

# %% [markdown]
# The Row LSTM has the shortest training step, as you would expect from the first panel, because it needs one step per row. The Diagonal BiLSTM has the longest, although the raster takes more steps: it keeps two memories on a map of about twice the width. Besides, the raster uses PyTorch's own LSTM, so a part of the difference may lie in the code. For drawing, carrying the memories makes all three more than ten times as fast, and the most for the Diagonal BiLSTM. Remember: the walk decides how fast you can *train*, and no walk saves you from drawing pixel by pixel.
#
# ## Is it a probability?
#
# Nine binary pixels make 512 images. Whatever the weights are, the probabilities of all images must add up to one, for each model. Besides the three recurrent models the list holds **PixelCNN**, which you will meet in a moment:


# %%
seed = lambda k: torch.Generator().manual_seed(k)


def random_weights(model):
    torch.manual_seed(0)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.7)
    return model.eval()


for make in (RasterLSTM, RowLSTM, DiagonalBiLSTM, PixelCNN):
    assert abs(nats(random_weights(make(3, 3)), every_image(9)).neg().exp().sum() - 1) < 1e-3

# %% [markdown]
# The assertion holds for all four: up to rounding each sum is one, so all four are explicit models.
#
# **PixelCNN** has no memory at all. It is a stack of **convolutions** (합성곱): one small window of weights, the kernel, is laid on every place of the image and gives several numbers there. To keep the future out, a part of each kernel is set to zero, which is called a **masked
# convolution** (마스크 합성곱). There are two masks:

# %%
masks = {f"mask {kind}": networks.causal_mask(kind, 1, 1, 5)[0, 0].long() for kind in "AB"}
pictures.grids(masks, ["hidden", "may be seen"])

# %% [markdown]
# Both let through the rows above, and in the row of the pixel what lies to its left. Mask A hides the pixel itself and belongs to the first layer. Mask B shows it, and belongs to all later layers. This is allowed because behind the first layer the place of a pixel
# no longer holds the pixel, but only what was *before* it. The Row LSTM and the Diagonal BiLSTM begin with a convolution under mask A too.
#
# ## What does it see?
#
# The pixels that can change an output are its **receptive field** (수용 영역). The paper says that the Row LSTM sees roughly a triangle above the pixel, and the Diagonal BiLSTM the whole past. Is that so? Outside of the receptive field the **gradient** of the output is exactly zero. So take layers with random weights, compute the gradient for one pixel, and mark where it is not zero. Pixels see themselves here, because these are bare layers without the first masked convolution:


# %%
@torch.enable_grad()
def gradient(model, layers, row, column, kernel=3, side=9):
    conv = networks.MaskedConv2d("B", 4, 4, kernel)
    make = {"Row LSTM": recurrent.RowLayer(2, kernel), "PixelCNN": conv}
    layer = random_weights(make.get(model, recurrent.DiagonalLayer(2)))
    h = x = torch.zeros(1, side, side, 4, requires_grad=True)
    for _ in range(layers):
        h = layer(h.movedim(-1, 1)).movedim(1, -1) if layer is conv else layer(h)
    h[0, row, column].sum().backward()
    return x.grad[0].abs().sum(-1) > 0


# %% [markdown]
# First the fields as they are published, and then what the gradient says about one layer of each kind, both from the black pixel:


# %%
def colours(seen, row, column):
    place, own = torch.arange(seen.numel()).view(seen.shape), seen.shape[1] * row + column
    return torch.where(place < own, 2 - seen.long(), 3 * (place == own))


WORDS = ["future", "seen", "missed", "itself"]
drawn = {"Row LSTM": (c - 3).abs() <= 5 - r, "Diagonal BiLSTM": 8 * r + c < 43}
shown = {f"{model}, published": seen for model, seen in drawn.items()}
shown |= {f"{model}, measured": gradient(model, 1, 5, 3, side=8) for model in drawn}
pictures.grids({name: colours(seen, 5, 3) for name, seen in shown.items()}, WORDS)

# %% [markdown]
# Count the columns. The Diagonal BiLSTM sees the whole past, as published. The field of the Row LSTM is a triangle too, but its left edge lies one column further out. The layer reads the left neighbour in its own row as well, and that neighbour brings its own triangle along.
#
# Now we can write the fields as formulas, also for PixelCNN. Stack $L$ layers whose kernels reach $m$ pixels to each side, and ask what pixel $(r, c)$ sees in the row $r - d$, that is $d$ rows above:
#
# - Row LSTM: columns $c - m (L + d)$ to $c + m d$;
# - PixelCNN: columns $c - m L$ to $c + m \min(d, L)$, as long as $d \le m L$;
# - Diagonal BiLSTM: all columns.


# %%
def formula(model, layers, row, column, kernel=3, side=9):
    d, c, m = row - torch.arange(side)[:, None], torch.arange(side), kernel // 2
    if model == "Diagonal BiLSTM":
        return (d > 0) | ((d == 0) & (c <= column))
    left, right = (layers, d.clamp(max=layers)) if model == "PixelCNN" else (layers + d, d)
    seen = (c >= column - m * left) & (c <= column + m * right) & (d >= 0)
    return seen & (d <= m * layers) if model == "PixelCNN" else seen


# %% [markdown]
# Formulas can be wrong. So compare them with the gradient for all three kinds, for one to three layers, for two kernels and at four places. If a single pixel differed, the assertion would stop the notebook. The picture shows what is measured with two layers:

# %%
kinds = ["Row LSTM", "Diagonal BiLSTM", "PixelCNN"]
for model, L, at, k in product(kinds, (1, 2, 3), [(0, 0), (4, 3), (6, 6), (5, 0)], (3, 5)):
    assert torch.equal(gradient(model, L, *at, k, 7), formula(model, L, *at, k, 7))
pictures.grids({model: colours(gradient(model, 2, 5, 4), 5, 4) for model in kinds}, WORDS)

# %% [markdown]
# The formulas hold everywhere. With two layers the left edge of the Row LSTM has moved out by one more column, and its right edge has not moved. PixelCNN sees a small neighbourhood, and nothing of the upper rows.
#
# Would more layers or a wider kernel help? Try it for every pixel:


# %%
def show_field(model="Row LSTM", layers=1, kernel=3, row=5, column=4):
    seen = gradient(model, layers, row, column, kernel)
    line = f"sees {int(seen.sum())} of {9 * row + column + 1} pixels, itself included"
    return pictures.grids({"measured": colours(seen, row, column)}, WORDS), line


off = idle(lambda **at: formula(**at).tolist(), model=kinds, layers=(1, 2, 3), kernel=(3, 5, 7))
question = exercise.ASKED["show_field"]
controls = {"model": kinds, "layers": (1, 3), "kernel": [3, 5, 7], "row": (0, 8), "column": (0, 8)}
Panel(show_field, off=off, ask=question, **controls)

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# At the right edge only the wider kernel helps. At row 5, column 4 the Row LSTM sees 38, 41 and 43 of 50 pixels with one, two and three layers. Depth moves the left edge alone, and the orange triangle stays. A kernel of 7 sees 48 with one layer.
# For PixelCNN both help: it sees 5, 12 and 22 pixels with one, two and three layers, and 48 with three layers and a kernel of 5, but never all 50. A control is grey where the formula says that it changes nothing, as for the Diagonal BiLSTM.
# </details>
#
# ### A blind spot of one pixel
#
# The Diagonal BiLSTM is said to use all previous information. That holds for the bare layer. But the published network, like ours, begins with a convolution under mask A, so that each place of
# its output holds only what was before. Follow the last pixel of a row on its way into the next row. At its own place mask A hides it, and there is no place to its right that could have read it. So neither memory has it, and the memory from the right brings down only what was in that row. What is left is the first convolution itself: a pixel sees
# the end of the row above only if its own kernel reaches so far. Measure the whole network with a kernel of 7, which reaches three columns:


# %%
def answers(model, images):
    guess = lambda x: model.conditionals(x[None]).logits.view(len(x), -1).sum(1)
    return sum(torch.func.jacrev(guess)(x).detach().abs() for x in images)


sees = answers(random_weights(DiagonalBiLSTM(8, 8, features=6, kernel=7)), test[:5])
misses = (r > 0) & (sees[8 * r + c, 8 * r - 1] == 0)
assert sees.triu().max() == 0 and (sees == 0).sum() == misses.sum() + 64 * 65 / 2
pictures.grids({"whole network": 2 * misses.long()}, ["sees all", "", "misses one pixel"])

# %% [markdown]
# Twenty-eight pixels miss one pixel each: all those in the first four columns, except in the first row, which has no row above. The end of a row is a border pixel, which is white in nearly all of the digits shown at the beginning. But "all previous information" is not quite true.
#
# PixelCNN's **blind spot** (맹점) is larger: the corner at the upper right that stays orange in the panel. The **Gated PixelCNN** (2016) cures it with two stacks of convolutions. One sees only the rows above and needs no mask, and the other walks along the row and reads the first. Whether the cure pays on these digits, you will see below.
#
# ### The colours of a pixel are a chain too
#
# In a colour image each pixel consists of three numbers, and the chain rule simply goes on inside the pixel: $p(R)\, p(G \mid R)\, p(B \mid R, G)$, each given all earlier pixels. In a world of two pixels with two levels per colour there are 64 images, so that everything can be checked again:

# %%
colour = random_weights(PixelCNN(1, 2, 24, layers=1, colours=3, kernel=3))
assert abs(nats(colour, every_image(6)).neg().exp().sum() - 1) < 1e-3
chain = (answers(colour, every_image(6)[::7]) > 0).long()
pictures.grids({"rows predict R G B R G B": chain}, ["not read", "read"])

# %% [markdown]
# Rows say what is predicted, and columns say what is read, both in the order R, G, B of the first pixel and R, G, B of the second. The first red reads nothing, the first green reads red, and the first blue reads both. The second pixel reads all of the first and then goes on in the same way.
#
# ## Train it
#
# We train the Row LSTM here. `train_by_score` is the recipe of notebook 2: the weights shrink a little at each step, they are averaged, and the average that is best on the validation digits is kept. Every 100 steps we note how surprised the average is by training and validation digits. It takes about ten seconds:

# %%
cost, told = lambda model, x=valid: nats(model, x).mean().item(), {"train": [], "valid": []}


def note(step, model):
    for name, x in {"train": train, "valid": valid}.items() if step % 100 == 99 else ():
        told[name].append(cost(model, x))


torch.manual_seed(0)
row_lstm = train_by_score(RowLSTM(8, 8), train, cost, lr=0.01, steps=800, on_step=note)
assert cost(row_lstm, test) < 18.2  # better than logistic regressions
pictures.curves(range(100, 801, 100), told, "step", "nats per digit")

# %% [markdown]
# Both curves fall quickly at first. Later the training digits become cheaper while the validation digits do not, and a gap opens, as it did for NADE. The assertion says that the model is better than the logistic regressions of notebook 2.
#
# The other two walks are trained in the same way by a benchmark. The one along the raster gets some help: at each step it also reads the pixel above, and 16 learnt numbers that say where it is. Do they learn as quickly? Here are three seeds of each, with the mean as a line and the range as a band (`python benchmarks/pixelrnn.py curves`):

# %%
runs, by_walk = read("pixelrnn_curves"), {}
for run in runs["curves"]:
    by_walk.setdefault(run["model"], []).append(run["valid"][3:])
pictures.curves(runs["at"][3:], by_walk, "step", "nats per validation digit")

# %% [markdown]
# The raster LSTM needs more steps than the two others, and then all three meet. At the end the curve of the Diagonal BiLSTM rises a little again, which is why the recipe keeps the best step and not the last. None of the three ends clearly below the others. (In the Row LSTM and the Diagonal BiLSTM the first convolution of 7 × 7 pixels closes a part of the gaps that the bare layers have on so small an image.)
#
# And where do they end on the test digits? In the next chart each dot is one seed (`python benchmarks/pixelrnn.py ladder deep`), and the dashed lines are NADE and the mixture of four NADEs from notebook 2:

# %%
seeds = {f"{x['model']}, 1 layer": x["seeds"] for x in read("pixelrnn_ladder")["ladder"]}
seeds["DiagonalBiLSTM, 3 layers"] = read("pixelrnn_deep")["seeds"]
seeds["PixelCNN, 4 layers"] = read("pixelcnn_binary")["seeds"]
above = {name: (torch.tensor(x) - 16.57).round(decimals=2) for name, x in seeds.items()}
pictures.dots(above, "test nats less NADE's 16.57", {"NADE": 0.0, "four NADEs": -0.36})

# %% [markdown]
# With one layer all three lie around the line of NADE. Three layers of the Diagonal BiLSTM are clearly better, and PixelCNN is a little worse. Are these differences more than luck? All models were scored on the same 300 digits, so we may compare them in pairs, digit by digit, as in notebook 2. The middle
# dot of each row is the mean difference, and the outer two are one error away, which counts both the 300 digits and the few seeds (`python benchmarks/paired.py`):

# %%
pairs = [p for k in ("pixelrnn", "pixelcnn") for p in read("paired")[k] if "raster" in p["less"]]
error = lambda p: round((p["error"] ** 2 + p["seeds_error"] ** 2) ** 0.5, 2)
shown = {p["model"]: round(p["difference"], 2) + error(p) * torch.arange(-1, 2) for p in pairs}
pictures.dots(shown, "nats less NADE's (below 0: better)", {"no difference": 0.0})

# %% [markdown]
# The three models with one layer are within about one error of zero: they tie with NADE. PixelCNN is more than two errors worse, and its gated cousin is worse too, so on 8 × 8 digits a cured blind spot does not pay. (The gated network was trained without **dropout** (드롭아웃), which switches some features off at random during
# training, and PixelCNN with it.) Only the deep Diagonal BiLSTM beats NADE, by more than three errors.
#
# ### Wider or deeper?
#
# So depth seems to matter. The benchmark also varied the number of layers and of features per layer, with three seeds each. Each line is a width, and the band shows its seeds:

# %%
names = ["Row, 8", "Row, 24", "Row, 48", "Diagonal, 8", "Diagonal, 24"]
each = torch.tensor([row["seeds"] for row in read("pixelrnn_sizes")["sizes"]]).view(5, 3, 3).mT
bands = dict(zip(names, each, strict=True))
chart = pictures.curves([1, 2, 3], bands, "layers", "test nats", marks={"NADE": 16.57})
chart.axes[0].set_xticks([1, 2, 3])
chart

# %% [markdown]
# The two upper lines have 8 features. There width is what helps: with 24 features each model drops by more than a second layer gives. From 24 features on, the lines fall with each layer and lie close together, and from 24 features of the Row LSTM a second layer gains about as much as twice the width. The price is time: the best of them needs about a minute of training, and NADE five seconds.
#
# ## Look
#
# Numbers are one thing, and digits another. Here are ten samples of each model, drawn with the same random numbers, and below them the training digits that are nearest to those of the Row LSTM. The other two models come from a small file (`make weights NAME=pixelrnn_digits`):

# %% tags=["nbval-ignore-output"]
trained = {"Row LSTM": row_lstm, "Diagonal": DiagonalBiLSTM(8, 8), "raster": RasterLSTM(8, 8)}
weights.load_or_train("pixelrnn_digits", nn.ModuleList(list(trained.values())[1:]))
drawn = {name: model.eval().sample(10, generator=seed(0)) for name, model in trained.items()}
drawn["nearest digit"] = train[metrics.nearest_neighbours(drawn["Row LSTM"], train)]
pictures.rows({name: x.view(-1, 1, 8, 8) for name, x in drawn.items()}, columns=10)

# %% [markdown]
# In most columns the three models draw similar shapes, because they make similar guesses and the random numbers are shared. Most of the shapes can be read as digits. The lowest row shows that they are not copies: the nearest training digit often differs in a few pixels.
#
# ## Play: watch it draw
#
# **When does the network make up its mind?** Below it draws a digit pixel by pixel. At the left is the digit so far: light blue is not drawn yet, and orange is the pixel whose turn it is. At the right are the guesses, dark where black is likely. A low **temperature** (온도) divides every logit by a number below 1, which makes all guesses bolder. It begins with 28 of the 64 pixels drawn; set `step` to 8 to begin after the first row. Press play:


# %% tags=["nbval-ignore-output"]
def show_drawing(step=28, temperature=1.0, seed=0):
    model, tempered = RowLSTM(8, 8), row_lstm.state_dict()
    tempered |= {k: v / temperature for k, v in tempered.items() if k.startswith("heads.0.2")}
    model.load_state_dict(tempered)
    x = model.sample(1, generator=torch.Generator().manual_seed(seed))
    pair = 1 - torch.cat([x, model.conditionals(x).probs])[..., None].repeat(1, 1, 3)
    blank, current = torch.tensor([[0.78, 0.9, 1.0], [0.95, 0.62, 0.0]])
    pair[0, step:], pair[1, step + 1 :], pair[0, step : step + 1] = blank, blank, current
    return pictures.sheet(pair.view(2, 8, 8, 3).permute(0, 3, 1, 2)), f"{step} of 64 pixels"


Panel(show_drawing, play="step", step=(8, 64), temperature=[0.3, 1.0, 2.0], seed=(0, 10))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The white border is decided before its turn: the guesses there are white. Inside of the digit much is open. Grey guesses stand where a stroke begins or may bend, and once a pixel is drawn, the guesses after it follow. At temperature 0.3 nearly all guesses are black or white, and the digits look alike.
# At temperature 2 stray pixels appear, and strokes break.
# </details>
#
# ## Play: 28 × 28 pixels
#
# **Can a network without a memory draw large digits?** This PixelCNN has eight layers behind the first one and was trained on static binarized MNIST, which notebook 2 introduced (`make weights NAME=pixelcnn_mnist DATA=PATH`). The chart shows its nats on each tenth test image over the minutes of training. The dashed lines are the published NADE,
# and the Diagonal BiLSTM of the PixelRNN paper, which is larger and was trained far longer:

# %%
told = {key: [row[key] for row in read("pixelcnn_mnist")["curve"]] for key in ("minutes", "test")}
published = {"NADE, published": 88.33, "Diagonal BiLSTM, published": 80.75}
pictures.curves(told.pop("minutes"), told, "minutes of one core", "nats per digit", marks=published)

# %% [markdown]
# After a few minutes the curve is below the published NADE, and then it flattens. It stays some four nats behind the published Diagonal BiLSTM. Let the finished network draw eight digits:

# %%
large = PixelCNN(28, 28, features=48, layers=8).eval()
weights.load_or_train("pixelcnn_mnist", large)
own = large.sample(8, generator=seed(0))
guesses = large.conditionals(own).mean.detach()
pictures.rows({n: x.view(-1, 1, 28, 28) for n, x in {"drawn": own, "guessed": guesses}.items()}, 4)

# %% [markdown]
# The upper rows are the digits, and the lower rows show for each pixel how likely black was when its turn came. The strokes are crisp and even. Not all of the eight are digits: at the left of the second row stands a 3, but the third shape of the first row is just a bent stroke. Likely strokes are not yet likely digits.
# Grey means doubt, and it lies along the edges of the strokes: that a stroke goes on is certain, and where exactly it ends is not.
#
# ## Break it
#
# Four mistakes have been found in public code of these models. We plant each of them for a moment into a network of 2 × 3 pixels. Two instruments look at it: the sum over all 64 images, and the gradient. Which of them finds what?


# %%
below = lambda h: torch.cat([h, pad(h, (0, 0, 0, 1))[..., 1:, :]], dim=-1)
mistakes = {"honest": ("skew", recurrent.skew), "no shift": ("shift_down", lambda x: x)}
mistakes["zeros below"] = ("shift_down", lambda x: pad(x, (0, 0, 0, 0, 0, 1))[:, 1:])
mistakes |= {"even kernel": ("two_rows", below), "mask B first": mistakes["honest"]}

# %% [markdown]
# - *no shift*: the memory from the right is not moved down.
# - *zeros below*: it is moved, but upwards, with the row of zeros at the wrong end.
# - *even kernel*: the kernel of height 2 reads a row and the one *below* it instead of the one above.
# - *mask B first*: the first mask shows the pixel itself.
#
# In each grid a row is a guess and a column is a pixel that it reads. Orange is what no guess may read. The name above tells the sum of all probabilities:

# %%
model, found = random_weights(DiagonalBiLSTM(2, 3, 4, kernel=3)), {}
for name, (function, wrong) in mistakes.items():
    model.first.mask[..., 1, 1] = float(name == "mask B first")
    with patch.object(recurrent, function, wrong):
        total = nats(model, every_image(6)).neg().exp().sum()
        reads = (answers(model, every_image(6)[::7]) > 0).long()
    found[f"{name}: {total:.2f}"] = reads + reads.triu()
pictures.grids(found, ["not read", "read", "forbidden, and read"])

# %% [markdown]
# The gradient finds all four mistakes: each grid but the honest one holds orange cells. (The white gap in the honest grid, in its fourth row, is the blind spot of one pixel.) The sum alone is not enough, because with the even kernel it rounds to 1.00, as for the honest network. The training loss finds none of them, since a network that peeks gets a *better* loss, as you saw in notebook 1. So use both instruments.
#
# ## Exercises
#
# **1. Predict, then run** (10 minutes). An image of $7 \times 7$ pixels and *one* Row LSTM layer with kernels of width 3. How many pixels does
# pixel (4, 3) see, itself included? Do not run the formula above.

# %%
my_count = None  # your number
exercise.row_lstm_sees.check(my_count)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Two in its own row; then a triangle that widens by one on each side a row, cut off at the border.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_count = 2 + 4 + 6 + 7 + 7
# ```
# </details>
#
# **2. Write it** (10 minutes). One LSTM step. `gates` holds $o, f, i, g$ before their nonlinearities, one after the other, $(4H,)$.


# %%
def my_step(gates, c):
    return None  # your code


exercise.lstm_step.check(my_step)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `gates.chunk(4)`, and the new $c$ before $h$.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# o, f, i, g = gates.chunk(4)
# c = f.sigmoid() * c + i.sigmoid() * g.tanh()
# return o.sigmoid() * c.tanh(), c
# ```
# </details>
#
# **3. Write it** (10 minutes). The mask of a $k \times k$ kernel, $k$ odd: 1 where it may look. `kind` is "A" or "B".


# %%
def my_mask(kind, k):
    return None  # your code


exercise.causal_mask.check(my_mask)

# %% [markdown]
# <details><summary>Hint</summary>
#
# All rows above the centre, and in its row what is left of it.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# mask = torch.zeros(k, k)
# mask[: k // 2] = 1
# mask[k // 2, : k // 2 + (kind == "B")] = 1
# return mask
# ```
# </details>
#
# ## Ask yourself
#
# **1.** Why can the Row LSTM be trained with 8 steps per digit, although drawing still takes 64?
#
# <details><summary>Answer</summary>
#
# In training all pixels are known, so a whole row can be computed at once, and only the rows wait for one another. In drawing each pixel must be drawn before the next one can be guessed. You saw it in "Three ways to walk".
# </details>
#
# **2.** Why is the output of the memory that comes from the right moved down by one row?
#
# <details><summary>Answer</summary>
#
# At pixel $(r, c)$ it has read the pixels to the right in the same row, which are still unknown. One row further down all of them belong to the past. See "The Diagonal BiLSTM", and "no shift" under "Break it".
# </details>
#
# **3.** Will a second layer close the gap at the right of the Row LSTM?
#
# <details><summary>Answer</summary>
#
# No. By the formula the right edge is $c + m d$, in which the number of layers does not occur. Depth moves only the left edge, as the panel under "What does it see?" shows.
# </details>
#
# **4.** A network has a very good loss, and its probabilities add up to 1.00. What else should you look at before you believe it?
#
# <details><summary>Answer</summary>
#
# The gradient: no guess may react to its own pixel or to a later one. The sum can miss such a mistake, and the loss rewards it. See "Break it".
# </details>
#
# **5.** Does the number of weights of a recurrent model depend on the size of the image?
#
# <details><summary>Answer</summary>
#
# That of the walk does not, because every step uses the same weights. The Row LSTM and the Diagonal BiLSTM of this course add a learnt bias of 48 numbers per pixel, which does grow. See "The question".
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | Vanilla PixelRNN: a recurrent network decides the trajectory of the pixels that it refers to. (“바닐라 픽셀 RNN: RNN으로 참조할 픽셀들의 궤적을 결정”) | holds in part: the network is recurrent, with the same weights at every step; but you choose the walk beforehand, and the walk decides which pixels it can use | The question; Three ways to walk; What does it see? |
# | Row LSTM uses the information above. (Row LSTM은 위쪽의 정보를 활용한다.) | holds in part: a triangle above; what lies to the right of it is never seen | What does it see? |
# | Diagonal BiLSTM uses all previous information. (Diagonal BiLSTM은 이전 정보를 모두 활용한다.) | holds in part: the layer does; the published network misses one pixel at the end of the row above | A blind spot of one pixel |
# | LSTM cells are mostly used. (“주로 LSTM 계열을 사용”) | not tested here: it was so in 2016; PixelCNN needs none | Play: 28 × 28 pixels |
# | A colour pixel is $p(R)\,p(G \mid R)\,p(B \mid R, G)$. (컬러 픽셀 하나도 세 조건부 확률의 곱이다.) | holds | The colours of a pixel |
#
# ## Summary
#
# These models were compared here. All of them have an exact $p(x)$ and draw in 64 steps:
#
# | model | parameters (64 pixels) | test nats on the binary digits | a pixel sees |
# |---|---|---|---|
# | Markov, memory 9 | 28,671 | 19.19 ± 0.23 | 9 pixels |
# | NADE, 128 hidden | 16,576 | 16.57 ± 0.25 | all before it |
# | raster LSTM | 45,665 | 16.52 ± 0.25 | all before it: two directly, the rest through one memory |
# | Row LSTM | 24,097 | 16.58 ± 0.24 | all but two corners, which its first mask of 7 × 7 fills in part |
# | Diagonal BiLSTM | 26,497 | 16.47 ± 0.24 | all, but in the left half not the last pixel of the row above |
# | the same, three layers | 66,145 | 16.18 ± 0.24, three seeds | the same |
# | PixelCNN, 48 features | 91,009 | 16.83 ± 0.23 | all but its blind spot |
# | Gated PixelCNN | 82,689 | 16.93 ± 0.24 | all before it, at 8 × 8 |
#
# The table of the course goes on with the rows of the notebooks before, this one's last. Only scores of one kind can be compared:
#
# | model | $p(x)$? | draws how | parameters | its score | where it breaks |
# |---|---|---|---|---|---|
# | Markov, memory 9 | exact | in 64 steps | 28,671 | 19.19 ± 0.23 nats; fair coins 44.36 | most of a longer memory's rows were never seen |
# | NADE, 128 hidden | exact | in 64 steps | 16,576 | 16.57 ± 0.25 nats | learns a stroke anew at each place |
# | **Diagonal BiLSTM** | exact | in 64 steps | 26,497 | 16.47 ± 0.24 nats | each pixel waits for the one before |
#
# Can one memory replace a row of numbers for each pixel? On 8 × 8 digits yes: with one layer it is as good as NADE, and with three it is better, at more than ten times the training time.
#
# Where it breaks: each pixel still waits for the one before. Notebook 4 gives up the chain, and draws all pixels at once from a few hidden causes.
#
# **References.** S. Hochreiter and J. Schmidhuber (1997), *Long Short-Term Memory*, [doi 10.1162/neco.1997.9.8.1735](https://doi.org/10.1162/neco.1997.9.8.1735). A. van den Oord, N. Kalchbrenner and K. Kavukcuoglu (2016), *Pixel Recurrent Neural Networks*,
# [arXiv 1601.06759](https://arxiv.org/abs/1601.06759). A. van den Oord et al. (2016), *Conditional Image Generation with PixelCNN Decoders*, [arXiv 1606.05328](https://arxiv.org/abs/1606.05328).
