"""The networks that the pages run themselves, held against torch at 200 random settings each."""

import pytest
import torch
from browsing import ROOT, part
from torch import nn

from genlib import metrics, weights
from genlib.data import binarize, digits, shapes, words_right
from genlib.models import NADE, OrderEnsemble
from genlib.recipes import dcgan, text2image, vae

SETTINGS = 200
CLOSE = 1e-5
NOISE = torch.Generator().manual_seed(0)
SCRIPTS = ("panel.js", "nets.js", "models.js")
FILE = """async (name) => {
    const bytes = await (await fetch("live/" + name)).arrayBuffer();
    window.w = readSafetensors(bytes);
}"""


@pytest.fixture(scope="module")
def live(tmp_path_factory, chromium):
    """A page with the scripts and the files of all four models."""
    folder = tmp_path_factory.mktemp("live")
    part("live").write_live(folder / "live")
    texts = [(ROOT / "site/static" / name).read_text("utf-8") for name in SCRIPTS]
    scripts = "".join(f"<script>{text}</script>" for text in texts)
    (folder / "index.html").write_text(f"<!doctype html><meta charset=utf-8>{scripts}", "utf-8")
    with part("pdf").served(folder) as address:
        page = chromium.new_page()
        page.goto(f"{address}/index.html")
        yield page
        page.close()


def far(came, due):
    """The largest difference between a list of rows and a tensor."""
    return (torch.tensor(came, dtype=torch.float64) - due.double()).abs().max().item()


def test_the_decoder_of_the_vae(live):
    model = nn.ModuleList(vae.digit_vae(Z, hidden=128) for Z in (2, 8)).eval()
    weights.load("vae_digits", model)
    z = 6 * torch.rand(SETTINGS, 2, generator=NOISE) - 3
    with torch.no_grad():
        due = model[0].decode(z).probs
    live.evaluate(FILE, "vae_digits.safetensors")
    came = live.evaluate("z => z.map(one => [...decoded(one, 1, w, '0.decoder')])", z.tolist())
    assert far(came, due) <= CLOSE and due.std() > 0.1


def test_every_conditional_of_nade_in_every_order(live):
    ensemble = OrderEnsemble([NADE(64, 128) for _ in range(4)], torch.arange(64).expand(4, 64))
    weights.load("nade_orders", ensemble)
    x = torch.rand(SETTINGS, 64, generator=NOISE).round()
    live.evaluate(FILE, "nade_orders.safetensors")
    assert live.evaluate("[...w.orders.data]") == ensemble.orders.flatten().tolist()
    for k, model in enumerate(ensemble.models):
        with torch.no_grad():
            due = model.conditionals(x).probs
        came = live.evaluate(f"x => x.map(row => [...nade(row, w, 'models.{k}')])", x.tolist())
        assert far(came, due) <= CLOSE


def test_nade_draws_as_often_as_it_says(live):
    live.evaluate(FILE, "nade_orders.safetensors")
    model = NADE(64, 128)
    ensemble = OrderEnsemble(
        [model] + [NADE(64, 128) for _ in range(3)], torch.arange(64).expand(4, 64)
    )
    weights.load("nade_orders", ensemble)
    drawn = live.evaluate(
        """() => [...Array(2000).keys()].map(seed => {
            const { uniform } = dice(seed), x = new Float64Array(64);
            nade(x, w, "models.0", (i, p) => { x[i] = Number(uniform() < p); });
            return [...x];
        })"""
    )
    x = torch.tensor(drawn, dtype=torch.float32)
    with torch.no_grad():
        cost = -model.log_prob(x)
        own = -model.log_prob(model.sample(2000, generator=NOISE))
    # its own samples cost it its entropy: both means have a standard error near 0.14
    assert abs(cost.mean() - own.mean()) < 0.8


def test_the_generator_of_the_dcgan(live):
    pair = dcgan.dcgan_pair().eval()
    weights.load("dcgan_digits", pair)
    z = torch.randn(SETTINGS, 16, generator=NOISE)
    with torch.no_grad():
        due = pair["generator"](z).flatten(1)
    live.evaluate(FILE, "dcgan_digits.safetensors")
    came = live.evaluate(
        "z => z.map(one => [...generated(Float64Array.from(one), 1, w, 'generator')])", z.tolist()
    )
    assert far(came, due) <= CLOSE
    together = live.evaluate(
        "z => [...generated(Float64Array.from(z.flat()), z.length, w, 'generator')]", z[:9].tolist()
    )
    assert far(together, due[:9].flatten()) <= CLOSE


def test_the_generator_of_captions_and_its_judge(live):
    G, _ = text2image.shipped_gan()
    every = shapes.ONE.every
    text = every[torch.randint(len(every), (SETTINGS,), generator=NOISE)]
    z = G.noise(SETTINGS, NOISE)
    with torch.no_grad():
        due = G(z, text)
    live.evaluate(FILE, "gan_cls_shapes.safetensors")
    came = live.evaluate(
        """([z, text]) => z.map((one, k) =>
            [...captioned(Float64Array.from(one), text[k], 1, w, "generator")])""",
        [z.tolist(), text.tolist()],
    )
    assert far(came, due.flatten(1)) <= CLOSE
    read = live.evaluate(
        """async (pictures) => {
            const data = await (await fetch("live/caption.json")).json();
            const masks = new Uint16Array(await (await fetch("live/masks.bin")).arrayBuffer());
            const judge = { ...data.judge, masks: Float64Array.from(masks, half) };
            return pictures.map(x => seen(Float64Array.from(x), judge));
        }""",
        due.flatten(1).tolist(),
    )
    right = torch.tensor(read) == shapes.ONE.choices(text)
    # masks of half precision move the best fit of a rare picture that shows nothing clear
    assert (right == words_right(due, text)).all(1).float().mean() >= 0.99


def test_the_nearest_digit_is_the_one_of_the_library(live):
    images, labels = (binarize(digits("train")[0]).flatten(1), digits("train")[1])
    drawn = live.evaluate(
        """async () => {
            window.draw = await loadCourseModel("completion", "live/");
            return draw({ order: "raster", known: 24, digit: 0, seed: 3 }).line;
        }"""
    )
    test, truth = binarize(digits("test")[0]).flatten(1), digits("test")[1]
    assert drawn.endswith(f"of 8 completions look like the true digit, {truth[0]}")
    # a digit that is known to its last pixel but eight is mostly itself
    assert (
        live.evaluate("() => draw({ order: 'raster', known: 56, digit: 0, seed: 0 }).line[0]")
        >= "4"
    )
    assert labels[metrics.nearest_neighbours(test[:1], images)] == truth[0]


def test_a_setting_always_draws_the_same(live):
    for model, values in {
        "plane": {"z1": 0.3, "z2": -1.2},
        "completion": {"order": "column", "known": 16, "digit": 7, "seed": 1},
        "walk": {"first": 2, "second": 14},
        "caption": {
            "size": "large",
            "colour": "cyan",
            "shape": "cross",
            "place": "left",
            "say": "",
            "seed": 4,
        },
    }.items():
        one, other = live.evaluate(
            """async ([model, values]) => {
                const draw = await loadCourseModel(model, "live/");
                return [0, 1].map(() => { const { canvas, line } = draw(values); return canvas.toDataURL() + line; });
            }""",
            [model, values],
        )
        assert one == other


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("cyan triangle, large, bottom", "a large cyan triangle at the bottom"),
        ("at the Center a small red circle", "a small red circle at the centre"),
        ("a large dog at the top", "no word dog"),
        ("large red circle", "say its place too"),
        ("large small red circle top", "one thing of each kind, not small too"),
    ],
)
def test_a_caption_in_words(live, said, answer):
    values = {
        "size": "small",
        "colour": "red",
        "shape": "cross",
        "place": "top",
        "say": said,
        "seed": 0,
    }
    line = live.evaluate(
        "async values => (await loadCourseModel('caption', 'live/'))(values).line", values
    )
    assert answer in line


def test_a_caption_says_whether_it_was_trained_on(live):
    unseen = {shapes.ONE.text(row) for row in shapes.split_captions(shapes.ONE)[1]}
    captions = shapes.ONE.every[::7]
    texts = [shapes.ONE.text(row) for row in captions]
    lines = live.evaluate(
        """async texts => {
            const draw = await loadCourseModel("caption", "live/");
            return texts.map(say => draw({ say, seed: 0 }).line);
        }""",
        texts,
    )
    held = [", held out: " in line for line in lines]
    assert held == [text in unseen for text in texts] and any(held) and not all(held)
