"""The recipes of the conditional GAN and of InfoGANs."""

import copy

import pytest
import torch
from small import weights_of
from torch import nn

from genlib import judges
from genlib.data import augment, digits, enlarge
from genlib.models.gan import discriminator_loss, r1_penalty
from genlib.recipes import infogan
from genlib.training import minibatches, play
from genlib.weights import as_shipped


def played_infogan(steps, seed=0, **settings):
    """A pair from the same first weights, trained."""
    torch.manual_seed(0)
    pair = infogan.infogan_pair()
    infogan.train_infogan(pair, steps, seed, **settings)
    return pair


def test_an_infogan_game_repeats_itself_and_tells_each_step():
    seen = []
    first = played_infogan(2, on_step=seen.append)
    assert seen == [0, 1] and not first["discriminator"].training
    assert torch.equal(weights_of(first), weights_of(played_infogan(2)))
    assert not torch.equal(weights_of(first), weights_of(played_infogan(2, seed=1)))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("moved", [False, True])
def test_d_and_q_see_every_real_digit_moved_and_every_fake_where_it_is_said(
    shared, moved, monkeypatch
):
    """The move is a mirror here, so that it shows. First D loses, then G and Q."""
    mirror = lambda x, noise=None: x.flip(3)
    monkeypatch.setattr(infogan, "augment", mirror)
    pair, seen, drawn = infogan.infogan_pair(), [], []
    G, D = pair["generator"], pair["discriminator"]
    D.layers[0].register_forward_pre_hook(lambda layer, x: seen.append((x[0] + 1) / 2))
    G.register_forward_hook(lambda net, z, x: drawn.append(x.detach()))
    shown = mirror if moved else lambda x: x
    noise, real = torch.Generator().manual_seed(0), enlarge(digits("train")[0][:6])
    losses = infogan.infogan_losses(G, D, noise, moved=moved, shared=shared)
    for loss, expected in zip(losses, (2, 1), strict=True):  # passes
        seen.clear(), drawn.clear()
        loss(real)
        (fake,) = drawn
        among = lambda x: sum(torch.allclose(x, one, atol=1e-6) for one in seen)
        assert len(seen) == expected
        assert among(shown(fake)) == 1 and among(mirror(real)) == expected - 1


@pytest.mark.parametrize("shared", [False, True])
def test_the_information_moves_the_trunk_only_where_it_is_shared(shared):
    """After one step: D moves first, and draws the same whatever lambda is."""
    deaf, led = (played_infogan(1, lam=lam, shared=shared) for lam in (0.0, 1.0))
    trunks = [weights_of(pair["discriminator"].layers) for pair in (deaf, led)]
    assert torch.equal(*trunks) != shared
    assert not torch.equal(weights_of(deaf["generator"]), weights_of(led["generator"]))
    torch.manual_seed(0)
    untouched = infogan.infogan_pair()["discriminator"].q
    assert torch.equal(weights_of(deaf["discriminator"].q), weights_of(untouched))
    assert not torch.equal(weights_of(led["discriminator"].q), weights_of(untouched))


def test_a_sheet_has_a_category_a_row_and_the_same_noise_down_each_column():
    G = infogan.infogan_pair().eval()["generator"]
    x, noise = infogan.sheet_of_codes(G, columns=3), torch.Generator().manual_seed(0)
    z, value = G.noise(3, noise), infogan.CODES.sample(3, noise)[:, 10:]
    assert x.shape == (10, 3, 16, 16)
    for category in (0, 7):
        code = infogan.CODES.join(torch.full((3,), category), value)
        torch.testing.assert_close(G(z, code)[:, 0], x[category])


def test_of_several_seeds_the_best_on_valid_is_kept_though_another_is_best_on_test():
    def random_pair(seed):
        torch.manual_seed(seed)
        pair = infogan.infogan_pair().eval()
        for weight in pair.parameters():
            nn.init.normal_(weight, std=0.3)
        return pair

    pairs = [random_pair(2), random_pair(9)]
    best, told = infogan.best_infogan(pairs)
    valid, test = (
        [judges.judge_infogan(pair, split)["matched"] for pair in pairs]
        for split in ("valid", "test")
    )
    assert valid[1] > valid[0] and test[1] < test[0]
    assert best is pairs[1] and told["seed"].startswith("1,")
    assert told["accuracy"].startswith(f"matched test {test[1]:.3f}")
    assert all(
        f"valid {v:.3f}, test {t:.3f}" in told["accuracy"] for v, t in zip(valid, test, strict=True)
    )


def test_a_told_discriminator_first_loses_what_its_game_says(monkeypatch):
    """Real digits come with their own label, fakes with the label they were made for, and the slope counts at once."""
    torch.manual_seed(0)
    pair, found = infogan.conditional_pair(), []
    G, D = copy.deepcopy(pair["generator"]), copy.deepcopy(pair["discriminator"])
    monkeypatch.setattr(infogan, "play", lambda *game: found.append(play(*game)))
    infogan.train_conditional(pair, 2)
    noise, (images, labels) = torch.Generator().manual_seed(0), digits("train")
    x, label = next(minibatches(enlarge(images), labels, size=32, generator=noise))
    code = torch.eye(10)[label]
    fake = G.sample(32, code, generator=noise)
    expected = discriminator_loss(D(augment(x, noise), code), D(augment(fake, noise), code))
    expected = expected + 4 * r1_penalty(D, augment(x, noise), code)
    assert found[0]["discriminator"][0] == pytest.approx(expected.item(), abs=1e-5)
    assert len(found[0]["discriminator"]) == len(found[0]["generator"]) == 2


def test_a_told_generator_learns_which_digit_is_which_and_repeats_itself():
    played = infogan.trained_conditional
    assert torch.equal(weights_of(played(2, 0)), weights_of(played(2, 0)))
    assert not torch.equal(weights_of(played(2, 0)), weights_of(played(2, 1)))
    assert judges.conditional_accuracy(infogan.conditional_pair().eval()["generator"]) < 0.2
    assert judges.conditional_accuracy(played(150, 0)) > 0.5


def test_the_average_of_a_told_generator_is_given_back_and_not_its_last_weights():
    torch.manual_seed(0)
    pair = infogan.conditional_pair()
    average = infogan.train_conditional(pair, 3)
    assert average is not pair["generator"] and not average.training
    assert not torch.equal(weights_of(average), weights_of(pair["generator"]))


def test_the_recipe_of_an_infogan_keeps_one_of_its_seeds_and_tells_all():
    best, told = infogan.infogan_digits(steps=2, seeds=2)
    seed = int(told["seed"][0])
    assert torch.equal(weights_of(best), weights_of(infogan.trained_infogan(2, seed)))
    assert all(f"seed {seed}: valid 0." in told["accuracy"] for seed in (0, 1))


def test_the_recipe_of_frames_keeps_each_game_at_its_moments():
    frames, _ = infogan.infogan_frames(steps=20)
    for game, lam in enumerate(infogan.LAMBDAS):
        pair = infogan.trained_infogan(20, 0, lam=lam)
        expected = (255 * infogan.sheet_of_codes(pair["generator"])).round().byte()
        found = judges.judge_infogan(pair, "valid")
        assert torch.equal(frames.levels[game, 1], expected)
        assert frames.matched[game, 1].item() == pytest.approx(found["matched"])
        assert frames.information[game, 1].item() == pytest.approx(found["information"])
    assert not torch.equal(frames.levels[0, 1], frames.levels[1, 1])
    assert frames.levels[:, :2].any() and not frames.levels[:, 2:].any()


@pytest.mark.parametrize("best", [0, 1])
def test_of_several_told_generators_the_one_that_obeys_most_is_kept(best, monkeypatch):
    each = [as_shipped(infogan.trained_conditional(2, seed)) for seed in (0, 1)]
    obeys = lambda G: float(torch.equal(weights_of(G), weights_of(each[best])))
    monkeypatch.setattr(infogan, "conditional_accuracy", obeys)
    G, told = infogan.conditional_digits(steps=2, seeds=2)
    assert torch.equal(weights_of(G), weights_of(each[best]))
    assert told["seed"] == f"{best}, best of 2" and told["accuracy"].startswith("1.000")


def test_the_recipe_of_a_told_generator_tells_how_often_it_obeys():
    G, told = infogan.conditional_digits(steps=2, seeds=2)
    assert told["accuracy"].startswith(f"{judges.conditional_accuracy(G):.3f}")
    assert all(f"seed {seed}: 0." in told["accuracy"] for seed in (0, 1))
    seed = int(told["seed"][0])
    assert torch.equal(weights_of(G), weights_of(as_shipped(infogan.trained_conditional(2, seed))))
