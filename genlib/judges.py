"""What scores samples and models: nats of a set, the shipped classifier and NADE, and "these samples, judged".

A judge saw the digits of train alone. Whoever chooses a setting asks it about valid, whoever tells a result about test.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, one_hot, softmax

from genlib import checks, weights
from genlib.data import (
    Gaussians,
    Grammar,
    animal_masks,
    augment,
    binary_digits,
    box_mask,
    cut_pieces,
    digits,
    draw_faces,
    draw_horses,
    draw_zebras,
    face_labels,
    faces,
    key_boxes,
    many_faces,
    many_scenes,
    moved_digits,
    shapes,
    split_captions,
    words_right,
)
from genlib.metrics import (
    cell_frequencies,
    cell_probabilities,
    class_shares,
    error_within,
    found_error,
    frechet_distance,
    intersection_over_union,
    jensen_shannon,
    jensen_shannon_floor,
    kernel_distance,
    majority_accuracy,
    matched_accuracy,
    mode_shares,
    modes_covered,
    nearest_neighbours,
)
from genlib.models import (
    NADE,
    AttributeClassifier,
    Autoregressive,
    ConditionalGenerator,
    DigitClassifier,
    InfoDiscriminator,
    LatentVariableModel,
    OrderEnsemble,
    PuzzleGenerator,
)
from genlib.models.infogan import categorical_bound

CELLS = {"limit": 3.0, "cells": 60}  # the grid on which points are compared with a density
MOST = 3000  # images of which a distance between sets is taken

# --- nats of a set


def nats(model: Autoregressive | OrderEnsemble, x: Tensor) -> Tensor:
    """-log p(x) in nats, by parts that stay in the cache: (N, D) -> (N,)."""
    with torch.no_grad():
        return -torch.cat([model.log_prob(part) for part in x.split(100)])


def elbo_nats(model: LatentVariableModel, x: Tensor, draws: int = 10, seed: int = 0) -> Tensor:
    """-ELBO in nats, mean over so many draws of z: (N, D) -> (N,)."""
    checks.at_least(1, draws=draws)
    generator = torch.Generator().manual_seed(seed)

    def one(x: Tensor) -> Tensor:
        return sum(model.elbo(x, generator=generator) for _ in range(draws)) / draws

    with torch.no_grad():
        return -torch.cat([one(part) for part in x.split(1000)])


def bound_nats(model: LatentVariableModel, x: Tensor, num_samples: int, seed: int = 0) -> Tensor:
    """-L_K in nats, K importance samples per image: (N, D) -> (N,)."""
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        return -torch.cat(
            [model.importance_bound(part, num_samples, noise) for part in x.split(100)]
        )


def mean_nats(model: Autoregressive | OrderEnsemble, x: Tensor) -> str:
    """The mean of -log p(x) in words, for a weight file."""
    return f"{nats(model, x).mean():.2f}"


def mean_bounds(model: LatentVariableModel, x: Tensor) -> str:
    """-ELBO and -L_500 in words, the latter on about 1,000 of the images where there are more."""
    elbo = elbo_nats(model, x).mean()
    bound = bound_nats(model, x[:: max(1, len(x) // 1000)], 500).mean()
    return f"-ELBO {elbo:.2f}, -L_500 {bound:.2f}"


# --- judges that are shipped


def shipped_classifier() -> DigitClassifier:
    """The digit classifier of `recipes.dcgan`, in eval mode."""
    classifier = DigitClassifier().eval()
    weights.load_or_train("classifier_digits", classifier)
    return classifier


def mnist_classifier() -> DigitClassifier:
    """The classifier of MNIST's digits, 28 x 28, of `recipes.mnist`, in eval mode."""
    classifier = DigitClassifier(size=28).eval()
    weights.load_or_train("classifier_mnist", classifier)
    return classifier


def face_classifier() -> AttributeClassifier:
    """The classifier of drawn faces and their attributes, 32 x 32, of `recipes.puzzle`, in eval mode."""
    classifier = AttributeClassifier(features=12).eval()
    weights.load_or_train("classifier_faces", classifier)
    return classifier


def shipped_nade() -> OrderEnsemble:
    """The four NADEs of `recipes.nade` as one mixture: p(x) of black and white digits, (N, 64)."""
    ensemble = OrderEnsemble([NADE(64, 128) for _ in range(4)], torch.arange(64).expand(4, 64))
    weights.load_or_train("nade_orders", ensemble)
    return ensemble.eval()


def accuracy(model: nn.Module, x: Tensor, labels: Tensor) -> float:
    """The share of images whose largest logit is their class: (N, C, H, W), (N,) -> a share."""
    labels = checks.whole("labels", labels, "N", N=len(checks.dense("x", x, "N ...")))
    with torch.no_grad():
        found = torch.cat([model(part).argmax(1) for part in x.split(1000)])
    return (found == labels).double().mean().item()


def digit_features(x: Tensor) -> Tensor:
    """What the shipped classifier sees before its last layer: (N, 1, 16, 16) -> (N, 64)."""
    return features(shipped_classifier(), x)


@torch.no_grad()
def digits_seen(x: Tensor) -> Tensor:
    """Which digit the shipped classifier sees in each image: (N, 1, 16, 16) -> (N,)."""
    classifier = shipped_classifier()
    return classifier.head(features(classifier, x)).argmax(1)


@torch.no_grad()
def features(classifier: DigitClassifier | AttributeClassifier, x: Tensor) -> Tensor:
    """What a classifier sees before its last layer: (N, C, size, size) -> (N, hidden)."""
    return torch.cat([classifier.hidden(part) for part in x.split(500)])


@torch.no_grad()
def judge_large(x: Tensor, real: Tensor) -> dict[str, float]:
    """Large digits beside as many real ones, as the classifier of MNIST sees them: (N, 1, 28, 28) both.

    "frechet" distance, the share of the "rarest" digit, and the share that the classifier is "sure" of (0.9).
    """
    classifier = mnist_classifier()
    real = features(classifier, checks.alike("real", real, x))
    found = features(classifier, x)
    sure, digit = softmax(classifier.head(found), dim=1).max(1)
    return {
        "frechet": frechet_distance(found, real),
        "rarest": class_shares(digit, 10).min().item(),
        "sure": (sure > 0.9).double().mean().item(),
    }


@cache
def real_features(split: str, n: int, seed: int = 3) -> Tensor:
    """Features of n moved digits of a split, as `digit_features` gives them: -> (n, 64)."""
    checks.at_least(1, n=n)
    copies = -(-n // len(digits(split)[0]))
    return digit_features(moved_digits(split, copies, seed)[0][:n])


def frechet_of_digits(images: Tensor, n: int = MOST) -> float:
    """Frechet distance of the first n images to n moved digits of test, in the shipped classifier's features."""
    return frechet_distance(digit_features(images[:n]), real_features("test", n))


def distance_to_train(x: Tensor) -> float:
    """The mean distance from a digit to the nearest moved one of train, near 0 for copies: (N, 1, 16, 16)."""
    checks.real("x", x, "N C H W", C=1, H=16, W=16, low=0, high=1)
    x, train = x.flatten(1), moved_digits("train", copies=10)[0].flatten(1)
    return (x - train[nearest_neighbours(x, train)]).norm(dim=1).mean().item()


# --- these samples, judged


def judged(
    x: Tensor, against: str | Gaussians = "test", category: Tensor | None = None
) -> dict[str, float]:
    """These samples, judged against what they should look like: {name of a score: number}.

    Digits (N, 1, 16, 16) against the moved digits of a split: "frechet" and "kernel" distance of at most 3000,
    the share of the "rarest" digit, how many "digits" have 2 %, the share that the classifier is "sure" of (0.9),
    and, for the category of each sample, (N,), how far digits "agree" with it in the best matching.
    Black and white rows (N, 64) against a split: "nats" under the shipped NADE, the share that is more "odd" to it
    than 99 of 100 digits of valid, and in how many pixels a sample differs from the nearest digit of train
    ("to_digit"), and a digit of the split from the nearest sample ("to_sample").
    Points (N, 2) against a density of Gaussians: "modes" covered, the share "near" one, and "jsd" in nats.
    `floor` says what true samples score.
    """
    if isinstance(against, Gaussians):
        return _points(checks.real("x", x, "N D", D=2), against)
    checks.kind("against", against, str, Gaussians)
    if checks.real("x", x, "N ...").dim() == 2:
        return _rows(checks.real("x", x, "N D", D=64), against)
    checks.real("x", x, "N C H W", C=1, H=16, W=16, low=0, high=1)
    if len(x) < 2:
        raise ValueError(f"x must have N at least 2, got {tuple(x.shape)}")
    found, digit = _images(x, against)
    return found if category is None else found | {"agree": matched_accuracy(category, digit)}


def floor(against: str | Gaussians, n: int = MOST) -> float:
    """What n true samples, one draw of them, score by "frechet" or "jsd": nothing is told apart below it."""
    checks.at_least(2, n=n)
    if isinstance(against, Gaussians):
        table = _cells(against)
        return jensen_shannon_floor(table, n, torch.Generator().manual_seed(0))
    return frechet_distance(real_features("train", n, seed=4), real_features(against, n))


@torch.no_grad()
def _images(x: Tensor, split: str) -> tuple[dict[str, float], Tensor]:
    """The scores of digits, and which digit the classifier sees in each: (N, 1, 16, 16) -> {}, (N,)."""
    features = digit_features(x)
    sure, digit = softmax(shipped_classifier().head(features), dim=1).max(1)
    shares, few = class_shares(digit, 10), features[:MOST]
    real = real_features(split, len(few))
    found = {
        "frechet": frechet_distance(few, real),
        "kernel": kernel_distance(few, real),
        "rarest": shares.min().item(),
        "digits": int((shares >= 0.02).sum()),
        "sure": (sure > 0.9).double().mean().item(),
    }
    return found, digit


def _rows(x: Tensor, split: str) -> dict[str, float]:
    model = shipped_nade()
    found, strict = nats(model, x), nats(model, binary_digits("valid")).quantile(0.99)
    return {
        "nats": found.mean().item(),
        "odd": (found > strict).double().mean().item(),
        "to_digit": _apart(x, binary_digits("train")),
        "to_sample": _apart(binary_digits(split), x),
    }


def _apart(x: Tensor, among: Tensor) -> float:
    """In how many pixels an image differs from the nearest of others: (N, D), (M, D) -> mean."""
    return (x - among[nearest_neighbours(x, among)]).abs().sum(1).mean().item()


@lru_cache(8)
def _cells(density: Gaussians) -> Tensor:
    """The probability of each cell of the grid; a game asks again and again."""
    return cell_probabilities(density.log_prob, **CELLS)


def _points(x: Tensor, density: Gaussians) -> dict[str, float]:
    table = _cells(density)
    return {
        "modes": modes_covered(x, density.centres, density.std),
        "near": mode_shares(x, density.centres, density.std).sum().item(),
        "jsd": jensen_shannon(table, cell_frequencies(x, **CELLS)),
    }


# --- codes that are read back


@torch.no_grad()
def categories_of(D: InfoDiscriminator, x: Tensor) -> Tensor:
    """The category that Q finds likeliest for each image, real or not: (N, 1, size, size) -> (N,)."""
    return torch.cat([D.guess(part).logits.argmax(1) for part in x.split(500)])


def matched(D: InfoDiscriminator, x: Tensor, labels: Tensor) -> float:
    """How often Q's categories are the labels, each category named once and for the best: images, (N,) -> a share."""
    return matched_accuracy(categories_of(D, x), labels)


@torch.no_grad()
def information_at_fakes(pair: nn.ModuleDict, n: int = 2000) -> float:
    """L_I of the category in nats, at most ln C, at n fakes moved as in training."""
    noise = torch.Generator().manual_seed(0)
    G, D = pair["generator"], pair["discriminator"]
    code = G.codes.sample(n, noise)
    fake = G.sample(n, code, generator=noise)
    category, _ = G.codes.split(code)
    logits = D.guess(augment(fake, noise)).logits
    return categorical_bound(logits, one_hot(category, G.codes.categories)).item()


def judge_infogan(pair: nn.ModuleDict, split: str) -> dict[str, float]:
    """How far Q's categories are digits, on a split moved five times, and what Q knows of fakes.

    "matched" and "majority" are accuracies, "information" is in nats; the pair is in eval mode.
    """
    x, labels = moved_digits(split, copies=5, seed=2)
    found = categories_of(pair["discriminator"], x)
    return {
        "matched": matched_accuracy(found, labels),
        "majority": majority_accuracy(found, labels),
        "information": information_at_fakes(pair),
    }


@torch.no_grad()
def conditional_accuracy(G: ConditionalGenerator, n: int = 2000) -> float:
    """The share of n moved samples in which the shipped classifier sees the digit that G was given."""
    noise = torch.Generator().manual_seed(0)
    label = torch.arange(n) % G.codes.categories
    code = G.codes.join(label, torch.zeros(n, G.codes.continuous))
    return accuracy(shipped_classifier(), augment(G.sample(n, code, generator=noise), noise), label)


# --- captions that are read back


@torch.no_grad()
def judge_captions(
    draw: Callable[[Tensor], Tensor],
    each: int = 10,
    grammar: Grammar = shapes.ONE,
) -> dict[str, dict[str, float]]:
    """What the judge reads in `each` pictures of every caption, (B, T) -> images by `draw`: {"seen", "unseen"} -> scores.

    "all" is the share of pictures with all words right, and each slot of the grammar has the share of its own.
    """
    checks.function("draw", draw)
    [each] = checks.at_least(1, each=each)
    found = {}
    for name, captions in zip(("seen", "unseen"), split_captions(grammar), strict=True):
        captions = captions.repeat_interleave(each, dim=0)
        x = torch.cat([draw(part) for part in captions.split(400)])
        right = words_right(x, captions, grammar).double()
        slots = dict(zip(grammar.slots, right.mean(0).tolist(), strict=True))
        found[name] = {"all": right.prod(1).mean().item()} | slots
    return found


# --- faces, and pictures that are made of pieces


@torch.no_grad()
def face_attributes(x: Tensor) -> Tensor:
    """The attributes that the shipped classifier sees in each face: (N, 3, 32, 32) -> (N, 5)."""
    classifier = face_classifier()
    return torch.cat([classifier.attributes(part) for part in x.split(500)])


def frechet_of_faces(x: Tensor, n: int = MOST) -> float:
    """Frechet distance of the first n faces to n drawn ones, in the shipped classifier's features: (N, 3, 32, 32).

    Smaller faces, (N, 3, 4, 4), 8, 16, are enlarged, and compared with drawn ones made as small and enlarged.
    """
    x = checks.real("x", x, "N C H W", C=3)[:n]
    found = features(face_classifier(), _enlarged(x))
    return frechet_distance(found, _drawn_faces(len(found), x.shape[-1]))


def _enlarged(x: Tensor) -> Tensor:
    return x.repeat_interleave(32 // x.shape[-1], 2).repeat_interleave(32 // x.shape[-1], 3)


@cache
def _drawn_faces(n: int, size: int = 32) -> Tensor:
    x = many_faces(n, seed=1001)[0]
    return features(face_classifier(), _enlarged(avg_pool2d(x, 32 // size)))


@torch.no_grad()
def judge_faces(x: Tensor) -> dict[str, float]:
    """Faces that nobody described, (N, 3, 32, 32), clamped to [0, 1] first: {name of a score: number}.

    "frechet" distance of at most 3000; how "sure" the shipped classifier is of an attribute, the largest probability in
    the mean; and how many "kinds" of the 48 have at least a fifth of their share.
    """
    classifier = face_classifier()
    x = checks.real("x", x, "N C H W", C=3, H=32, W=32).clamp(0, 1)
    logits = torch.cat([classifier(part) for part in x.split(500)])
    sure = [softmax(part, 1).amax(1) for part in logits.split(classifier.choices, 1)]
    kind = torch.zeros(len(x), dtype=torch.long)
    for choices, chosen in zip(classifier.choices, classifier.chosen(logits).T, strict=True):
        kind = choices * kind + chosen
    shares = class_shares(kind, faces.KINDS)
    return {
        "frechet": frechet_of_faces(x),
        "sure": torch.stack(sure).mean().item(),
        "kinds": int((shares >= 0.2 / faces.KINDS).sum()),
    }


class Puzzles(NamedTuple):
    """Pictures (N, 3, 32, 32), and the boxes of their key pieces (N, K, 4)."""

    real: Tensor
    boxes: Tensor

    @property
    def pieces(self) -> Tensor:
        """The pieces, cut when they are asked for, because they are large: (N, K, 3, 32, 32)."""
        return cut_pieces(self.real, self.boxes)


def face_puzzles(n: int, seed: int = 0, count: int = 3) -> Puzzles:
    """Drawn faces and the boxes of so many key pieces of each."""
    real, _, _ = many_faces(n, seed=seed)
    return Puzzles(real, key_boxes(real, count, torch.Generator().manual_seed(seed)))


@torch.no_grad()
def judge_puzzle(generator: PuzzleGenerator, puzzles: Puzzles) -> dict[str, float]:
    """What a generator makes of pieces: {name of a score: number}.

    "iou" of its masks; the error with which the pieces are "found" in its pictures, and a "stranger's", the next
    picture's, in their place; the "frechet" distance of the whole.
    """
    (real, boxes), pieces = puzzles, puzzles.pieces
    noise = torch.Generator().manual_seed(0)
    parts = [generator.sample(len(part), part, generator=noise) for part in pieces.split(100)]
    mask, picture = (torch.cat(part) for part in zip(*parts, strict=True))
    stranger = found_error(picture, real.roll(1, 0), boxes.roll(1, 0))
    return {
        "iou": intersection_over_union(mask, box_mask(boxes)).mean().item(),
        "found": found_error(picture, real, boxes).mean().item(),
        "stranger": stranger.mean().item(),
        "frechet": frechet_of_faces(picture),
    }


# --- pictures that are translated


def translated(translator: nn.Module, x: Tensor) -> Tensor:
    """Pictures through a translator, by parts: (N, C, H, W) -> (N, C, H, W)."""
    checks.kind("translator", translator, nn.Module)
    return _by_parts(translator, x)


@torch.no_grad()
def _by_parts(translator: Callable[..., Tensor], *given: Tensor) -> Tensor:
    parts = zip(*(tensor.split(100) for tensor in given), strict=True)
    return torch.cat([translator(*part) for part in parts])


# --- faces that are edited

EDITS = {  # what is asked for -> the attribute, and the value that it gets
    word: (place, value)
    for place, (name, words) in enumerate(faces.ATTRIBUTES.items())
    for value, word in enumerate(words)
    if name != "smile"
}


class Faces(NamedTuple):
    """Drawn faces (N, 3, 32, 32), their attributes (N, 5), and the numbers of the people (N, 11)."""

    real: Tensor
    attributes: Tensor
    people: Tensor

    def edit(self, word: str) -> tuple[Tensor, Tensor, Tensor]:
        """The faces that are not so, their attributes once they are, and the same people drawn so, which nobody trains on."""
        place, value = EDITS[word]
        changes = self.attributes[:, place] != value
        wanted = self.attributes[changes].clone()
        wanted[:, place] = value
        return self.real[changes], wanted, draw_faces(wanted, self.people[changes])


def edited_faces(n: int, seed: int = 0) -> Faces:
    """Drawn faces whose true edits are known."""
    return Faces(*many_faces(n, seed=seed))


def _labels(wanted: Tensor, word: str) -> Tensor:
    return face_labels(wanted)


def made_edits(
    generator: nn.Module,
    given: Faces,
    word: str,
    labels: Callable[[Tensor, str], Tensor] = _labels,
) -> Tensor:
    """What a generator makes of the faces of `given.edit(word)`: -> (N', 3, 32, 32).

    `labels` makes of the attributes, and of the word, what the generator is told.
    """
    real, wanted, _ = given.edit(word)
    return _by_parts(generator, real, labels(wanted, word))


@torch.no_grad()
def judge_edits(
    generator: nn.Module,
    given: Faces,
    labels: Callable[[Tensor, str], Tensor] = _labels,
) -> dict[str, float]:
    """What a generator makes of faces that are to get one other attribute each: {name of a score: number}.

    For each word of EDITS the share in which the shipped classifier then sees it, and their mean, "reached"; the share of
    other attributes that are "kept"; the mean difference per number to the true edit, "apart", and that of the
    face as it was, "no edit". `labels` is that of `made_edits`.
    """
    found, kept, apart, no_edit = {}, [], [], []
    for word, (place, value) in EDITS.items():
        real, wanted, truth = given.edit(word)
        made = _by_parts(generator, real, labels(wanted, word))
        seen = face_attributes(made)
        found[word] = (seen[:, place] == value).double().mean().item()
        others = [k for k in range(wanted.shape[1]) if k != place]
        kept.append((seen == wanted)[:, others].double().mean().item())
        apart.append((made - truth).abs().mean().item())
        no_edit.append((real - truth).abs().mean().item())
    mean = lambda values: sum(values) / len(values)
    scores = {"reached": mean(found.values()), "kept": mean(kept), "apart": mean(apart)}
    return scores | {"no edit": mean(no_edit)} | found


# --- animals that are translated


class Animals(NamedTuple):
    """Horses and the zebras that stand as they do, (N, 3, 32, 32), their masks (N, 1, 32, 32), and the scenes (N, 15)."""

    horse: Tensor
    zebra: Tensor
    mask: Tensor
    scenes: Tensor


def animal_pairs(n: int, seed: int = 0, left: float = 0.5) -> Animals:
    """Pairs that a translator never sees, to judge it by; `left` is the share that faces left."""
    scenes = many_scenes(n, seed, left)
    return Animals(draw_horses(scenes), draw_zebras(scenes), animal_masks(scenes), scenes)


def horse_classifier() -> AttributeClassifier:
    """Horse or zebra, and facing right or left: the classifier of `recipes.cyclegan`, in eval mode."""
    classifier = AttributeClassifier((2, 2), features=8).eval()
    weights.load_or_train("classifier_horses", classifier)
    return classifier


@torch.no_grad()
def animals_seen(x: Tensor) -> Tensor:
    """What the shipped classifier sees in each: 1 for a zebra, 1 for facing left, (N, 3, 32, 32) -> (N, 2)."""
    classifier = horse_classifier()
    return torch.cat([classifier.attributes(part) for part in x.split(500)])


def frechet_of_animals(x: Tensor, real: Tensor) -> float:
    """Frechet distance of animals to real ones, in the shipped classifier's features: (N, 3, 32, 32) twice."""
    seen = horse_classifier()
    return frechet_distance(features(seen, x), features(seen, real))


def judge_cycle(to_zebra: nn.Module, to_horse: nn.Module, animals: Animals) -> dict[str, float]:
    """What two translators make of animals whose partners are known: {name of a score: number}.

    "zebra" and "horse" are the shares that are judged to be what was wanted. Errors are mean differences per number, in
    [0, 1]: of the ground ("ground of zebra", "ground of horse"), of the animal against its hidden partner ("body of
    zebra", "body of horse"), and of what comes back ("cycle of horse", "cycle of zebra"). "frechet" is of the zebras.
    """
    horse, zebra, mask, _ = animals
    body, ground = (mask > 0.5).float(), (mask < 0.02).float()
    z, h = translated(to_zebra, horse), translated(to_horse, zebra)
    return {
        "zebra": (animals_seen(z)[:, 0] == 1).double().mean().item(),
        "horse": (animals_seen(h)[:, 0] == 0).double().mean().item(),
        "ground of zebra": error_within(z, horse, ground),
        "ground of horse": error_within(h, zebra, ground),
        "body of zebra": error_within(z, zebra, body),
        "body of horse": error_within(h, horse, body),
        "cycle of horse": (translated(to_horse, z) - horse).abs().mean().item(),
        "cycle of zebra": (translated(to_zebra, h) - zebra).abs().mean().item(),
        "frechet": frechet_of_animals(z, zebra),
    }
