# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 8 · Text to image: from GAN-CLS to the idea of DALL·E
#
# > Give a machine a sentence, and it makes the picture. The lecture shows one such GAN and names DALL·E.
#
# **Can a machine draw what it is told, even when nobody ever drew that for it?**
#
# After this notebook you can write the loss that makes a GAN heed a sentence, turn pictures into tokens and back, train a transformer that draws a picture token by token,
# and measure how often the picture is right, word by word, for sentences that were held out.
#
# Key terms: caption (캡션), text encoder (텍스트 인코더), mismatched pair (불일치 쌍), token (토큰), code book (코드북), transformer (트랜스포머),
# attention (어텐션), temperature (온도), zero-shot (제로샷), compositional generalisation (조합적 일반화).
#
# Everything that this notebook needs is imported here, in one place.

# %%
import json
from pathlib import Path

import torch
from ipywidgets import Combobox

from genlib import metrics, pictures, weights
from genlib.data import read_shapes, shapes, unexplained, words_right
from genlib.exercises import text2image as exercise
from genlib.models import Autoregressive, TokenTransformer, discrete_vae, gan
from genlib.models.text2image import derangement, matching_loss, optimal_match
from genlib.recipes import text2image, tokens
from genlib.training import Player, adam, fit, minibatches
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread
seeded = lambda seed=0: torch.Generator().manual_seed(seed)

# %% [markdown]
# Two systems answer the question, and they could hardly differ more. The first is a game, as in the last three notebooks. Both players read the sentence, and the discriminator $D$ is also shown **mismatched pairs** (불일치 쌍), real pictures under a wrong sentence:

# %%
flow = "z -> G -> fake, its text -> D -> right pair?\ntext -> G\nreal, its text -> D\nreal, wrong text -> D"
pictures.diagram(flow, learns=["G", "D"])

# %% [markdown]
# The second has no opponent. One network turns a picture into sixteen whole numbers, called **tokens** (토큰), and back. Another one, a transformer, learns which tokens follow a sentence, one after the other:

# %%
flow = "picture -> encoder -> tokens -> decoder -> picture again\ntext -> transformer -> tokens"
pictures.diagram(flow, learns=["encoder", "decoder", "transformer"])

# %% [markdown]
# So DALL·E is *not* a GAN. It is notebooks 2 to 4 again: a chain rule, a bound on the likelihood, and sampling one by one.
#
# ## The question
#
# Photographs with sentences need a data centre, and nobody can say for sure whether such a picture shows its sentence. So take a world that you can list. A sentence has four words, for a size, a colour, a shape and a place, and it is called the **caption** (캡션) of its picture.
# A drawing routine makes a picture from it, 16 × 16 pixels in red, green and blue, which is a little different each time:

# %%
ONE = shapes.ONE
x, text = shapes.seen_pictures(8, seed=3)
pictures.captioned(x, [ONE.text(caption) for caption in text])

# %% [markdown]
# How many sentences are there, and how many pictures of one? The first number is small enough to list: two sizes, six colours, four shapes and five places. Pictures of one caption differ in where exactly the shape lies and how dark its colour is:

# %%
(seen, unseen), cross = shapes.split_captions(), ONE.tokens("a large red cross at the top")
print(f"{len(ONE.every)} captions: {len(seen)} to learn from, {len(unseen)} held out")
pictures.rows({"one caption": shapes.draw_shapes(cross.repeat(8, 1), 16, seeded())})

# %% [markdown]
# A tenth of the captions is **held out** (따로 둔 것): no model will ever see one of them in training, and the charts call them *unseen*. Each of their words comes in other captions, and so does each pair of words, but not all four together. Drawing a picture of such a caption is called **zero-shot** (제로샷), and a model that knew
# captions only by number, as the conditional GAN of notebook 7 knows its ten digits, could not even be asked.
#
# Who says whether a picture is right? In this world an exact judge can. It knows how every shape of every size covers the pixels at every place, finds the one that leaves the least unexplained, and reads off the colour. Here it reads eight pictures twice, under their own captions
# and under those of their neighbours. Each picture has one mark for each of the four words, green and whole if the word is right, red and broken if it is wrong:

# %%
mark = lambda x, text: pictures.verdicts(x, words_right(x, text))[None]
all_five = ONE.every.repeat_interleave(5, 0)
exact = words_right(shapes.draw_shapes(all_five, 16, seeded()), all_five).all(1).double().mean()
print(f"true pictures of all captions: {exact:.1%} are read without a mistake")
pictures.show(mark(x.repeat(2, 1, 1, 1), torch.cat([text, text.roll(1, 0)])))

# %% [markdown]
# On true pictures the judge makes no mistake here. But it never refuses: it names the likeliest caption of a blot, too. Therefore a second number will stand beside it where it matters, the share of a picture's ink that no shape of this world explains, which is below one hundredth on average for true pictures.
#
# ## A game that reads: the equations
#
# A network cannot read words, so the four words become numbers first. The **text encoder** (텍스트 인코더) gives each word a vector that is learnt, lays the four side by side, and mixes them with one linear layer. The generator gets the result beside its noise, as it got a class in notebook 7, and the
# discriminator lays it beside its own maps of the picture. What should $D$ say? It sees three kinds of pairs ([Reed et al., 2016](https://arxiv.org/abs/1605.05396)):
#
# $$L_D = -\Big[\underbrace{\log s_r}_{\text{real, right text}} + \tfrac12 \underbrace{\log(1 - s_w)}_{\text{real, wrong text}} + \tfrac12 \underbrace{\log(1 - s_f)}_{\text{fake, its text}}\Big]$$
#
# Each $s$ is $D$'s probability for "real, and of this text". The two ways to be wrong share one half each, so that right and wrong weigh alike. The method is called **GAN-CLS**, because its $D$ classifies pairs.
#
# ## What would the best opponent say?
#
# List a tiny world: three captions $t$, four pictures $x$, and tables of how often they come together. In the data it is $p(x, t)$, from the generator $g(x, t)$, and a wrong text meets a picture by chance, $p(x)\,p(t)$. Take the derivative by $s$ in one cell, as in notebook 5, and set it to zero:
#
# $$D^*(x, t) = \frac{p(x, t)}{p(x, t) + \tfrac12\, p(x)\,p(t) + \tfrac12\, g(x, t)}$$
#
# Two generators are going to face it. Both draw pictures as often as the data has them, but one heeds the text, and the other draws any of them under any text:


# %%
p = torch.tensor([[6, 1, 1, 0], [1, 6, 1, 0], [0, 1, 5, 2]]).double().T / 24  # p(x, t), (X, N)
deaf = p.sum(1, keepdim=True) * p.sum(0)
both = torch.stack([p / p.max(), deaf / p.max(), optimal_match(p, p), optimal_match(p, deaf)])
names = ["data p(x, t)", "deaf g(x, t)", "D* of the perfect G", "D* of the deaf G"]
pictures.captioned(both.mT[:, None].float(), names)

# %% [markdown]
# A row is a text, a column is a picture, and dark means much. In the data each text has its own dark cell, the third even two, while the deaf generator has the same row for each text. Look at the two tables on the right: $D^*$ favours the pairs that belong together and doubts the others. It does so even when the generator is perfect, because wrong texts never go away. What does $G$ get out of heeding the text? Below is the loss of $D$ at its best, so that high is good for $G$.
# A $D$ that cannot read stands beside it, and one that reads but never sees a wrong text:

# %%
log = lambda a, b: -torch.xlogy(a, a / (a + b)).nansum().item()
lost = lambda p, refused: [log(p, refused) + log(refused, p)]  # by the best D
values = {}
for name, g in {"perfect G": p, "deaf G": deaf}.items():
    values[f"{name}, D cannot read"] = lost(p.sum(1), g.sum(1))
    values[f"{name}, no wrong texts"] = lost(p, g)
    values[f"{name}, GAN-CLS"] = lost(p, (deaf + g) / 2)
pictures.dots(values, "what the best D loses, nats")

# %% [markdown]
# If $D$ cannot read, both generators are worth the same to it, and nothing ever tells $G$ to listen. A $D$ that reads tells them apart, with wrong texts or without, and without them the gap is even wider. So for the *best* $D$ the wrong texts are not needed at all. What they may buy is a better start, because they show $D$ from the first step, on flawless pictures, that the text matters.
# Whether that is worth anything you will see measured.
#
# Did you notice that the perfect $G$ scores 1.29 with wrong texts and 1.39 without? With them $D$ refuses a mixture, half $p(x)\,p(t)$ and half $g$, and is fooled completely only where this mixture is $p$. So the best generator of GAN-CLS would be $g = 2p - p(x)\,p(t)$ wherever that is not negative, which heeds the text *more* than the data does.
#
# ## Train the game for ten seconds
#
# Here are the two losses by hand. A **derangement** (완전순열) is a shuffle in which nothing stays at its place; ours is one of captions, so that a wrong text is never the right one by accident. After 200 steps, ask for eight captions, twice each:

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
(G, D), noise = text2image.gan_pair().values(), seeded()


def of_D(real, text):
    wrong = text[derangement(text, noise)]
    fake = G.sample(len(text), text, generator=noise)
    return matching_loss(D(real, text), D(real, wrong), D(fake, text))


of_G = lambda real, text: gan.nonsaturating_loss(D(G(G.noise(len(text), noise), text), text))
of = lambda net: adam(net.parameters(), 2e-3, betas=(0.0, 0.99))
players = {"D": Player(D, of_D, of(D)), "G": Player(G, of_G, of(G))}
fit(players, minibatches(*shapes.seen_pictures(6000), size=32, generator=noise), steps=200)
text = seen[::27].repeat(2, 1)
early = G.sample(16, text, generator=seeded())
pictures.show(mark(early, text))

# %% [markdown]
# The upper and the lower row were asked for the same captions. Nearly all first, second and fourth marks are green already: size, colour and place come first, because a blot of the right colour at the right place shows them. The shape is the hard word, and where its mark is green the judge is often generous to a blot. The recipe of the shipped generator adds what notebook 6 used, R1 and a moving average, a higher rate, and thirty times as many steps. It is the best on seen captions of three trainings (`make weights NAME=gan_cls_shapes`):

# %%
G, D = text2image.shipped_gan()
told = weights.load_or_train("gan_cls_shapes", text2image.gan_pair())["accuracy"]
both = torch.cat([seen[::27], unseen[::3]])
print(told, *map(ONE.text, both), sep=" | ")
pictures.show(mark(G.sample(16, both, generator=seeded()), both))

# %% [markdown]
# The captions stand above, row by row: the upper row was asked for captions that were trained on, the lower one for captions that were held out. The numbers at the beginning count all of them, for each of the three trainings. The generator draws most of the captions that nobody ever showed it, though fewer than the others. Which words go wrong? Here is the share of right words over five trainings of a
# minute each (`python benchmarks/text2image.py gan`), the first number for seen captions and the second for unseen ones:

# %%
read = lambda part: json.loads(Path(f"../benchmarks/results/text2image_{part}.json").read_text())
game = read("gan")["rows"]
share = lambda rows, which, word: [row[which][word] for row in rows]
words = [(w, k) for w in (*ONE.slots, "all") for k in ("seen", "unseen")]
named = {f"{w}, {k}": share(game["GAN-CLS"], k, w) for w, k in words}
pictures.dots(named, "share of pictures in which the word is right")

# %% [markdown]
# Three of the words are practically always right, so the shape decides, and *all* is as good as *shape*. So is the mismatch worth its trouble? Here is the same training without wrong texts, and with a $D$ that cannot read, three seeds each. (The last four rows are two other ideas. *Halfway texts* is the paper's GAN-INT, in which $G$ must also please $D$ at mixtures of two texts; *modes sought* comes in a moment.) Before you look: which of the two will suffer?

# %%
kinds = [(kind, k) for kind in game for k in ("seen", "unseen")]
named = {f"{kind}, {k}": share(game[kind], k, "all") for kind, k in kinds}
pictures.dots(named, "all four words right", {"by chance": 1 / 240})

# %% [markdown]
# There are two answers, and one of them is a surprise. A $D$ that cannot read is fatal: hardly more captions come out right than by chance. But the training *without* wrong texts is no worse than GAN-CLS, and in these seeds it is even better on unseen captions. That is what the listed world foretold: a $D$ that reads the text beside the picture already punishes
# a deaf $G$, and it does not push $G$ past the data. Halfway texts gain nothing here. The birds and flowers of the paper are a harder world, and there the wrong texts may be what starts the lesson; here they are not needed. What no variant can do without is a $D$ that reads.
#
# ### The noise falls silent
#
# One caption has many pictures, so the noise $z$ has work to do. Does it? Here is one caption, drawn eight times by the drawing routine, and by the shipped generator with eight different noises:

# %%
crosses = {"real": shapes.draw_shapes(cross.repeat(8, 1), 16, seeded())}
pictures.rows(crosses | {"GAN": G.sample(8, cross.repeat(8, 1), generator=seeded())})

# %% [markdown]
# The drawing routine moves the cross about and changes its red, and the generator makes eight crosses that you can hardly tell apart. By the formula of $D^*$ a $G$ that draws one picture too often is punished; but $D$ has to notice it in batches of 32, in which a caption seldom comes twice. A remedy is one line ([Mao et al., 2019](https://arxiv.org/abs/1903.05628)): draw two pictures of a caption, from the noises $z$ and $w$, and let $G$ win
# the more, the further they differ, $\frac{|G(z, t) - G(w, t)|}{|z - w|}$. It is called *mode seeking*. The chart has the mean distance between two pictures of a seen caption, and its last row belongs to the second half of this notebook:

# %%
apart = {kind: [row["apart"] for row in rows] for kind, rows in game.items()}
apart["real pictures"] = [read("gan")["real"]]
apart["tokens (below)"] = [row["apart at 1.0"] for row in read("tokens")["rows"]]
pictures.dots(apart, "mean distance between two pictures of a caption")

# %% [markdown]
# The game keeps about a sixth of the true spread. Without wrong texts it keeps more, in these seeds, and with mode seeking about two thirds; the price is some accuracy, as *modes sought* in the chart of the five variants says. Tokens at temperature 1 keep nearly all of it, because likelihood punishes a model for every true picture that it cannot draw.
#
# ## Likelihood over tokens
#
# The other idea needs no opponent, because it has a likelihood. Let $k$ be the sixteen tokens of a picture, each one of $K$ codes. Assume that the picture depends on the text only through its tokens. Then everything is notebook 4 once more, with a text in front:
#
# $$\begin{aligned}
# \log p(x, t) &= \log \sum_k p(t)\, p(k|t)\, p(x|k) && \text{sum over all codes} \\
# &\ge E_{q(k|x)} \log \frac{p(t)\, p(k|t)\, p(x|k)}{q(k|x)} && \text{Jensen, as in notebook 4} \\
# &= \underbrace{E_q \log p(x|k)}_{\text{the picture again}} + \underbrace{\log p(t) + E_q \log p(k|t)}_{\text{the transformer}} + \underbrace{H(q)}_{\text{doubt}}
# \end{aligned}$$
#
# DALL·E ([Ramesh et al., 2021](https://arxiv.org/abs/2102.12092)) raises this bound in two stages. In the first the transformer does not exist yet, every code counts as equally likely, and $\log p(t)$ is a constant, so that the other terms are $-KL(q \,\|\, \text{uniform})$ and the whole is the ELBO of a VAE whose latent is discrete. In the second stage the tokens are fixed,
# and the transformer raises $\log p(t) + \log p(k|t)$, which is a chain rule over $4 + 16$ tokens.
#
# ### First stage: sixteen whole numbers for a picture
#
# The encoder gives a vector $h$ at each of 4 × 4 places, and the **code book** (코드북) holds $K = 128$ vectors $e_k$. The nearer a code lies, the likelier it is: $q(k|x) \propto e^{-\kappa |h - e_k|^2}$, with a sharpness $\kappa$ that is learnt (DALL·E's encoder gives the logits directly). A choice among codes has no gradient. But if you add independent noise $-\log(-\log u)$, with $u$ uniform, to all logits and take the largest, you have drawn from $q$; this is **Gumbel's** trick.
# Training replaces the largest by a softmax, which has a gradient, and makes it sharper and sharper until it is a choice. The loss weighs the divergence by 0.2, and DALL·E's by 6.6; strictly, only the weight 1 gives the bound. Here are eight pictures, the numbers that they become, and what is drawn from the numbers alone, by weights that are shipped (`make weights NAME=codes_shapes`):

# %%
stage = tokens.shipped_codes()
print(weights.load_or_train("codes_shapes", stage)["accuracy"])
eight, text = shapes.seen_pictures(8, seed=4)
k = stage.tokens(eight)
hue = torch.rand(128, 3, generator=seeded(2))
mosaic = hue[k].mT.unflatten(2, (4, 4)).repeat_interleave(4, 2).repeat_interleave(4, 3)
pictures.rows({"picture": eight, "tokens": mosaic, "decoded": stage.decode(k)})

# %% [markdown]
# In the middle row each token has a colour of its own, chosen at random: the same colour is the same number. Not even the empty ground is always one number, because a place sees its neighbours, and many codes look alike on an empty ground. What does each code mean? Collect, for each code, the pieces of pictures at whose place it stands, and show their mean:

# %%
many, _ = shapes.seen_pictures(4000, seed=5)
codes = stage.tokens(many).flatten()
pieces = torch.nn.functional.unfold(many, 4, stride=4).mT.flatten(0, 1)
often = codes.bincount(minlength=128).topk(len(codes.unique())).indices
mean = torch.stack([pieces[codes == code].mean(0) for code in often]).view(-1, 3, 4, 4)
pictures.show(mean, columns=21, pixels=840)

# %% [markdown]
# These are the codes in the order of how often they come. The first ones stand for kinds of empty ground, and the others are something like letters of drawing: edges, corners and tips in six colours.
#
# ## Play 1: change one token
#
# **How far does a single token reach: over its own 4 × 4 piece, further, or over the whole picture?** Here is a picture from its sixteen tokens, the same with one of them replaced, and what has changed between the two:


# %%
def show_change(picture=0, place=5, code=40):
    """place: which of the sixteen tokens, row by row"""
    before = stage.tokens(eight[picture : picture + 1])
    after = before.index_fill(1, torch.tensor(place), code)
    two = stage.decode(torch.cat([before, after]))
    change = (two[1] - two[0]).abs().amax(0)
    line = f"{before[0, place]} becomes {code}, and {(change > 0.02).sum()} of 256 pixels change"
    three = torch.cat([two, 1 - change.expand(1, 3, 16, 16)]).repeat_interleave(8, 2)
    return pictures.sheet(three.repeat_interleave(8, 3), columns=3), line


ask = exercise.ASKED["show_change"]
Panel(show_change, ask=ask, picture=(0, 7), place=(0, 15), code=(0, 127))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# A token stands for a 4 × 4 piece, and yet the first move changes 66 pixels and not 16, because the decoder looks at neighbouring codes, too. Many replacements of a corner tear a hole or paint a piece of another colour. A code that lies near the old one changes hardly anything.
# </details>
#
# How many letters does it take? Books of seven sizes were trained for 1500 steps each (`python benchmarks/text2image.py codes`), and the judge read the decoded pictures:

# %%
rows = read("codes")["rows"]
sizes = sorted({row["codes"] for row in rows})
of = lambda k: torch.tensor([[r[k]["all"] for r in rows if r["codes"] == n] for n in sizes]).T
shares = {k: of(k) for k in ("seen", "unseen")}
pictures.curves(sizes, shares, "K, size of the code book", "caption survives", True)

# %% [markdown]
# Four codes are enough for three of four seen captions, because sixteen places together can say a lot. Then the curve rises with the size, not at every step, and unseen captions gain to its end. The weight of the divergence was measured in the same way: the judge sees no difference between 0, 0.2 and 1, and only at 5 do some captions get lost (the table is in `benchmarks/README.md`).
#
# ### Second stage: a transformer over words and codes
#
# Now a picture is a sentence of four words and sixteen codes, and a model of sentences can learn it. A **transformer** (트랜스포머) is an autoregressive model like NADE and PixelCNN. Each token becomes a vector; in every layer, each token looks back at all before it, weighs them by how well its *query* fits their *keys*, and adds up
# what they say, which is called **attention** (어텐션). In a formula, with one row for each token in the matrices $Q$, $K$ and $V$ of queries, keys and values, and $d$ numbers in a row:
#
# $$\text{attention}(Q, K, V) = \text{softmax}\Big(\frac{Q K^\top}{\sqrt d}\Big)\, V \qquad \text{later tokens left out of the softmax}$$
#
# The three matrices are linear maps of the same tokens, several such *heads* work side by side, and each place has a learnt vector of its own, without which the order would be lost. Two ordinary layers follow. The triangle of notebook 2 must hold here as well: what is said about token $i$ may depend on tokens before $i$ only. Ask the gradient:

# %%
torch.manual_seed(0)
model = tokens.token_model()
vectors = model.token(model.join(text[:1], stage.tokens(eight[:1]))).detach()
outputs = lambda vectors: model.read(vectors)[0].sum(1)
jacobian = torch.autograd.functional.jacobian(outputs, vectors)[:, 0].norm(dim=2)
pictures.matrix((jacobian > 0).float(), "token j", "what is said of token i")

# %% [markdown]
# Nothing on the diagonal and nothing above it: to predict token $i$ the input is shifted by one, so that row $i$ has read tokens 0 to $i - 1$. The first four rows are the words, which do not see the picture at all, and each code sees all words and the codes before it. And is it a probability? Take a vocabulary of three and a length of five, list all 243 sequences, and add up:

# %%
every = torch.cartesian_prod(*[torch.arange(3)] * 5)
total = TokenTransformer([(5, 3)]).log_prob(every).exp().sum().item()
assert abs(total - 1) < 1e-5
print(f"the sum over {len(every)} sequences: {total:.4f}")

# %% [markdown]
# The loss weighs a word and a code differently, $\tfrac18$ for the mean nats of a word and $\tfrac78$ for those of a code, as DALL·E does. The transformer learns from 12,000 pictures of seen captions, already turned into tokens, in 800 steps; this takes about 40 seconds:

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
model, curve = tokens.token_model(), []
rows = tokens.token_rows(stage, model)
note = lambda model, *score: curve.append(score)
model = tokens.train_tokens(model, rows, 800, on_score=note)
told = {"transformer": [n for _, n in curve]}
pictures.curves([s for s, _ in curve], told, "step", "nats per picture")

# %% [markdown]
# Those are the nats of sixteen codes given the text, on pictures of seen captions that were kept aside. If all codes were equally likely it would be $16 \ln 128$, about 78. Some of what is left nobody can know from the caption, such as the exact place and the shade.
#
# Now sample. Given the four words, the first code is drawn from its probabilities, then the second given the first, and so on, and the decoder turns the sixteen into a picture. The upper row has captions that were trained on, and the lower one has unseen ones:

# %% tags=["nbval-ignore-output"]
noise = seeded()
pictures.show(mark(tokens.draw_tokens(stage, model, both, noise, temperature=0.7), both))

# %% [markdown]
# The captions are those of the shipped game above. The **temperature** of notebook 3, here 0.7, divides the logits, so that likely codes become likelier still; Play 4 is about it.
#
# ## Play 2: watch it draw
#
# **When is the shape decided?** The slider says how many codes have been drawn, row by row; the rest is still empty ground. Beside the picture so far stand the seven likeliest next codes, the first at the left. The line gives its probability, and how much of the attention goes to the four words:


# %%
def show_drawing(codes=9, caption=0, generator=None):
    """codes: how many of the sixteen are drawn"""
    row = model.sample(1, unseen[[caption]], generator, temperature=0.7)
    drawn = model.split(row)[1].repeat(8, 1)
    drawn[:, codes:] = often[0]
    chances, drawn[1:, codes] = model.conditionals(row).probs[0, 4 + codes, 17:].topk(7)
    words = model.attention(row)[0, :, :, 4 + codes, 1:5].mean((0, 1)).sum()
    line = f"{ONE.text(unseen[caption])}: next code {chances[0]:.0%}, words attended {words:.0%}"
    return pictures.sheet(stage.decode(drawn).repeat_interleave(4, 2).repeat_interleave(4, 3)), line


Panel(show_drawing, play="codes", codes=(0, 15), caption=(0, 23))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The first rows of a shape at the bottom stay empty whatever is drawn there, and the seven candidates hardly differ. Where the shape begins they do: one candidate makes its upper edge wider, another darker, and once some of it stands, the rest has to fit. The attention says the same. At the first code most of it goes to the four words, and at the last a small part, because by then the
# codes that stand already say more about what comes next.
# </details>
#
# ### Is unseen worse than it should be?
#
# A word is right in some share of the pictures, say 0.97 for the shape. If words failed independently of one another, all four would be right in the *product* of the four shares. A published hypothesis ([Okawa et al., 2023](https://arxiv.org/abs/2310.09336)) says that a model reaches unseen combinations
# at the rate of that product. Your training is repeated with five seeds, at temperature 1, where more goes wrong (`python benchmarks/text2image.py tokens`):

# %%
named = {}
for which in ("seen", "unseen"):
    found = [row["1.0"][which] for row in read("tokens")["rows"]]
    named[f"{which}: all four"] = [one["all"] for one in found]
    each = torch.tensor([[one[slot] for slot in ONE.slots] for one in found])
    named[f"{which}: product"] = each.prod(1)
pictures.dots(named, "share of pictures")

# %% [markdown]
# In each pair of rows all four are right a little *more* often than the product says, in the mean: mistakes keep company, as when a smeared picture fails in two words at once. But compare across: unseen captions lie clearly below the product of the *seen* ones, because the single words themselves are weaker in a new combination. So the product describes each set well, but it does not
# tell from seen captions how unseen ones will come out.
#
# ### Copied, or composed?
#
# Could the transformer have memorised pictures? For captions that it never saw there is no picture to copy. Below each sample of an unseen caption stands the training picture that lies nearest:

# %% tags=["nbval-ignore-output"]
train, _ = shapes.seen_pictures(12_000)
x = tokens.draw_tokens(stage, model, unseen[::3], seeded())
near = metrics.nearest_neighbours(x.flatten(1), train.flatten(1))
pictures.show(mark(torch.cat([x, train[near]]), unseen[::3].repeat(2, 1)))

# %% [markdown]
# Both rows are marked by what was *asked*. Each training picture must fail in a word, since none of them has such a caption, and most of the samples do not. So a right sample is no copy of a whole picture: known words were put together in a way that was never shown, which is called **compositional generalisation** (조합적 일반화).
#
# ### How clean are they?
#
# The judge never refuses, so ask for the second number. How much of the ink does no shape of this world explain? Here are true pictures, the shipped game's, yours, the sixteen from after 200 steps, and 96 blots of coloured noise:

# %%
noise, kinds = seeded(), {"true pictures": train[::125], "the game, 200 steps": early}
kinds["the game"] = G.sample(96, seen[:96], generator=noise)
kinds["tokens, yours"] = tokens.draw_tokens(stage, model, seen[:96], noise, temperature=0.7)
blots = torch.rand(96, 3, 4, 4, generator=noise)
kinds["blots"] = blots.repeat_interleave(4, 2).repeat_interleave(4, 3)
pictures.dots({name: unexplained(x) for name, x in kinds.items()}, "share of ink unexplained")

# %% [markdown]
# True pictures leave about a hundredth of their ink over, and blots more than half. Your tokens are close to true pictures but for a smear, and the shipped game's leave more than twice as much, since it leaves faint colours on the ground. So their marks were not given to blots. After 200 steps the game is on the way, and there the judge's kindness explains some of the green.
#
# One more choice is the weight of the text in the loss. It was measured with two seeds each: with none and with an eighth for the text the pictures are equally good, with a half they begin to suffer, and with nine tenths a fifth of the unseen captions fail, because the pictures get only what is left. The table is in `benchmarks/README.md`.
#
# ### Draw many, keep one
#
# DALL·E drew 512 pictures of a caption and let another network, CLIP, choose the one that fits the words best. We have such a network: the $D$ of the game above has learnt to say whether a picture belongs to a text. Draw $N$ pictures at temperature 1, keep the one that $D$ likes best, and let the judge say whether it is right. Two transformers like yours drew pictures of all 240 captions (`python benchmarks/text2image.py rerank`).
# The upper curve keeps a right one whenever there is any, which is the most that choosing could give:

# %%
found = read("rerank")
named = {"D chooses": torch.tensor(found["D"]), "best there is": torch.tensor(found["judge"])}
pictures.curves(found["numbers"], named, "N, pictures to choose from", "right", logx=True)

# %% [markdown]
# With two pictures to choose from, $D$ already removes about half of the mistakes, and with four about three quarters. After that little is gained, although a right picture is nearly always among them, because $D$ has its own idea of a good picture. If you let a network choose, you get that network's taste.
#
# ## Two things at once
#
# One shape is easy. The hard captions name two: *a small red circle left of a blue square*. Now there are 4608 captions, and a model must tie each colour to its own shape and each shape to its own side. Pictures have 32 × 32 pixels and 64 tokens, a tenth of the captions is held out again, and training took about 37 minutes (`make weights NAME=codes_pairs` and `NAME=tokens_pairs`). Here are eight
# pictures of unseen captions:

# %%
TWO, pair, two = shapes.TWO, tokens.shipped_codes(shapes.TWO), tokens.shipped_tokens(shapes.TWO)
print(weights.load_or_train("tokens_pairs", two)["accuracy"])
text = shapes.split_captions(TWO)[1][::60]
x = tokens.draw_tokens(pair, two, text, seeded(), temperature=0.7)
pictures.captioned(x, [TWO.text(caption) for caption in text])

# %% [markdown]
# Colours stay with their shapes, and first and second stand where the relation says. The line above counts all six words on all captions, and unseen ones are drawn as well as seen ones. But be careful with the word *unseen* here: "a circle left of a square" shows the same scene as "a square right of a circle", and for 99 % of the held-out sentences a mirrored one was trained on (counted over the two sizes that the other shape may have). What was held out are sentences, and not scenes.
# In photographs relations are among the hardest things for such systems; here there are four of them, and more than a thousand captions for each.
#
# ## Play 3: say it
#
# **What does each model draw for a caption, and does it matter whether the caption was trained on?** Choose the four words, or type them in your own order; whatever you type counts instead of the lists. The upper two rows are the game's pictures and the lower two those drawn token by token, by a transformer that was trained longer than yours (`make weights NAME=tokens_shapes`):


# %%
def show_caption(size="large", colour="red", shape="cross", place="top", say="", generator=None):
    """say: the caption in your own words; leave it empty to use the lists"""
    try:
        text = ONE.tokens(say or f"{size} {colour} {shape} {place}").expand(16, -1)
    except ValueError as problem:
        return mark(torch.ones(32, 3, 16, 16), seen[:32])[0], f"I cannot draw that: {problem}"
    drawn = tokens.draw_tokens(stage, long, text, generator, temperature=0.7)
    x = torch.cat([G.sample(16, text, generator=generator), drawn])
    right = words_right(x, text.repeat(2, 1))
    told = "held out" if (unseen == text[0]).all(1).any() else "trained on"
    by_game, by_tokens = right.all(1).view(2, 16).sum(1).tolist()
    line = f"{ONE.text(text[0])}, {told}: right by the game {by_game}, by tokens {by_tokens} of 16"
    return pictures.verdicts(x, right), line


long, words = tokens.shipped_tokens(), Combobox(options=["", "cyan triangle, large, bottom"])
off = lambda say, **_: list(ONE.slots) if say else []
ask = exercise.ASKED["show_caption"]
Panel(show_caption, ask=ask, off=off, **ONE.slots, say=words, seed=(0, 9))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The game answers with sixteen crosses that are nearly one cross, and the tokens with sixteen that differ in place and shade. Most captions that were trained on come out right sixteen times in both, and held-out ones miss more often. Where a mark of the game is broken it is nearly always the third, the shape. The tokens miss the place now and then too, and once in a while the size or the colour.
# A held-out caption is answered like any other; you have to read the line to know which is which. A word from outside this world is refused by name, because neither network has a vector for it.
# </details>
#
# ## Play 4: hot and cold
#
# **What does temperature buy, and what does it cost?** The transformer is the one that you trained yourself, and the caption is one that was held out. *Top k* leaves only so many codes to draw from at each place:


# %%
def show_temperature(caption=0, temperature=1.0, top_k=128, generator=None):
    """top_k: how many codes may be drawn at each place"""
    text = unseen[caption].expand(16, -1)
    x = tokens.draw_tokens(stage, model, text, generator, temperature=temperature, top_k=top_k)
    right, between = words_right(x, text), torch.pdist(x.flatten(1)).mean()
    line = f"{ONE.text(text[0])}: {right.all(1).sum()} of 16 right, {between:.2f} apart in the mean"
    return pictures.verdicts(x, right), line


grid = {"temperature": (0.5, 2.0, 0.1), "top_k": [2, 4, 16, 128]}
Panel(show_temperature, caption=(0, 23), **grid, seed=(0, 9))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# Cold is right more often: the chart above had 84 % of the unseen captions right at temperature 1, and the same five transformers get 93 % right at 0.7 (`python benchmarks/text2image.py tokens`). At 2 many pictures fail, because unlikely codes are drawn and one wrong stroke spoils a shape. What cold costs is variety. The line says how far apart the sixteen are.
# True pictures of one caption are 2.3 apart.
# </details>
#
# ## Play 5: between two captions
#
# **What lies between "red" and "blue"?** The game's text encoder gives numbers, and numbers have a halfway. From left to right the encoded text goes from one caption to another, with a noise of its own in each row:


# %%
def show_walk(start="small red circle left", end="large blue square right", generator=None):
    ends = G.encoder(torch.stack([ONE.tokens(start), ONE.tokens(end)]))
    share = torch.linspace(0, 1, 8)[:, None].repeat(2, 1)
    z = G.noise(2, generator).repeat_interleave(8, 0)
    x = G.paint(z, (1 - share) * ends[0] + share * ends[1])
    line = f"the judge reads the fourth as {ONE.text(read_shapes(x)[3])}"
    return pictures.sheet(x.repeat_interleave(4, 2).repeat_interleave(4, 3)), line


some = ["small red circle left", "large blue square right", "small green cross top"]
Panel(show_walk, start=some, end=some, seed=(0, 9))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The ends are pictures of this world. In between the colour passes through purple, and the outlines dissolve: the middle is a smear, to which the judge still gives a name, because it never refuses. No text in training was halfway, and $D$ never judged what came of one.
# GAN-INT trains on purpose what fails here: $G$ must also please $D$ at texts halfway between two.
# </details>
#
# ## Break it
#
# **Mistake 1: the text goes to $G$ alone.** You have seen the number above: with a $D$ that cannot read, hardly more captions come out right than by chance. A loss curve does not name the cause. The instrument is the judge, or any reader of captions.
#
# **Mistake 2: a wrong text that is right.** If you shuffle the batch instead of deranging it, you call some true pairs wrong. In a batch of 32 with $n$ equally likely texts the share is $\frac1{32} + \frac{31}{32} \cdot \frac1n$: 4 % with our captions, which hardly matters, but more than a quarter if the text were one of four shapes. In the limit where all wrong texts are right, $D^*$ becomes $p / (1.5\, p + 0.5\, g)$, and the best it can say to a perfect generator is one half, for every picture and every text.
#
# **Mistake 3: the divergence with its arguments swapped.** In PyTorch `kl_div(a, b)` is $KL(b \| a)$, takes the *logarithm* of $a$, and has been called the other way round in well-known public code. What comes out for the tokens of eight pictures:

# %%
q, flat = stage.encode(train[:8]), torch.full((8, 16, 128), 1 / 128)
kl = lambda a, b: [torch.nn.functional.kl_div(a, b, reduction="none").sum(2).mean().item()]
found = {"swapped": kl(q.logits, flat), "and no logarithm": kl(q.probs, flat)}
found["right"] = [discrete_vae.uniform_kl(q).mean().item()]
pictures.dots(found, "nats per token", {"ln 128": 4.852})

# %% [markdown]
# The right one lies between 0 and $\ln 128$, the dashed line, and near the top: the encoder is nearly sure of each token. The swapped one is many times as large: where $q$ gives nearly nothing to a code that the uniform distribution expects, the logarithm of the quotient is huge. Where the logarithm is forgotten as well the number is negative, which no divergence can be. The instrument is the allowed range:
# a divergence from the uniform distribution lies between 0 and $\ln K$, and if you print it once, you see both mistakes.
#
# **Mistake 4: fine when trained, nonsense when sampled.** A sequence model reads the tokens before $i$ and predicts token $i$. Shift its input by one place too few, and it reads the very token that it is to predict. Here is this mistake around an untrained transformer; train it for 150 steps:


# %% tags=["nbval-ignore-output"]
class Peeking(Autoregressive):
    def conditionals(self, x):
        return self.net.conditionals(x.roll(-1, 1))  # the bug: row i reads token i itself


torch.manual_seed(0)
peeking = Peeking(model.num_pixels, model.vocabulary)
peeking.net = tokens.token_model()
loss = lambda x: -peeking.log_prob(x).mean()
player = Player(peeking, loss, adam(peeking.parameters(), 3e-3))
nats = fit({"nats": player}, minibatches(rows, size=32, generator=seeded()), steps=150)["nats"]
drawn = model.split(peeking.sample(8, unseen[:8], seeded()))[1]
pictures.rows({f"{nats[-1]:.1f} nats": stage.decode(drawn)})

# %% [markdown]
# The loss looks like a triumph: less than a nat for a picture that costs an honest transformer more than ten. What it draws is rubbish, because when it samples, the token that it wants to look at is not there yet. The loss cannot warn you. The Jacobian above can, for its diagonal would not be empty, and so can a single sample.
#
# ## Exercises
#
# **1. Predict, then run** (5 minutes). Four captions, equally likely, and each has exactly one picture of its own. The generator is perfect. A wrong caption is drawn from all four, so that one in four is right by accident. What does GAN-CLS's best $D$ say of a picture under its right caption? Give four digits.

# %%
my_match = None  # your number
exercise.best_match.check(my_match)

# %% [markdown]
# <details><summary>Hint</summary>
#
# In the cell of a right pair $p(x, t) = \tfrac14$, and so is $g$. By chance picture and caption meet with probability $\tfrac14 \cdot \tfrac14$.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# my_match = (1 / 4) / (1 / 4 + 1 / 32 + 1 / 8)
# ```
# </details>
#
# **2. Write it** (10 minutes). Compute the loss of $D$ from its logits, which may be as large as 200.


# %%
def my_matching_loss(right, wrong, fake):  # logits, (B,) three times -> scalar
    return None  # your code


exercise.matching.check(my_matching_loss)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.nn.functional.softplus(-a)` is $-\log \text{sigmoid}(a)$, at any size of $a$.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# softplus = torch.nn.functional.softplus
# return softplus(-right).mean() + (softplus(wrong).mean() + softplus(fake).mean()) / 2
# ```
# </details>
#
# **3. Write it** (10 minutes). The divergence of the codes from the uniform prior, at every place, from the encoder's logits.


# %%
def my_kl(logits):  # (B, N, K) -> (B, N)
    return None  # your code


exercise.code_kl.check(my_kl)

# %% [markdown]
# <details><summary>Hint</summary>
#
# It is $\log K$ minus an entropy. `log_softmax` turns logits into $\log q$.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# log_q, K = logits.log_softmax(2), torch.tensor(logits.shape[2])
# return K.log() + (log_q.exp() * log_q).sum(2)
# ```
# </details>
#
# **4. Write it** (10 minutes). Temperature and top k: from logits to the probabilities that are drawn from.


# %%
def my_sharpen(logits, temperature, top_k):  # (B, K) -> (B, K), rows that sum to one
    return None  # your code


exercise.sharpen.check(my_sharpen)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Set the logits that are left out to $-\infty$ before the softmax.
# </details>
#
# <details><summary>Answer</summary>
#
# ```python
# logits = logits / temperature
# least = logits.topk(top_k, dim=1).values[:, -1:]
# return logits.masked_fill(logits < least, -torch.inf).softmax(1)
# ```
# </details>
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | Given a sentence, an image is made. (“이미지 만든다.”) | holds, here for 216 captions that were trained on and, less often, for 24 that were not | A game that reads; Second stage; Is unseen worse than it should be? |
# | Its example is DALL·E, among the GANs. (“DallE.”: GAN 가운데 든 예) | holds in part: DALL·E draws from text, but it is no GAN; it is a discrete VAE and a transformer, trained by likelihood. The GAN of the slide is Reed et al. | Likelihood over tokens |
#
# ## Summary
#
# Can a machine draw what it is told, even when nobody ever drew that for it? In this world it can, mostly. Both ideas draw more than nine of ten held-out captions right when they are trained for some minutes, and fewer of them than of the captions that they have seen. For two shapes the two shares are alike.
#
# These models were compared here:
#
# | model | draws how | parameters | all words right, seen and unseen | cost |
# |---|---|---|---|---|
# | conditional GAN (notebook 7) | in one step | 51,905 + 76,449 | knows ten classes, no words | about a minute |
# | GAN-CLS | in one step | 112,659 + 48,113 | 0.996 and 0.946, the best on seen captions of three seeds; 0.986 and 0.942, 0.984 and 0.925 | about four minutes each |
# | discrete VAE and transformer, yours | sixteen tokens, then one step | 191,860 + 170,065 | see above | about three minutes + 40 seconds |
# | the same, shipped | sixteen tokens, then one step | 191,860 + 477,457 | 0.998 and 0.958 at temperature 0.7 | about three minutes + seven |
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
# | **GAN-CLS** | none | in one step, from a caption | 112,659 + 48,113 | all words right: seen 0.996, unseen 0.946 | keeps little of the variety |
# | **tokens and transformer** | a bound | token by token, from a caption | 191,860 + 477,457 | all words right: seen 0.998, unseen 0.958 | sixteen steps for a picture |
#
# The game draws in one step and forgets variety; tokens keep it and take sixteen steps. Where it breaks: a text is a very thin description. What if you give *pieces of the picture* instead, and not even say where they belong? That is notebook 9.
#
# **References.** S. Reed et al. (2016), *Generative Adversarial Text to Image Synthesis*, [arXiv 1605.05396](https://arxiv.org/abs/1605.05396). A. Ramesh et al. (2021), *Zero-Shot Text-to-Image Generation*, [arXiv 2102.12092](https://arxiv.org/abs/2102.12092). Q. Mao et al. (2019), *Mode Seeking Generative Adversarial Networks for Diverse Image Synthesis*, [arXiv 1903.05628](https://arxiv.org/abs/1903.05628).
# M. Okawa et al. (2023), *Compositional Abilities Emerge Multiplicatively*, [arXiv 2310.09336](https://arxiv.org/abs/2310.09336). A. Vaswani et al. (2017), *Attention Is All You Need*, [arXiv 1706.03762](https://arxiv.org/abs/1706.03762). A. Radford et al. (2021), *Learning Transferable Visual Models From Natural Language Supervision* (CLIP), [arXiv 2103.00020](https://arxiv.org/abs/2103.00020).
