"""Every file of benchmarks/ makes what is kept in results/, and pairs of models are compared rightly."""

import importlib
import json
import subprocess
import sys
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from genlib import judges
from genlib.data import Grammar, moved_digits, shapes, split_captions
from genlib.metrics import mean_and_error
from genlib.models import ProgressiveGenerator, StarDiscriminator, StarGenerator
from genlib.recipes import cyclegan
from genlib.training import minibatches
from genlib.widgets import Panel

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PROXY = "configurable-http-proxy"
KEPT = {path.stem: json.loads(path.read_text()) for path in (BENCHMARKS / "results").glob("*.json")}


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module


# --- a file without arguments makes what is kept: the same parts, rows, seeds and columns


def few(rows: int) -> dict[str, torch.Tensor]:
    """Black and white rows of 64 pixels in place of the digits."""
    noise = torch.Generator().manual_seed(0)
    half = torch.full((rows, 64), 0.5)
    return {split: torch.bernoulli(half, generator=noise) for split in ("train", "valid", "test")}


def few_moved(split: str, copies: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = moved_digits(split, 1, seed)
    return images[:70], labels[:70]


def few_large() -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Noise in place of MNIST."""
    noise = torch.Generator().manual_seed(0)
    images, labels = torch.rand(70, 1, 28, 28, generator=noise), torch.arange(70) % 10
    return dict.fromkeys(("train", "valid", "test"), (images, labels))


def few_pictures(
    n: int, size: int = 16, seed: int = 0, grammar: Grammar = shapes.ONE
) -> tuple[torch.Tensor, torch.Tensor]:
    return shapes.seen_pictures(100, size, seed, grammar)


def small_batches(*data: torch.Tensor, size: int, **settings) -> object:
    """Two rows at a step."""
    return minibatches(*data, size=min(size, 2), **settings)


def few_captions(grammar: Grammar = shapes.ONE) -> list[torch.Tensor]:
    return [captions[:3] for captions in split_captions(grammar)]


def narrow_pair(*, halves: bool = False, masked: bool = True) -> torch.nn.ModuleDict:
    """A StarGAN of few channels."""
    generator = StarGenerator(6 + 2 * halves, features=1, blocks=0, masked=masked)
    return torch.nn.ModuleDict(
        {"generator": generator, "discriminator": StarDiscriminator(6, features=1)}
    )


def few_drawn(G: ProgressiveGenerator, size: int) -> torch.Tensor:
    """Sixteen faces, where the benchmark never draws fewer than 500."""
    return G.sample(16, size).clamp(0, 1)


def few_students(notebooks: dict[str, str]) -> dict:
    """A lesson without a hub: who is there, each with one process and one MB."""
    process = importlib.import_module("hub").Process
    hub = [process("jupyterhub", "", 1.0, 1.0, 1.0), process(PROXY, "", 1.0, 1.0, 1.0)]
    sizes = {user: (user, 1.0, 1.0, 1.0) for user in notebooks}
    lab = hub + [process("jupyterhub.singleuser", *sizes[user]) for user in notebooks]
    end = lab + [process("ipykernel", *sizes[user]) for user in notebooks]
    waits = {"login": 1.0, "first": 1.0, "rest": 1.0}
    students = [{"user": user, "notebook": name} | waits for user, name in notebooks.items()]
    return {"alone": hub, "lab": lab, "end": end, "students": students, "load": 1.0}


# What the constants of each file become (an entry of a dict stands for that entry alone). Numbers of seeds stay, and
# so do the names of rows.
SMALL = {"minibatches": small_batches}
PAGE = ("page", "first", "panels", "median", "slowest", "axe", "pictures", "megabytes")
TINY = {
    "genlib.judges": {
        "moved_digits": few_moved,
        "split_captions": few_captions,
        "information_at_fakes": partial(judges.information_at_fakes, n=50),
        "draw_faces": lambda attributes, people: torch.rand(len(people), 3, 32, 32),
        "face_classifier": cache(judges.face_classifier),
        "horse_classifier": cache(judges.horse_classifier),
    },
    "genlib.training.trainings": SMALL,
    "genlib.recipes.dcgan": {"moved_digits": few_moved},
    "genlib.recipes._trainings": {"moved_digits": few_moved} | SMALL,
    "genlib.recipes.infogan": SMALL,
    "genlib.recipes.cyclegan": {"ANIMALS": 8} | SMALL,
    "genlib.recipes.stargan": {"FACES": 16, "star_pair": narrow_pair} | SMALL,
    "course": {"PICTURES": 2, "DRAWS": 1},
    "cyclegan": {
        "LIVE": 6,
        "MOMENTS": tuple(range(1, 7)),
        "TURNS": (0, 1, 2, 3, 4, 5, 7),
        "HELD_PAIRS": 4,
        "trained_cycle": partial(cyclegan.trained_cycle, features=2, blocks=1),
    },
    "dcgan": {"TRIAL": (1, 2), "STEPS": 1, "LONGER": 1, "SAMPLES": 70, "SECONDS": 0.01, "DRAWS": 2},
    "gan": {"STEPS": 2, "IMAGE_STEPS": 2, "SAMPLES": 100},
    "hub": {"missing": lambda: "", "lesson": few_students},
    "infogan": {
        "STEPS": 1,
        "LABELLED_STEPS": 1,
        "SAMPLES": 70,
        "moved_digits": few_moved,
        "LARGE_STEPS": 1,
        "labelled_mnist": lambda path: few_large(),
        "conditional_accuracy": partial(judges.conditional_accuracy, n=50),
    },
    "memory": {
        "measured": lambda source: [("import torch", 300.0, 4.0), ("x = 1", 400.0, 9.0)],
        "write_page": lambda rows: None,
    },
    "nade": {
        "SIZES": [(4, 2, 3)] * 5,
        "DRAWN": [(4, 2, 1)] * 4,
        "HIDDEN": 2,
        "MNIST_STEPS": 20,
        "megabytes_of_training": lambda: 300.0,
    },
    "nade_digits": {
        "STEPS": 1,
        "GREY": few(100),
        "BINARY": few(100),
        "DRAWS": 1,
        "BERNOULLIS": (80,),
        "GAUSSIANS": [("diag", 100)],
    },
    "webpages": {
        "missing": lambda: "",
        "rows_of": lambda names: [dict.fromkeys(PAGE, 1.0) | {"page": name} for name in names],
        "weight": lambda: {"files": 1, "megabytes": 1.0},
    },
    "paired": {},
    "pixelcnn": {
        "GREY": few(4),
        "BINARY": few(4),
        "file_order": partial(few, 4),
        **{name: {"steps": 1} for name in ("GREY_SIZES", "BINARY_SIZES", "GATED_SIZES")},
        "DRAWN": [(8, 1, 1), (8, 1, 1), (4, 1, 1), (4, 1, 1)],
        "MNIST_STEPS": 20,
    },
    "pixelrnn": {
        "BINARY": few(32),
        "SIDES": (2, 2, 2),
        "PAIRS": 1,
        "MOMENTS": tuple(range(1, 17)),
        "STEPS": {"RasterLSTM": 1, "RowLSTM": 1, "DiagonalBiLSTM": 1},
    },
    "genlib.recipes.tokens": {"seen_pictures": few_pictures} | SMALL,
    "genlib.recipes.text2image": {"seen_pictures": few_pictures} | SMALL,
    "genlib.recipes.progressive": {"FACES": 16} | SMALL,
    "progressive": {"FACES": 16, "MOMENTS": 2, "SHARE": 1e-9, "drawn": few_drawn},
    "genlib.recipes.puzzle": {"FACES": 32} | SMALL,
    "puzzle": {
        "LIVE": 8,
        "MOMENTS": tuple(range(1, 9)),
        "HELD_FACES": 4,
        "FACES": 32,
        "constant_mask": lambda: torch.ones(1, 1, 32, 32),
    },
    "speedrun": {"STEPS": 2},
    "stargan": {"LIVE": 6, "MOMENTS": tuple(range(1, 7)), "HELD_FACES": 6},
    "text2image": {
        "GAN_STEPS": 1,
        "TOKEN_STEPS": 1,
        "CODE_STEPS": 2,
        "EACH": 2,
        "SEEN": few_captions()[0],
        "UNSEEN": few_captions()[1],
    },
    "vae": {
        "GREY": few(128),
        "BINARY": few(128),
        "file_order": partial(few, 128),
        "BINARY_STEPS": 1,
        "SIZES_STEPS": 1,
        "LINEAR_STEPS": 1,
        "CODER_STEPS": 1,
        "ADVERSARIAL_STEPS": 1,
        "SAMPLES": 50,
        "MNIST_STEPS": 20,
        "GREY_SETTINGS": {"steps": 1},
        "bound_nats": lambda model, x, k: judges.bound_nats(model, x, 1),
    },
}
FILES = [file for file in TINY if "." not in file]
DATA = {"infogan", "nade", "pixelcnn", "speedrun", "vae"}  # have a part that needs a file of images


@pytest.fixture
def tiny(monkeypatch, benchmark, tmp_path):
    """Runs a file with tiny constants: {name of a result: what would be kept}."""

    def run(file: str, *arguments: str) -> dict:
        for name in [name for name in TINY if "." in name] + [file]:
            module = benchmark(name)
            for constant, value in TINY[name].items():
                old = getattr(module, constant)
                value = old | value if isinstance(value, dict) else value
                monkeypatch.setattr(module, constant, value)
        monkeypatch.setattr(benchmark("parts"), "RESULTS", tmp_path)
        monkeypatch.setattr("sys.argv", [f"{file}.py", *arguments])
        benchmark(file).main()
        return {path.stem: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}

    torch.optim.Adam([torch.zeros(1)])  # the first one imports much of torch, which is no training
    yield run
    judges.real_features.cache_clear()


@pytest.fixture
def mnist(tmp_path):
    """A file as `binarized_mnist` reads it, of 12 blank images a split."""
    path = tmp_path / "mnist.npz"
    blank = np.zeros((12, 98), np.uint8)
    np.savez(path, train=blank, valid=blank, test=blank)
    return str(path)


def shape(found: object, name: str = "") -> object:
    """All that does not depend on training: keys, names, and lengths but those of digits and steps."""
    if isinstance(found, dict):
        return {key: shape(value, key) for key, value in found.items()}
    if isinstance(found, list):
        numbers = not any(isinstance(value, dict) for value in found)
        if name.startswith("each") or (name == "curve" and numbers):
            return "of each digit or step"
        return [shape(value) for value in found]
    return found if isinstance(found, str) and name != "cell" else "a number"


@pytest.mark.parametrize("file", FILES)
def test_a_file_makes_what_is_kept(file, tiny, mnist):
    made = tiny(file, *(["--data", mnist] if file in DATA else []))
    assert made
    for name, found in made.items():
        assert shape(found) == shape(KEPT[name]), name


def test_every_result_is_made_by_a_file(benchmark):
    made = {
        f"{file.removesuffix('_digits')}_{part}"
        for file in FILES
        for part in getattr(benchmark(file), "PARTS", {})
    }
    assert made | {"hub", "memory", "paired", "webpages"} == set(KEPT)
    others = {path.stem for path in BENCHMARKS.glob("*.py")} - set(FILES)
    assert others == {"parts", "panels", "shipped"}  # the last two print only


def test_a_part_without_its_data_is_skipped_with_a_line(tiny, capsys):
    assert tiny("nade", "mnist_317") == {}
    assert capsys.readouterr().out == "nade_mnist_317 is skipped: it needs --data\n"


@pytest.mark.parametrize("file", sorted(set(FILES) | {"panels", "shipped"}))
def test_a_part_that_is_not_there_ends_in_a_line(file, benchmark, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", [f"{file}.py", "nosuch"])
    with pytest.raises(SystemExit) as ended:
        benchmark(file).main()
    *_, line = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2 and "nosuch" in line
    parts = getattr(benchmark(file), "PARTS", {}) if file != "shipped" else {}
    assert all(part in line for part in parts)


def test_panels_prints_what_a_move_costs(benchmark, monkeypatch, capsys):
    panels = benchmark("panels")
    panel = Panel(lambda grey=3: torch.full((4, 4), grey / 10), grey=(0, 10))
    monkeypatch.setattr(panels, "panels_of", lambda source: [panel])
    monkeypatch.setattr(panels, "MOVES", 3)
    monkeypatch.setattr("sys.argv", ["panels.py", "01_chain_rule", "02_nade"])
    panels.main()
    _, *rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == ["01_chain_rule", "02_nade"]


def test_a_recipe_that_makes_something_else_is_found(benchmark, monkeypatch, capsys):
    shipped = benchmark("shipped")
    short = {name: (partial(part, steps=2), most) for name, (part, most) in shipped.PARTS.items()}
    monkeypatch.setattr(shipped, "PARTS", short)
    monkeypatch.setattr("sys.argv", ["shipped.py"])
    with pytest.raises(SystemExit, match="NADE.*VAE"):
        shipped.main()


def test_a_result_is_replaced_at_once_or_not_at_all(benchmark, monkeypatch, tmp_path, capsys):
    parts, write = benchmark("parts"), Path.write_text
    monkeypatch.setattr(parts, "RESULTS", tmp_path)
    parts.keep("small", {"nats": 1.0})

    def full(self, text, **_):
        write(self, text[:3])
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="no space"):
        parts.keep("small", {"nats": 2.0})
    assert '{"nats": 2.0}' in capsys.readouterr().out  # hours of work
    assert [path.name for path in tmp_path.iterdir()] == ["small.json"]
    assert json.loads((tmp_path / "small.json").read_text()) == {"nats": 1.0}


def test_minutes_of_a_curve_are_those_of_the_training_without_the_judge(benchmark, monkeypatch):
    parts, seconds = (
        benchmark("parts"),
        iter([0.0, 60.0, 90.0, 210.0, 210.0]),
    )  # the clock, as asked
    monkeypatch.setattr(parts.time, "process_time", lambda: next(seconds))
    curve, on_score = parts.over_minutes(lambda model: {"test": float(model.out_features)})
    on_score(nn.Linear(1, 7), 5, 3.5)  # a minute of training, half a minute of judging
    on_score(nn.Linear(1, 8), 9, 2.5)  # two minutes of training
    assert curve == [
        {"step": 5, "minutes": 1.0, "valid": 3.5, "test": 7.0},
        {"step": 9, "minutes": 3.0, "valid": 2.5, "test": 8.0},
    ]


def test_a_notebook_measured_again_replaces_its_row_and_no_other(tiny, benchmark, monkeypatch):
    tiny("memory")
    monkeypatch.setitem(
        TINY["memory"], "measured", lambda source: [("", 1.0, 1.0), ("", 2.0, 11.0)]
    )
    rows = {row["notebook"]: row for row in tiny("memory", "02_nade")["memory"]["rows"]}
    assert list(rows) == sorted(rows) and len(rows) == 13
    assert [name for name, row in rows.items() if row["peak"] != 400] == ["02_nade"]
    text = "| [02](notebooks/02_nade.ipynb) | x | 5 | 7 |\n| [03](notebooks/03.ipynb) | 5 | 7 |"
    assert benchmark("memory").page(text, [rows["02_nade"]]) == text.replace("5 | 7", "15 | 2", 1)


# --- pages, as far as it can be told without them


def test_without_pages_the_rest_is_measured_and_the_old_result_stays(
    benchmark, monkeypatch, capsys, tmp_path
):
    pages = benchmark("webpages")
    monkeypatch.setattr(pages, "SITE", tmp_path)
    monkeypatch.setattr(benchmark("parts"), "RESULTS", tmp_path)
    monkeypatch.setattr("sys.argv", ["webpages.py"])
    pages.main()
    assert "webpages is skipped: the pages are not in _site/" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


# --- a hub, as far as it can be told without one


def test_memory_is_told_by_who_has_it_and_for_what(benchmark):
    hub = benchmark("hub")
    found = hub.table(
        [
            hub.Process("python -m jupyterhub --config c.py", "", 100.0, 120.0, 130.0),
            hub.Process(f"node /usr/bin/{PROXY} --ip", "", 50.0, 60.0, 70.0),
            hub.Process("python -m jupyterhub.singleuser", "ada", 10.0, 11.0, 12.0),
            hub.Process("python -m ipykernel_launcher -f a", "ada", 1.0, 2.0, 3.0),
            hub.Process("python -m ipykernel_launcher -f b", "ada", 10.0, 20.0, 30.0),
            hub.Process("python -m jupyterhub.singleuser", "ben", 20.0, 21.0, 22.0),
            hub.Process("git status", "ben", 1.0, 1.0, 1.0),
        ]
    )
    assert {name: tuple(sizes.values()) for name, sizes in found.items()} == {
        "hub": (100, 120, 130),
        "proxy": (50, 60, 70),
        "ada's server": (10, 11, 12),
        "ada's kernel": (11, 22, 33),
        "ben's server": (20, 21, 22),
        "ben's helper": (1, 1, 1),
    }


def test_what_a_hub_needs_and_is_not_there_is_said_in_a_sentence(benchmark, monkeypatch):
    hub = benchmark("hub")
    monkeypatch.setattr(hub.in_tests("browsing"), "find_browser", lambda: None)
    monkeypatch.setattr(hub.shutil, "which", lambda name: None)
    monkeypatch.setattr(hub.importlib.util, "find_spec", lambda name: None)
    if not Path("/proc/self/smaps_rollup").exists():
        assert "only Linux" in hub.missing()
        return
    assert "`pip install jupyterhub`" in hub.missing()
    monkeypatch.setattr(hub.importlib.util, "find_spec", lambda name: name)
    assert f"`npm install -g {PROXY}`" in hub.missing()
    monkeypatch.setattr(hub.shutil, "which", lambda name: name)
    assert "Chromium" in hub.missing()
    monkeypatch.setattr(hub.in_tests("browsing"), "find_browser", lambda: "chromium")
    assert hub.missing() == ""


def test_without_a_hub_the_rest_is_measured_and_the_old_result_stays(
    benchmark, monkeypatch, tmp_path, capsys
):
    hub = benchmark("hub")
    monkeypatch.setattr(benchmark("parts"), "RESULTS", tmp_path)
    monkeypatch.setattr(hub, "missing", lambda: "no hub here")
    monkeypatch.setattr("sys.argv", ["hub.py"])
    hub.main()
    assert capsys.readouterr().out == "hub is skipped: no hub here\n"
    assert list(tmp_path.iterdir()) == []


STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print("ready", flush=True)
time.sleep(60)
"""


def test_nothing_is_left_of_a_hub_that_does_not_want_to_end(benchmark, monkeypatch, capsys):
    hub = benchmark("hub")
    monkeypatch.setattr(hub, "PATIENCE", 0.2)
    command = [sys.executable, "-c", STUBBORN]
    with hub.psutil.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().strip() == b"ready"
        (child,) = process.children()
        hub.end(process)
        assert not process.is_running() and not child.is_running()
    assert capsys.readouterr().out.startswith("2 processes of the hub did not end")


# --- seeds and pairs of models


def test_seeds_are_told_with_their_spread_and_images_with_their_error(benchmark):
    each = torch.tensor([[1.0, 5.0, 3.0], [2.0, 6.0, 7.0]])  # two seeds, three images
    found = benchmark("parts").over_seeds(each)
    mean, error = mean_and_error(torch.tensor([1.5, 5.5, 5.0]))
    assert (found["test"], found["error"]) == pytest.approx((mean, error))
    assert found["seeds"] == pytest.approx([3.0, 5.0]) and found["each"] == [1.5, 5.5, 5.0]
    assert found["spread"] == pytest.approx(2**0.5)
    assert benchmark("parts").over_seeds(each[:1])["spread"] == 0


def test_models_that_differ_by_the_same_on_each_digit_differ_without_error(benchmark):
    paired = benchmark("paired")
    hard = torch.randn(300) * 4 + 16
    one, other = paired.Model(hard + 0.5, 0.03), paired.Model(hard, 0.04)
    found = paired.compared(one, other)
    assert found["difference"] == pytest.approx(0.5, abs=1e-5) and found["error"] < 1e-5
    assert found["seeds_error"] == pytest.approx(0.05)


def test_the_differences_that_are_kept_are_those_of_the_nats_that_are_kept(benchmark):
    paired = benchmark("paired")
    models = paired.models()
    for rows in paired.kept("paired").values():
        for row in rows:
            found = paired.compared(models[row["model"]], models[row["less"]])
            assert row | found == pytest.approx(row, abs=1e-3)
            assert row["error"] < mean_and_error(models[row["less"]].nats)[1]
