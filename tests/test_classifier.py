"""The classifiers of digits and of faces: shapes, independence of the images, and that it can learn."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from genlib.data.faces import CHOICES
from genlib.models import AttributeClassifier, DigitClassifier


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


# --- faces


def faces(n=5, size=8):
    """A small classifier of attributes with 3, 2 and 4 values, pictures, and attributes."""
    model = AttributeClassifier((3, 2, 4), features=2, hidden=6, size=size).eval()
    attributes = torch.stack([torch.randint(k, (n,)) for k in (3, 2, 4)], 1)
    return model, torch.rand(n, 3, size, size), attributes


def test_the_logits_of_a_face_stand_one_attribute_after_the_other():
    model, x, _ = faces()
    logits = model(x)
    assert logits.shape == (5, 9) and model.hidden(x).shape == (5, 6)
    expected = torch.stack([logits[:, a:b].argmax(1) for a, b in ((0, 3), (3, 5), (5, 9))], 1)
    assert torch.equal(model.attributes(x), expected) and torch.equal(
        model.chosen(logits), expected
    )
    chosen = torch.tensor([[0.0, 9.0, 1.0, 8.0, 2.0, -3.0, -1.0, -2.0, -1.5]])
    assert model.chosen(chosen).tolist() == [[1, 0, 1]]


def test_what_a_face_loses_is_the_sum_over_its_attributes_and_the_mean_over_faces():
    model, x, attributes = faces()
    logits, total = model(x), 0.0
    for row, chosen in zip(logits, attributes.tolist(), strict=True):
        for start, end, value in zip((0, 3, 5), (3, 5, 9), chosen, strict=True):
            total -= row[start:end].log_softmax(0)[value]
    torch.testing.assert_close(model.loss(x, attributes), total / 5)


def test_a_classifier_of_faces_knows_the_drawn_attributes_unless_told_otherwise():
    model = AttributeClassifier()
    assert tuple(model.choices) == CHOICES and model(torch.rand(2, 3, 32, 32)).shape == (2, 11)


def test_the_attributes_of_one_batch_can_be_learnt_by_heart():
    _, x, attributes = faces(20)
    model = AttributeClassifier((3, 2, 4), features=8, size=8)
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    for _ in range(150):
        optimizer.zero_grad()
        model.loss(x, attributes).backward()
        optimizer.step()
    assert (model.attributes(x) == attributes).all() and model.loss(x, attributes) < 0.3


FACE = AttributeClassifier((3, 2), features=2, hidden=3, size=8)


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
        (lambda: AttributeClassifier(()), "choices must hold at least one number"),
        (lambda: AttributeClassifier((3, 1)), "choices must be at least 2, got 1"),
        (lambda: AttributeClassifier(3), "choices must be tuple or list, got 3"),
        (lambda: FACE(torch.zeros(2, 1, 8, 8)), r"x must be \(B, 3, 8, 8\)"),
        (lambda: FACE.chosen(torch.zeros(2, 4)), r"logits must be \(B, 5\)"),
        (
            lambda: FACE.loss(torch.zeros(2, 3, 8, 8), torch.zeros(3, 2).long()),
            r"attributes must be \(2, 2\)",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
