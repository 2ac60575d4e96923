"""The digit classifier: shapes, independence of the images, and that it can learn."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from genlib.models import DigitClassifier


def test_an_image_becomes_features_and_a_linear_layer_of_them_its_logits():
    model, x = DigitClassifier(features=4, hidden=7).eval(), torch.rand(5, 1, 16, 16)
    found = model.hidden(x)
    assert found.shape == (5, 7) and found.min() >= 0 and found.max() > 0
    expected = found @ model.head.weight.T + model.head.bias
    torch.testing.assert_close(model(x), expected)
    assert model(x).shape == (5, 10)


def test_in_eval_mode_every_image_is_judged_alone():
    model, x = DigitClassifier(features=4).eval(), torch.rand(6, 1, 16, 16)
    order = torch.randperm(6)
    torch.testing.assert_close(model.hidden(x)[order], model.hidden(x[order]))
    torch.testing.assert_close(model(x)[2:3], model(x[2:3]))


def test_in_training_each_channel_is_normalised_over_the_whole_batch():
    """Catches a norm within each image, which has the same weights and the same answers in eval mode."""
    model, x = DigitClassifier(features=4).double(), torch.rand(6, 1, 16, 16).double()
    convolution, norm = model.body[:2]
    before = convolution(x)
    mean, variance = before.mean((0, 2, 3)), before.var((0, 2, 3), unbiased=False)
    expected = (before - mean[:, None, None]) / (variance + norm.eps).sqrt()[:, None, None]
    torch.testing.assert_close(norm(before), expected)


def test_every_pixel_counts():
    model, x = DigitClassifier(features=4).double().eval(), torch.rand(20, 1, 16, 16).double()
    (gradient,) = torch.autograd.grad(model(x.requires_grad_())[:, 0].sum(), x)
    assert (gradient.abs().amax((0, 1)) > 0).all()


def test_one_batch_can_be_learnt_by_heart():
    model, x, labels = DigitClassifier(features=8), torch.rand(20, 1, 16, 16), torch.arange(20) % 10
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(60):
        optimizer.zero_grad()
        cross_entropy(model(x), labels).backward()
        optimizer.step()
    assert (model(x).argmax(1) == labels).all() and cross_entropy(model(x), labels) < 0.1


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: DigitClassifier(features=0), "features must be at least 1, got 0"),
        (lambda: DigitClassifier(hidden=0), "hidden must be at least 1, got 0"),
        (
            lambda: DigitClassifier()(torch.zeros(2, 1, 8, 8)),
            r"\(B, 1, 16, 16\), got \(2, 1, 8, 8\)",
        ),
        (lambda: DigitClassifier().hidden(torch.zeros(1, 16, 16)), r"got \(1, 16, 16\)"),
    ],
)
def test_bad_input_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
