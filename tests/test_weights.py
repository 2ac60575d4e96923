"""Weight files: what comes back, and what is said of a file that cannot be used."""

import copy
import hashlib
import math

import pytest
import torch
from torch import nn

from genlib import weights
from genlib.models import NADE


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
