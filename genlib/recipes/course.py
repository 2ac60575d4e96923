"""The shipped models of notebooks 2 to 12 that draw pictures, side by side: what the course's last page compares.

The one recipe that knows its siblings, and it trains nothing. Three models are given something: pieces of faces, horses,
faces. None of these was trained on. They are prepared once, at the first draw, so that later draws cost what the model
costs.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor, nn

from genlib import weights
from genlib.data import draw_horses, face_labels, many_scenes
from genlib.data.shapes import ONE
from genlib.judges import Faces, edited_faces, face_puzzles, shipped_nade, translated
from genlib.models import DiagonalBiLSTM, RasterLSTM
from genlib.recipes import (
    cyclegan,
    dcgan,
    infogan,
    progressive,
    puzzle,
    stargan,
    text2image,
    tokens,
    vae,
)

GIVEN = 240  # pictures of a kind that are prepared; draws choose among them
TEMPERATURE = 0.7  # of the tokens, at which their file tells a score


class Entry(NamedTuple):
    """A shipped model: its notebook, its weight files (" + " between two), what it draws with, and how.

    `module` is in eval mode and has the parameters that a draw needs, no others: a generator, a decoder. `draw(n, generator)`
    gives n pictures, (n, C, H, W) in [0, 1], without a gradient.
    """

    notebook: int
    weights: str
    module: nn.Module
    draw: Callable[[int, torch.Generator], Tensor]


def course() -> dict[str, Entry]:
    """Every shipped model of notebooks 2 to 12 that draws pictures, named as in their summaries, in their order.

    The VAE, Z = 8, draws from p(x|z), and does not show the smoother means. Captions are drawn at random; a face gets the
    labels of another one.
    """
    nade, (reader, _) = shipped_nade(), text2image.shipped_gan()
    lstm, _ = _loaded("pixelrnn_digits", nn.ModuleList([DiagonalBiLSTM(8, 8), RasterLSTM(8, 8)]))
    _, coder = _loaded("vae_digits", nn.ModuleList(vae.digit_vae(Z, hidden=128) for Z in (2, 8)))
    plain = _loaded("dcgan_digits", dcgan.dcgan_pair())["generator"]
    info = _loaded("infogan_digits", infogan.infogan_pair())["generator"]
    codes, writer = tokens.shipped_codes(), tokens.shipped_tokens()
    both = nn.ModuleList([writer, nn.ParameterList([codes.book]), codes.decoder]).eval()
    pieced, star = puzzle.shipped_puzzle(), stargan.shipped_star()
    grown = progressive.shipped_progressive()
    to_zebra = cyclegan.shipped_cycle()["to_zebra"]

    def by_tokens(n: int, noise: torch.Generator) -> Tensor:
        sharper = {"temperature": TEMPERATURE}
        return tokens.draw_tokens(codes, writer, _captions(n, noise), noise, **sharper)

    def by_labels(n: int, noise: torch.Generator) -> Tensor:
        real, attributes, _ = _faces()
        return star(real[_some(n, noise)], face_labels(attributes[_some(n, noise)]))

    of_noise = lambda n, noise: plain.sample(n, generator=noise)
    of_codes = lambda n, noise: info.sample(n, info.codes.sample(n, noise), generator=noise)
    of_text = lambda n, noise: reader.sample(n, _captions(n, noise), generator=noise)
    of_pieces = lambda n, noise: pieced.sample(n, _pieces()[_some(n, noise)], generator=noise)[1]
    of_growing = lambda n, noise: grown.sample(n, generator=noise).clamp(0, 1)
    of_horses = lambda n, noise: translated(to_zebra, _horses()[_some(n, noise)])
    entries = {
        "four orders of NADE": Entry(2, "nade_orders", nade, _digits_of(nade)),
        "Diagonal BiLSTM": Entry(3, "pixelrnn_digits", lstm, _digits_of(lstm)),
        "VAE": Entry(4, "vae_digits", coder.decoder, _digits_of(coder)),
        "DCGAN": Entry(6, "dcgan_digits", plain, of_noise),
        "InfoGAN": Entry(7, "infogan_digits", info, of_codes),
        "GAN-CLS": Entry(8, "gan_cls_shapes", reader, of_text),
        "tokens and transformer": Entry(8, "codes_shapes + tokens_shapes", both, by_tokens),
        "Puzzle-GAN": Entry(9, "puzzle_faces", pieced, of_pieces),
        "CycleGAN": Entry(10, "cyclegan_horses", to_zebra, of_horses),
        "StarGAN": Entry(11, "stargan_faces", star, by_labels),
        "Progressive GAN": Entry(12, "progressive_faces", grown, of_growing),
    }
    quiet = torch.no_grad()
    return {name: entry._replace(draw=quiet(entry.draw)) for name, entry in entries.items()}


def _loaded(name: str, module: nn.Module) -> nn.Module:
    weights.load_or_train(name, module.eval())
    return module


def _digits_of(model: nn.Module) -> Callable[[int, torch.Generator], Tensor]:
    """Draws of a model of rows, as black and white digits: (n, 1, 8, 8)."""
    return lambda n, noise: model.sample(n, generator=noise).view(n, 1, 8, 8)


# --- what is given


def _captions(n: int, noise: torch.Generator) -> Tensor:
    """Captions of single shapes, trained on or not: -> (n, T)."""
    return ONE.every[torch.randint(len(ONE.every), (n,), generator=noise)]


def _some(n: int, noise: torch.Generator) -> Tensor:
    """Which of the prepared pictures are given, none twice while there are enough: -> (n,)."""
    return torch.randperm(max(n, GIVEN), generator=noise)[:n] % GIVEN


@cache
def _pieces() -> Tensor:
    return face_puzzles(GIVEN, puzzle.HELD).pieces


@cache
def _horses() -> Tensor:
    return draw_horses(many_scenes(GIVEN, cyclegan.HELD))


@cache
def _faces() -> Faces:
    return edited_faces(GIVEN, stargan.HELD)
