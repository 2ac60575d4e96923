"""What the page needs to run four small models itself: their weights, and the data that their panels show.

The scripts are static/nets.js (the networks) and static/models.js (the panels).
"""

import json
import shutil
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from genlib import pictures, weights
from genlib.data import binarize, digits, reading, shapes
from genlib.data.captions import _FILLING
from genlib.models import mlp
from genlib.models.vae import VAE, bernoulli

WEIGHTS = ("vae_digits", "nade_orders", "dcgan_digits", "gan_cls_shapes")
SIDE = 360  # pixels of VAE's plane
TENTHS = [k / 10 for k in range(-30, 31)]
# (notebook, draw of its panel) -> the model that draws it, and what the page then says
LIVE = {
    ("02_nade", "show_finish"): (
        "completion",
        "NADE runs in this page where nothing was drawn beforehand. Its dice are not those of JupyterLab.",
    ),
    ("04_vae", "show_pad"): ("plane", "The decoder runs in this page."),
    ("06_dcgan", "show_walk"): ("walk", "The generator runs in this page."),
}
CAPTION = "GAN-CLS and its judge run in this page. Its noise is not that of JupyterLab."


def write_live(folder: Path) -> None:
    """Put weights and data into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in WEIGHTS:
        shutil.copy(weights.FOLDER / f"{name}.safetensors", folder)
    put = lambda name, data: (folder / f"{name}.json").write_text(json.dumps(data), "utf-8")
    put("plane", {"side": SIDE})
    plane().save(folder / "plane.webp", lossless=True)
    put("completion", completion())
    put("walk", {"noise": walk_noise().tolist()})
    judge, masks = judge_of_shapes()
    put("caption", caption() | {"judge": judge})
    (folder / "masks.bin").write_bytes(masks.half().numpy().astype("<f2").tobytes())


def plane() -> Image.Image:
    """The means of q(z|x) of the training digits in [-3, 3] x [-3, 3], as notebook 04 shows them."""
    pair = nn.ModuleList([VAE(mlp(64, 128, 2 * Z), mlp(Z, 128, 64), bernoulli, Z) for Z in (2, 8)])
    weights.load("vae_digits", pair.eval())
    images, labels = digits("train")
    with torch.no_grad():
        means = pair[0].encode(binarize(images).flatten(1)).mean
    dots = pictures.plane(means, labels, side=SIDE, names=[*"0123456789"])
    return Image.fromarray((dots * 255).round().byte().permute(1, 2, 0).numpy())


def completion() -> dict:
    """Binary digits of train and test as texts of 0 and 1, their labels, and the names of the four orders."""
    told = {"orders": ["raster", "column", "random a", "random b"]}
    for split in ("train", "test"):
        images, labels = digits(split)
        rows = binarize(images).flatten(1).int().tolist()
        told[split] = ["".join(map(str, row)) for row in rows]
        told[f"{split}_labels"] = labels.tolist()
    return told


def walk_noise() -> Tensor:
    """The twenty noises of notebook 06: -> (20, 16)."""
    return torch.randn(20, 16, generator=torch.Generator().manual_seed(0))


def caption() -> dict:
    """The words of the small world, and which captions were held out."""
    _, unseen = shapes.split_captions(shapes.ONE)
    words = shapes.ONE.words
    return {
        "sentence": shapes.ONE.sentence,
        "slots": shapes.ONE.slots,
        "words": words,
        "filling": sorted(_FILLING),
        "unseen": [" ".join(words[token] for token in row) for row in unseen.tolist()],
    }


def judge_of_shapes(side: int = 16) -> tuple[dict, Tensor]:
    """What the judge knows beside its masks, and the masks, (M, side^2), in half precision."""
    masks, what = reading._masks(side, shapes.ONE)
    masks = masks.half().float()
    told = {
        "power": masks.square().sum(1).tolist(),
        "what": what.tolist(),
        "ground": float(shapes.GROUND),
        "shades": reading._shades().flatten(0, 1).tolist(),
        "shades_each": reading.TONES,
    }
    return told, masks


# --- panels that only the pages have


def slider(name: str, label: str, values: list, start: float) -> dict:
    """A control of a panel, as `drawn.as_control` gives one."""
    labels = [f"{value:g}" for value in values]
    told = {"name": name, "label": label, "tooltip": label, "kind": "slider", "values": values}
    return told | {"labels": labels, "start": values.index(start)}


def plane_panel() -> dict:
    """VAE's plane for the first page."""
    controls = [slider("z1", "to the right", TENTHS, 0.0), slider("z2", "upwards", TENTHS, 0.0)]
    alive = "The decoder of notebook 04 runs in this page, from its file of weights."
    return {"controls": controls, "play": None, "ask": None, "model": "plane", "alive": alive}


def caption_panel() -> dict:
    """The game of notebook 08 draws what it is told, in words or by lists."""
    controls = [
        {"name": name, "label": name, "tooltip": name, "kind": "list", "values": words}
        | {"labels": words, "start": words.index("red") if "red" in words else 0}
        for name, words in shapes.ONE.slots.items()
    ]
    said = {"name": "say", "label": "say", "kind": "text", "values": [""], "labels": [""]}
    said |= {"tooltip": "cyan triangle, large, bottom", "start": 0}
    controls += [said, slider("seed", "seed", [*range(100)], 0)]
    return {"controls": controls, "play": None, "ask": None, "model": "caption", "alive": CAPTION}
