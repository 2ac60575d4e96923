"""Weight files: what comes back, and what is said of a file that cannot be used."""

import contextlib
import copy
import hashlib
import math
import shutil
import signal
import subprocess
import sys

import pytest
import torch
from small import weights_of
from torch import nn

from genlib import recipes, weights
from genlib.models import NADE
from genlib.recipes import tokens, vae
from genlib.recipes.__main__ import main

SHIPPED = weights.FOLDER


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    return tmp_path


def test_weights_come_back_in_half_precision_with_their_story(folder):
    saved, loaded = NADE(6, hidden=4), NADE(6, hidden=4)
    path = weights.save("small", saved, {"steps": 12, "nats": "test 3.50"})
    assert path == folder / "small.safetensors"
    assert weights.load("small", loaded) == {"steps": "12", "nats": "test 3.50"}
    for (name, before), after in zip(saved.named_parameters(), loaded.parameters(), strict=True):
        assert torch.equal(before.half().float(), after), name
        assert after.dtype == torch.float32


def test_a_double_module_stays_double_and_counts_stay_whole(folder):
    class Counted(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.rand(3, dtype=torch.float64))
            self.register_buffer("count", torch.tensor([70_001]))

    loaded = Counted()
    loaded.count -= 1
    weights.save("counted", Counted(), {})
    weights.load("counted", loaded)
    assert (loaded.weight.dtype, loaded.count.item()) == (torch.float64, 70_001)


def test_a_missing_file_is_told_with_those_that_are_there(folder):
    weights.save("there", NADE(6, hidden=4), {})
    with pytest.raises(FileNotFoundError, match=r"name must be one of \['there'\], got 'gone'"):
        weights.load("gone", NADE(6, hidden=4))


@pytest.mark.parametrize("kept", [0, 5, 60, -1])
def test_a_truncated_file_is_told(folder, kept):
    path = weights.save("small", NADE(6, hidden=4), {})
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(OSError, match="small.safetensors is damaged: .*make weights NAME=small"):
        weights.load("small", NADE(6, hidden=4))


def test_a_file_that_holds_no_weights_is_told(folder):
    (folder / "note.safetensors").write_text("these are no weights, but a note")
    with pytest.raises(OSError, match="note.safetensors is damaged"):
        weights.load("note", NADE(6, hidden=4))


@pytest.mark.parametrize("other", [NADE(6, hidden=5), nn.Linear(6, 4)], ids=["size", "names"])
def test_foreign_weights_are_refused_and_leave_the_module_as_it_was(folder, other):
    weights.save("foreign", other, {})
    module = NADE(6, hidden=4)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    with pytest.raises(ValueError, match="module must hold.*'foreign'"):
        weights.load("foreign", module)
    assert all(torch.equal(before[key], value) for key, value in module.state_dict().items())


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "", ".", "/tmp/x", "a\0b", "a" * 300, "é", None, 7]
)
def test_a_name_that_is_no_plain_word_is_refused_and_nothing_is_written(folder, name):
    inside = folder / "weights"
    inside.mkdir()
    (folder / "x.safetensors").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "FOLDER", inside)
        with pytest.raises(ValueError, match="name must be"):
            weights.save(name, nn.Linear(2, 1), {})
        with pytest.raises((ValueError, FileNotFoundError), match="name must be"):
            weights.load(name, nn.Linear(2, 1))
    assert not list(inside.iterdir())


def test_a_file_is_replaced_at_once_or_not_at_all(folder, monkeypatch):
    path = weights.save("small", nn.Linear(2, 1), {})
    before, written = path.read_bytes(), []

    def broken_off(self, data):
        written.append(self)
        with self.open("wb") as file:
            file.write(data[:9])
        raise KeyboardInterrupt

    monkeypatch.setattr(type(path), "write_bytes", broken_off)
    with pytest.raises(KeyboardInterrupt):
        weights.save("small", nn.Linear(2, 1), {})
    assert (
        written
        and path.read_bytes() == before
        and sorted(folder.iterdir()) == [folder / "SHA256SUMS", path]
    )


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_a_file_with_a_weight_that_is_no_number_is_told_and_not_loaded(folder, odd):
    module = nn.Linear(2, 1)
    tensors = {key: value.detach().half() for key, value in module.state_dict().items()}
    tensors["bias"] = torch.full((1,), odd, dtype=torch.half)
    (folder / "odd.safetensors").write_bytes(weights.serialize(tensors))
    with pytest.raises(OSError, match=r"odd.safetensors is damaged: \['bias'\] hold"):
        weights.load("odd", module)
    assert module.bias.isfinite().all()


def test_whole_numbers_are_no_weights(folder):
    module = nn.Linear(2, 1)
    tensors = {key: value.detach().short() for key, value in module.state_dict().items()}
    (folder / "odd.safetensors").write_bytes(weights.serialize(tensors))
    with pytest.raises(ValueError, match="module must hold .*int16"):
        weights.load("odd", module)


@pytest.mark.parametrize("odd", [torch.int8, torch.int64, torch.bool, torch.complex64])
def test_whole_numbers_of_another_type_are_refused(folder, odd):
    module = weights.Record(levels=torch.arange(6, dtype=torch.uint8))
    (folder / "odd.safetensors").write_bytes(weights.serialize({"levels": torch.ones(6).to(odd)}))
    with pytest.raises(ValueError, match=f"module must hold .*{str(odd)[6:]}.*uint8"):
        weights.load("odd", module)
    assert module.levels.tolist() == [*range(6)]


def test_a_list_that_is_damaged_costs_no_file_that_is_whole(folder):
    module = nn.Linear(2, 1)
    weights.save("small", module, {})
    path = folder / "SHA256SUMS"
    path.write_bytes(path.read_bytes().replace(b"small", b"sm\xffll"))
    weights.load("small", module)
    path.write_bytes(b"\xff" + weights.SUMS.encode())
    weights.load("small", module)


def test_a_full_disk_is_told_with_the_file_and_leaves_the_one_that_was_there(folder, monkeypatch):
    path = weights.save("small", nn.Linear(2, 1), {})
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full)
    with pytest.raises(OSError, match=r"small.safetensors was not written, .*No space left"):
        weights.save("small", nn.Linear(2, 1), {})
    assert path.read_bytes() == before and len(list(folder.iterdir())) == 2


def test_a_module_that_would_take_more_than_its_megabyte_is_refused(folder):
    with pytest.raises(ValueError, match="module must fit 1,000,000 bytes"):
        weights.save("large", nn.Linear(1000, 500), {})
    assert not list(folder.iterdir())


@pytest.mark.parametrize("broken", [1e5, torch.nan])
def test_numbers_that_half_precision_cannot_hold_are_refused(folder, broken):
    module = nn.Linear(2, 2)
    nn.init.constant_(module.bias, broken)
    with pytest.raises(ValueError, match="module must hold numbers below 65,504.*bias"):
        weights.save("broken", module, {})


def test_a_refused_module_leaves_the_file_that_was_there(folder):
    path = weights.save("here", NADE(6, hidden=4), {})
    before = path.read_bytes()
    with pytest.raises(ValueError, match="must fit"):
        weights.save("here", nn.Linear(1000, 500), {})
    assert path.read_bytes() == before


def test_a_record_is_tensors_under_their_names(folder):
    kept = weights.Record(levels=torch.arange(6, dtype=torch.uint8), score=torch.rand(2))
    weights.save("record", kept, {})
    found = weights.Record(levels=torch.zeros(6, dtype=torch.uint8), score=torch.zeros(2))
    weights.load("record", found)
    assert torch.equal(found.levels, kept.levels)
    assert torch.equal(found.score, weights.as_shipped(kept).score)


def test_a_single_flipped_bit_anywhere_is_told_and_changes_nothing(folder):
    module, path = NADE(6, hidden=4), weights.save("small", NADE(6, hidden=4), {"steps": 3})
    before, whole = copy.deepcopy(module.state_dict()), path.read_bytes()
    for bit in range(0, 8 * len(whole), 97):
        broken = bytearray(whole)
        broken[bit // 8] ^= 1 << bit % 8
        path.write_bytes(broken)
        with pytest.raises(OSError, match="small.safetensors is damaged"):
            weights.load("small", module)
    assert all(torch.equal(before[key], value) for key, value in module.state_dict().items())
    path.write_bytes(whole)
    assert weights.load("small", module) == {"steps": "3"}


def test_a_trial_is_not_listed_but_all_else_is(folder):
    for name in ("small", "small_trial"):
        weights.save(name, NADE(6, hidden=4), {})
    [line] = (folder / "SHA256SUMS").read_text().splitlines()
    assert line.endswith("  small.safetensors")
    weights.load("small_trial", NADE(6, hidden=4))


def test_two_files_that_changed_places_are_told(folder):
    one, other = (weights.save(name, NADE(6, hidden=4), {}) for name in ("one", "other"))
    one.write_bytes(other.read_bytes())
    with pytest.raises(OSError, match="one.safetensors is damaged: .*SHA256SUMS"):
        weights.load("one", NADE(6, hidden=4))


def test_a_file_that_is_not_listed_is_loaded_if_it_is_whole_and_in_half_precision(folder):
    saved, loaded = nn.Linear(2, 1), nn.Linear(2, 1)
    half = {key: value.detach().half() for key, value in saved.state_dict().items()}
    (folder / "mine.safetensors").write_bytes(weights.serialize(half))
    weights.load("mine", loaded)
    assert torch.equal(loaded.weight, saved.weight.half().float())
    for odd in (torch.float32, torch.float64):
        wide = {key: value.to(odd) for key, value in half.items()}
        (folder / "mine.safetensors").write_bytes(weights.serialize(wide))
        with pytest.raises(OSError, match="'weight'.* are not in half precision"):
            weights.load("mine", loaded)
    complex_numbers = {key: value.to(torch.complex64) for key, value in half.items()}
    (folder / "mine.safetensors").write_bytes(weights.serialize(complex_numbers))
    with pytest.raises((OSError, ValueError), match="mine"):
        weights.load("mine", loaded)


def test_every_shipped_file_is_listed_as_it_is():
    lines = (weights.FOLDER / "SHA256SUMS").read_text().splitlines()
    listed = dict(reversed(line.split()) for line in lines)
    files = weights.FOLDER.glob("*.safetensors")
    shipped = {p.name: p for p in files if not p.stem.endswith("_trial")}
    assert listed.keys() == shipped.keys()
    for name, path in shipped.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == listed[name], name


# --- a short training in the place of a file


@pytest.fixture
def trained(monkeypatch):
    """The commands that were given; each makes what it is asked for, here, and with the fewest steps."""
    given = []

    def run(command, env, **_):
        given.append(command[1:])
        assert env["GENLIB_SHORT"] == "1"  # a judge that is damaged too is trained there as well
        monkeypatch.setattr(sys, "argv", command[2:])
        handler = signal.getsignal(signal.SIGINT)
        try:
            main()
        except SystemExit as end:
            return subprocess.CompletedProcess(command, end.code, stderr="bar\nno paper: stopped")
        finally:
            signal.signal(signal.SIGINT, handler)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(weights.subprocess, "run", run)
    monkeypatch.setattr(weights, "_MADE", {})
    monkeypatch.setenv("GENLIB_SHORT", "1")
    monkeypatch.setattr(recipes, "SECONDS", 0.0)
    return given


def pair():
    return nn.ModuleList(vae.digit_vae(Z, hidden=128) for Z in (2, 8))


def test_a_whole_file_is_loaded_and_nothing_trained_or_said(trained, capsys):
    loaded, same = pair(), pair()
    assert weights.load_or_train("vae_digits", loaded) == weights.load("vae_digits", same)
    assert torch.equal(weights_of(loaded), weights_of(same))
    assert (trained, capsys.readouterr().out) == ([], "")


@pytest.mark.parametrize("left", [None, 0, 60_000], ids=["missing", "empty", "cut off"])
def test_a_short_training_takes_the_place_of_a_file_and_says_so(folder, trained, capsys, left):
    shutil.copy(SHIPPED / weights.SUMS, folder)
    data = (SHIPPED / "vae_digits.safetensors").read_bytes()
    if left is not None:
        (folder / "vae_digits.safetensors").write_bytes(data[:left])
    before = {file: file.read_bytes() for file in folder.iterdir()}
    loaded, untrained = pair(), pair()
    untrained.load_state_dict(loaded.state_dict())
    told = weights.load_or_train("vae_digits", loaded)
    assert told["steps"] == str(1600 // recipes.SHORTER)
    assert not torch.equal(weights_of(loaded), weights_of(untrained))
    said = capsys.readouterr().out
    assert f"vae_digits.safetensors is {'missing' if left is None else 'damaged'}" in said
    assert (
        "make weights NAME=vae_digits" in said
        and "training of a minute or two takes its place" in said
    )
    assert "worse than the text says" in said
    assert {file: file.read_bytes() for file in folder.iterdir()} == before  # it is not kept
    again = pair()
    assert weights.load_or_train("vae_digits", again) == told and len(trained) == 1
    assert torch.equal(weights_of(again), weights_of(loaded)) and not capsys.readouterr().out


def test_a_swapped_file_is_trained_anew_too(folder, trained, capsys):
    shutil.copy(SHIPPED / weights.SUMS, folder)
    shutil.copy(SHIPPED / "nade_orders.safetensors", folder / "vae_digits.safetensors")
    assert weights.load_or_train("vae_digits", pair())["model"]
    assert "not the one that SHA256SUMS lists" in capsys.readouterr().out


def test_a_swapped_file_of_equal_shapes_is_found_without_the_list_too(folder):
    shutil.copy(SHIPPED / "codes_pairs.safetensors", folder / "codes_shapes.safetensors")
    with pytest.raises(OSError, match="codes_shapes.safetensors is damaged: it holds codes_pairs"):
        weights.load("codes_shapes", tokens.code_model())


def test_a_name_that_no_recipe_has_is_told_as_ever(folder, trained):
    with pytest.raises(FileNotFoundError, match="name must be one of .*, got 'gone'"):
        weights.load_or_train("gone", pair())
    assert trained == []
    (folder / "mine_trial.safetensors").write_text("these are no weights, but a note")
    with pytest.raises(OSError, match="mine_trial.safetensors is damaged"):
        weights.load_or_train("mine_trial", pair())


def test_a_short_training_that_fails_says_why_and_the_file_is_told(folder, trained, capsys):
    (folder / "mine_trial.safetensors").write_text("these are no weights, but a note")
    with pytest.raises(OSError, match="mine_trial.safetensors is damaged"):
        weights.load_or_train("mine_trial", pair())
    assert "... but it failed: no paper: stopped" in capsys.readouterr().out and len(trained) == 1


@pytest.mark.parametrize(
    "wish, notebook, trains",
    [(None, False, False), (None, True, True), ("0", True, False), ("1", False, True)],
)
def test_only_a_notebook_takes_a_short_training_for_a_file(
    folder, trained, monkeypatch, capsys, wish, notebook, trains
):
    shutil.copy(SHIPPED / weights.SUMS, folder)
    monkeypatch.delenv("GENLIB_SHORT")
    if wish:
        monkeypatch.setenv("GENLIB_SHORT", wish)
    shell = object() if notebook else None
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    with contextlib.nullcontext() if trains else pytest.raises(FileNotFoundError):
        weights.load_or_train("vae_digits", pair())
    assert len(trained) == trains and bool(capsys.readouterr().out) == trains


def test_a_model_of_mnist_learns_from_the_courses_digits_in_a_short_training(monkeypatch):
    monkeypatch.setattr(recipes, "SECONDS", 0.0)
    seen = []
    monkeypatch.setattr(recipes, "make", lambda *given: seen.append(given) or (None, {}))
    monkeypatch.setattr(recipes, "write_as_mnist", lambda path: seen.append(path))
    recipes.make_short("classifier_mnist")
    path, (name, steps, data) = seen
    assert (name, steps, data) == ("classifier_mnist", 2600 // recipes.SHORTER, path)
    recipes.make_short("classifier_mnist", "mine.npz")
    assert seen[2][2] == "mine.npz"


def test_a_short_training_is_longer_where_there_is_time(monkeypatch):
    steps, clock = [], iter([0.0, 1.0, 0.0, 20.0, 0.0, 0.01])
    monkeypatch.setattr(recipes.time, "process_time", lambda: next(clock))
    monkeypatch.setattr(recipes, "make", lambda name, n, data: steps.append(n) or (None, {}))
    for _ in range(3):
        recipes.make_short("vae_digits")
    assert steps == [26, 26 * 15, 26, 26, 1600]
