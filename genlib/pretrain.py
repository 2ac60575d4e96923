"""How the weight files were made: `python -m genlib.pretrain NAME [--steps N] [--data PATH]`."""

import argparse
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LinearLR

from genlib import weights
from genlib.data import augment, binarize, digits, enlarge
from genlib.metrics import frechet_distance
from genlib.models import (
    NADE,
    VAE,
    Autoregressive,
    DCGANDiscriminator,
    DCGANGenerator,
    DiagonalBiLSTM,
    DigitClassifier,
    Generator,
    LatentVariableModel,
    OrderEnsemble,
    PixelCNN,
    RasterLSTM,
    bernoulli,
    conv_decoder,
    conv_encoder,
    mlp,
    negative_elbo,
)
from genlib.models.gan import discriminator_loss, nonsaturating_loss, real_and_fake
from genlib.training import Average, Player, fit, keep_best, minibatches

Recipe = tuple[nn.Module, dict[str, object]]  # the trained module, and what its file tells


def binarized_mnist(path: str | Path) -> dict[str, Tensor]:
    """The static binarized MNIST, "train", "valid" and "test": each (N, 784) in {0, 1}.

    `path` names an .npz that holds every split as packed bits, (N, 98) bytes. Test is sorted by class.
    """
    with np.load(path, allow_pickle=False) as file:
        shapes = {split: (a.dtype.name, a.shape[1:]) for split, a in file.items()}
        if any(shapes.get(s) != ("uint8", (98,)) for s in ("train", "valid", "test")):
            raise ValueError(f"path must hold train, valid and test as bytes (N, 98), got {shapes}")
        bits = {split: np.unpackbits(file[split], axis=1) for split in ("train", "valid", "test")}
    return {split: torch.tensor(x, dtype=torch.float32) for split, x in bits.items()}


def nats(model: Autoregressive | OrderEnsemble, x: Tensor) -> Tensor:
    """-log p(x) in nats, by parts that stay in the cache: (N, D) -> (N,)."""
    with torch.no_grad():
        return -torch.cat([model.log_prob(part) for part in x.split(100)])


def likelihood_loss(model: Autoregressive, x: Tensor) -> Tensor:
    """Mean of -log p(x): (B, D) -> scalar."""
    return -model.log_prob(x).mean()


def elbo_nats(model: LatentVariableModel, x: Tensor, draws: int = 10, seed: int = 0) -> Tensor:
    """-ELBO in nats, mean over so many draws of z: (N, D) -> (N,)."""
    generator = torch.Generator().manual_seed(seed)

    def one(x: Tensor) -> Tensor:
        return sum(model.elbo(x, generator=generator) for _ in range(draws)) / draws

    with torch.no_grad():
        return -torch.cat([one(part) for part in x.split(1000)])


def bound_nats(model: LatentVariableModel, x: Tensor, num_samples: int, seed: int = 0) -> Tensor:
    """-L_K in nats, K importance samples an image: (N, D) -> (N,)."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        return -torch.cat([model.log_prob(x, num_samples, generator) for x in x.split(100)])


def train_on_digits(
    model: Autoregressive,
    x: Tensor,
    score: Callable[[Autoregressive], float],
    noisy: Callable[[Tensor], Tensor] = lambda x: x,
    lr: float = 0.04,
    seed: int = 0,
    steps: int = 1000,
    on_step: Callable[[int, Autoregressive], None] = lambda step, model: None,
) -> Autoregressive:
    """The moving average of the weights at its best score; `noisy` is put on every batch anew."""
    optimizer = torch.optim.AdamW(model.parameters(), lr, weight_decay=0.05)
    average = Average(model, decay=0.99)
    best = keep_best(average.module, score, every=min(25, steps))

    def after(step: int) -> bool:
        average(step)
        on_step(step, average.module)
        return best(step)

    batches = minibatches(x, size=32, generator=torch.Generator().manual_seed(seed))
    fit(
        {"model": Player(model, lambda x: -model.log_prob(noisy(x)).mean(), optimizer)},
        batches,
        steps,
        after,
    )
    best.restore()
    return average.module


def four_orders() -> dict[str, Tensor]:
    """Raster, down the columns, and two random orders of the 64 pixels."""
    raster, generator = torch.arange(64), torch.Generator().manual_seed(0)
    random = {f"random {k}": torch.randperm(64, generator=generator) for k in "ab"}
    return {"raster": raster, "column": raster.view(8, 8).T.flatten()} | random


def nade_of_order(order: Tensor, steps: int = 1000, seed: int = 0) -> NADE:
    """A NADE of the course's binary digits in one order, best on valid."""
    torch.manual_seed(seed)
    train, valid = (binarize(digits(s)[0]).flatten(1)[:, order] for s in ("train", "valid"))
    return train_on_digits(
        NADE(64, hidden=128), train, lambda m: nats(m, valid).mean().item(), seed=seed, steps=steps
    )


def nade_orders(path: str | None = None, steps: int = 1000) -> Recipe:
    """Four NADEs of the course's binary digits as one mixture; 15 seconds of one core, no data needed."""
    start = time.process_time()
    orders = torch.stack(list(four_orders().values()))
    model = OrderEnsemble([nade_of_order(order, steps) for order in orders], orders)
    seconds = time.process_time() - start
    x = {split: binarize(digits(split)[0]).flatten(1) for split in ("valid", "test")}
    found = {split: nats(model, images).mean().item() for split, images in x.items()}
    metadata = {
        "model": "OrderEnsemble of 4 NADE(64, hidden=128)",
        "data": "the course's digits, black and white",
        "recipe": "python -m genlib.pretrain nade_orders",
        "steps": steps,
        "seed": 0,
        "seconds": round(seconds),
        "nats": f"valid {found['valid']:.2f}, test {found['test']:.2f}",
    }
    return model, metadata


def train_by_schedule(
    model: nn.Module,
    x: dict[str, Tensor],
    steps: int,
    lr: float,
    size: int,
    weight_decay: float = 0.05,
    decay: float = 0.995,
    seed: int = 0,
    on_score: Callable[[nn.Module, int, float], None] | None = None,
    loss: Callable[[nn.Module, Tensor], Tensor] = likelihood_loss,
    each: Callable[[nn.Module, Tensor], Tensor] = nats,
) -> nn.Module:
    """The moving average of the weights at the step that was best on valid, among about 20.

    AdamW in batches of `size` down `loss(model, x)`, learning rate up to `lr` and down to almost 0 as a
    cosine; best by the mean of `each(model, x)`, (N,), and `on_score(model, step, mean)` is called then.
    """
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.98), weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, steps, pct_start=0.03, cycle_momentum=False, final_div_factor=1000
    )
    average = Average(model, decay=decay)

    def score(average_model: nn.Module) -> float:
        value = each(average_model, x["valid"]).mean().item()
        if on_score is not None:
            on_score(average_model, schedule.last_epoch, value)
        return value

    best = keep_best(average.module, score, every=max(steps // 20, 1))

    def on_step(step: int) -> bool:
        schedule.step()
        average(step)
        return best(step)

    batches = minibatches(x["train"], size=size, generator=torch.Generator().manual_seed(seed))
    fit({"model": Player(model, lambda x: loss(model, x), optimizer)}, batches, steps, on_step)
    best.restore()
    return average.module


def train_nade(
    x: dict[str, Tensor],
    hidden: int,
    steps: int,
    seed: int = 0,
    on_score: Callable[[NADE, int, float], None] | None = None,
) -> NADE:
    """A NADE in batches of 50, learning rate up to 0.02."""
    torch.manual_seed(seed)
    model = NADE(x["train"].shape[1], hidden)
    return train_by_schedule(model, x, steps, lr=0.02, size=50, seed=seed, on_score=on_score)


def train_pixelcnn(
    x: dict[str, Tensor],
    steps: int,
    seed: int = 0,
    on_score: Callable[[PixelCNN, int, float], None] | None = None,
) -> PixelCNN:
    """A PixelCNN of 28 x 28 images in batches of 24, learning rate up to 0.01; scored on each tenth of valid."""
    torch.manual_seed(seed)
    model = PixelCNN(28, 28, channels=32, layers=8)
    x = {"train": x["train"], "valid": x["valid"][::10]}
    return train_by_schedule(
        model, x, steps, lr=0.01, size=24, weight_decay=0.01, seed=seed, on_score=on_score
    )


def train_vae(
    model: LatentVariableModel,
    x: dict[str, Tensor],
    steps: int = 1600,
    beta: float = 1.0,
    noisy: Callable[[Tensor], Tensor] = lambda x: x,
    seed: int = 0,
    lr: float = 0.004,
    size: int = 128,
    weight_decay: float = 0.1,
    on_score: Callable[[LatentVariableModel, int, float], None] | None = None,
) -> LatentVariableModel:
    """The average model that was best on valid by its own loss, beta KL - reconstruction.

    `noisy` is put on every batch anew, and on valid at each score.
    """
    generator = torch.Generator().manual_seed(seed)

    @torch.no_grad()
    def each(model: LatentVariableModel, x: Tensor) -> Tensor:
        x = noisy(x)
        return elbo_nats(model, x) + (beta - 1) * model.prior_fitting(x)

    return train_by_schedule(
        model,
        x,
        steps,
        lr,
        size,
        weight_decay,
        seed=seed,
        on_score=on_score,
        loss=lambda model, x: negative_elbo(model, noisy(x), beta, generator),
        each=each,
    )


def digit_vae(latent_dim: int, hidden: int, dropout: float = 0.0, seed: int = 0) -> VAE:
    """An untrained VAE of 8 x 8 binary digits, both networks with two hidden layers."""
    torch.manual_seed(seed)
    encoder = mlp(64, hidden, 2 * latent_dim)
    return VAE(encoder, mlp(latent_dim, hidden, 64, dropout), bernoulli, latent_dim)


def mnist_vae(seed: int = 0) -> VAE:
    """An untrained convolutional VAE of 28 x 28 binary digits, Z = 32."""
    torch.manual_seed(seed)
    return VAE(conv_encoder(28, 32, 32), conv_decoder(28, 32, 32), bernoulli, 32)


def train_mnist_vae(
    model: LatentVariableModel,
    x: dict[str, Tensor],
    steps: int,
    seed: int = 0,
    on_score: Callable[[LatentVariableModel, int, float], None] | None = None,
) -> LatentVariableModel:
    """Batches of 50, learning rate up to 0.005; scored on each twentieth of valid."""
    x = {"train": x["train"], "valid": x["valid"][::20]}
    return train_vae(
        model, x, steps, seed=seed, lr=0.005, size=50, weight_decay=0.02, on_score=on_score
    )


def mean_nats(model: Autoregressive | OrderEnsemble, x: Tensor) -> str:
    return f"{nats(model, x).mean():.2f}"


def mean_bounds(model: LatentVariableModel, x: Tensor) -> str:
    """-ELBO and -L_500 in words, the latter on about 1,000 of the images where there are more."""
    elbo = elbo_nats(model, x).mean()
    bound = bound_nats(model, x[:: max(1, len(x) // 1000)], 500).mean()
    return f"-ELBO {elbo:.2f}, -L_500 {bound:.2f}"


def of_mnist(
    name: str,
    told: str,
    train: Callable[..., nn.Module],
    path: str | None,
    steps: int,
    summary: Callable[[nn.Module, Tensor], str] = mean_nats,
) -> Recipe:
    """A model of static binarized MNIST; `told` is the model in words, `summary` tells its nats on images."""
    if path is None:
        raise ValueError("data must name the static binarized MNIST, got none: --data PATH")
    x, start = binarized_mnist(path), time.process_time()

    def on_score(model: nn.Module, step: int, valid: float) -> None:
        minutes = (time.process_time() - start) / 60
        print(f"{step} steps, {minutes:.1f} min: valid {valid:.2f}", flush=True)

    model = train(x, steps=steps, on_score=on_score)
    seconds = time.process_time() - start
    valid, test = (summary(model, x[split]) for split in ("valid", "test"))
    half = summary(model.half().float(), x["test"])  # as the file will hold it
    return model, {
        "model": told,
        "data": "static binarized MNIST",
        "recipe": f"python -m genlib.pretrain {name} --data PATH",
        "steps": steps,
        "seed": 0,
        "seconds": round(seconds),
        "nats": f"valid {valid}, test {test}; as shipped {half}",
    }


def nade_mnist(path: str | None, steps: int = 12_000) -> Recipe:
    """The largest NADE that fits 1 MB in half precision, on static binarized MNIST; 11 minutes of one core."""
    make = partial(train_nade, hidden=317)
    return of_mnist("nade_mnist", "NADE(784, hidden=317)", make, path, steps)


def pixelcnn_mnist(path: str | None, steps: int = 9_000) -> Recipe:
    """A PixelCNN of static binarized MNIST in a quarter of a megabyte; 20 minutes of one core."""
    model = "PixelCNN(28, 28, channels=32, layers=8)"
    return of_mnist("pixelcnn_mnist", model, train_pixelcnn, path, steps)


def pixelrnn_digits(path: str | None = None, steps: int = 600) -> Recipe:
    """A Diagonal BiLSTM and a raster LSTM of the course's binary digits; 30 seconds of one core."""
    start = time.process_time()
    train, valid, test = (binarize(digits(s)[0]).flatten(1) for s in ("train", "valid", "test"))
    models = nn.ModuleList()
    for make, more in ((DiagonalBiLSTM, 0), (RasterLSTM, 400)):
        torch.manual_seed(0)
        score = lambda m: nats(m, valid).mean().item()
        models.append(train_on_digits(make(8, 8), train, score, lr=0.01, steps=steps + more))
    found = [f"{nats(model, test).mean().item():.2f}" for model in models]
    metadata = {
        "model": "ModuleList of DiagonalBiLSTM(8, 8) and RasterLSTM(8, 8)",
        "data": "the course's digits, black and white",
        "recipe": "python -m genlib.pretrain pixelrnn_digits",
        "steps": f"{steps} and {steps + 400}",
        "seed": 0,
        "seconds": round(time.process_time() - start),
        "nats": f"test {' and '.join(found)}",
    }
    return models, metadata


def accuracy(model: nn.Module, x: Tensor, labels: Tensor) -> float:
    """The share of images whose largest logit is their class: (N, C, H, W), (N,) -> a share."""
    with torch.no_grad():
        return (model(x).argmax(1) == labels).double().mean().item()


def train_classifier(steps: int, seed: int = 0) -> DigitClassifier:
    """Moved digits of train anew in each batch; the step, among about 20, with the least loss on moved valid."""
    torch.manual_seed(seed)
    noise = torch.Generator().manual_seed(seed)
    images, labels = digits("train")
    held, held_labels = moved_digits("valid", copies=5, seed=1)
    model = DigitClassifier()
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.004, steps)
    score = lambda m: cross_entropy(m(held), held_labels).item()
    best = keep_best(model, score, every=max(steps // 20, 1))
    loss = lambda x, label: cross_entropy(model(augment(x, noise)), label)
    batches = minibatches(enlarge(images), labels, size=64, generator=noise)

    def on_step(step: int) -> bool:
        schedule.step()
        return best(step)

    fit({"classifier": Player(model, loss, optimizer)}, batches, steps, on_step)
    best.restore()
    return model


def moved_digits(split: str, copies: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Each digit of a split, 16 x 16, moved `copies` times: (copies N, 1, 16, 16), (copies N,)."""
    images, labels = digits(split)
    many = enlarge(images).repeat(copies, 1, 1, 1)
    return augment(many, torch.Generator().manual_seed(seed)), labels.repeat(copies)


def classifier_digits(path: str | None = None, steps: int = 1000) -> Recipe:
    """A classifier of the course's digits at 16 x 16, for the Frechet distance; 20 seconds of one core."""
    start = time.process_time()
    model = train_classifier(steps)
    seconds = time.process_time() - start
    found = {split: accuracy(model, *moved_digits(split, 5, seed=2)) for split in ("valid", "test")}
    return model, {
        "model": "DigitClassifier()",
        "data": "the course's digits, 16 x 16, moved",
        "recipe": "python -m genlib.pretrain classifier_digits",
        "steps": steps,
        "seed": 0,
        "seconds": round(seconds),
        "accuracy": f"valid {found['valid']:.4f}, test {found['test']:.4f}, each digit moved 5 times",
    }


def vae_mnist(path: str | None, steps: int = 16_000) -> Recipe:
    """A convolutional VAE of static binarized MNIST in three quarters of a megabyte; 7 minutes of one core."""
    told = "VAE(conv_encoder(28, 32, 32), conv_decoder(28, 32, 32), bernoulli, 32)"
    train = lambda x, **settings: train_mnist_vae(mnist_vae(), x, **settings)
    return of_mnist("vae_mnist", told, train, path, steps, mean_bounds)


def vaes_of_digits(
    name: str, kinds: list[tuple[int, float]], hidden: int, told: str, steps: int
) -> Recipe:
    """VAEs of the course's binary digits, one for each (latent_dim, beta)."""
    start = time.process_time()
    x = {split: binarize(digits(split)[0]).flatten(1) for split in ("train", "valid", "test")}
    models = nn.ModuleList(train_vae(digit_vae(z, hidden), x, steps, beta) for z, beta in kinds)
    seconds = time.process_time() - start
    return models, {
        "model": told,
        "data": "the course's digits, black and white",
        "recipe": f"python -m genlib.pretrain {name}",
        "steps": steps,
        "seed": 0,
        "seconds": round(seconds),
        "nats": "test " + "; ".join(mean_bounds(model, x["test"]) for model in models),
    }


def vae_digits(path: str | None = None, steps: int = 1600) -> Recipe:
    """Two VAEs of the course's binary digits, Z = 2 and Z = 8; 12 seconds of one core."""
    told = "ModuleList of VAE(mlp(64, 128, 2 * Z), mlp(Z, 128, 64), bernoulli, Z), Z = 2 and 8"
    return vaes_of_digits("vae_digits", [(2, 1.0), (8, 1.0)], 128, told, steps)


SIZES, BETAS = (2, 8, 32), (0.0, 0.25, 1.0, 2.0, 4.0)


def vae_sizes(path: str | None = None, steps: int = 1000) -> Recipe:
    """Fifteen small VAEs, every latent size with every beta; a minute of one core."""
    told = f"ModuleList of digit_vae(Z, hidden=64), for Z of {SIZES}, and for each, beta of {BETAS}"
    return vaes_of_digits("vae_sizes", list(product(SIZES, BETAS)), 64, told, steps)


def train_gan(
    G: Generator,
    D: nn.Module,
    steps: int,
    seed: int = 0,
    on_step: Callable[[int, Generator], None] = lambda step, average: None,
) -> Generator:
    """The moving average of G after a game with D on the moved digits, 32 at a step.

    Adam without much momentum, 2e-4 for D and 1e-3 for G, falling in a line to 2 % of that;
    `on_step(step, average)` is called after each step.
    """
    average, noise = Average(G, decay=0.98), torch.Generator().manual_seed(seed)
    batches = minibatches(moved_digits("train", copies=10)[0], size=32, generator=noise)
    of_D = lambda real: discriminator_loss(*real_and_fake(D, G, real, generator=noise))
    of_G = lambda real: nonsaturating_loss(D(G(G.noise(len(real), noise))))
    adams = [
        torch.optim.Adam(player.parameters(), lr, betas=(0.5, 0.999))
        for player, lr in ((D, 2e-4), (G, 1e-3))
    ]
    schedules = [LinearLR(adam, 1.0, 0.02, steps) for adam in adams]

    def after(step: int) -> None:
        average(step)
        for schedule in schedules:
            schedule.step()
        on_step(step, average.module)

    players = {"discriminator": Player(D, of_D, adams[0]), "generator": Player(G, of_G, adams[1])}
    fit(players, batches, steps, after)
    return average.module


@torch.no_grad()
def frechet_of_digits(images: Tensor, n: int = 3000) -> float:
    """Frechet distance of the first n images to n moved digits of test, in the shipped classifier's features."""
    classifier = DigitClassifier().eval()
    weights.load("classifier_digits", classifier)
    real = moved_digits("test", copies=-(-n // 300), seed=3)[0]
    features = [
        torch.cat([classifier.features(p) for p in x[:n].split(500)]) for x in (images, real)
    ]
    return frechet_distance(*features)


def dcgan_pair() -> nn.ModuleDict:
    """The untrained DCGAN of 16 x 16 digits: its "generator" of 16 numbers and its "discriminator"."""
    return nn.ModuleDict(
        {"generator": DCGANGenerator(latent_dim=16), "discriminator": DCGANDiscriminator()}
    )


def dcgan_digits(path: str | None = None, steps: int = 6000) -> Recipe:
    """A DCGAN of the moved digits, four times a notebook's steps; two minutes of one core."""
    torch.manual_seed(0)
    pair, start = dcgan_pair(), time.process_time()
    pair["generator"] = train_gan(pair["generator"], pair["discriminator"], steps)
    seconds = time.process_time() - start
    samples = pair["generator"].sample(3000, generator=torch.Generator().manual_seed(0))
    return pair, {
        "model": "DCGANGenerator(latent_dim=16) and DCGANDiscriminator()",
        "data": "the course's digits, 16 x 16, moved",
        "recipe": "python -m genlib.pretrain dcgan_digits",
        "steps": steps,
        "seed": 0,
        "seconds": round(seconds),
        "frechet": f"{frechet_of_digits(samples):.1f} to test, 3000 images each",
    }


MOMENTS = (
    1,
    20,
    50,
    100,
    150,
    200,
    300,
    500,
    750,
    1000,
    1500,
)  # steps after which samples are kept


class Frames(nn.Module):
    """Samples of five seeds as training went: levels 0 to 255 (5, M, 40, 16, 16), Frechet distances (5, M)."""

    def __init__(self, seeds: int = 5, moments: int = len(MOMENTS), images: int = 40):
        super().__init__()
        shape = (seeds, moments, images, 16, 16)
        self.register_buffer("levels", torch.zeros(shape, dtype=torch.uint8))
        self.register_buffer("frechet", torch.zeros(shape[:2]))


def dcgan_frames(path: str | None = None, steps: int = MOMENTS[-1]) -> Recipe:
    """What five DCGANs draw as they learn, from the same noise each time; three minutes of one core."""
    frames, start = Frames(), time.process_time()

    def note(seed: int, step: int, average: Generator) -> None:
        if step + 1 in MOMENTS:
            x = average.sample(3000, generator=torch.Generator().manual_seed(0))
            at = seed, MOMENTS.index(step + 1)
            frames.levels[at] = (255 * x[:40, 0]).round().byte()
            frames.frechet[at] = frechet_of_digits(x)

    for seed in range(5):
        torch.manual_seed(seed)
        pair = dcgan_pair()
        train_gan(pair["generator"], pair["discriminator"], steps, seed, partial(note, seed))
    return frames, {
        "model": "samples of DCGANGenerator(latent_dim=16), 8 bits a pixel",
        "data": "the course's digits, 16 x 16, moved",
        "recipe": "python -m genlib.pretrain dcgan_frames",
        "steps": steps,
        "seed": "0 to 4",
        "seconds": round(time.process_time() - start),
        "frechet": "at the end " + ", ".join(f"{d:.1f}" for d in frames.frechet[:, -1]),
    }


RECIPES = {
    "classifier_digits": classifier_digits,
    "dcgan_digits": dcgan_digits,
    "dcgan_frames": dcgan_frames,
    "nade_mnist": nade_mnist,
    "nade_orders": nade_orders,
    "pixelcnn_mnist": pixelcnn_mnist,
    "pixelrnn_digits": pixelrnn_digits,
    "vae_digits": vae_digits,
    "vae_mnist": vae_mnist,
    "vae_sizes": vae_sizes,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--steps", type=int, help="for a trial, which is kept as NAME_trial")
    parser.add_argument("--data", help="a file of images, for the recipes that read one")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    trial = {} if arguments.steps is None else {"steps": arguments.steps}
    model, metadata = RECIPES[arguments.name](arguments.data, **trial)
    path = weights.save(arguments.name + "_trial" * bool(trial), model, metadata)
    print(path.name, *metadata.items(), sep="\n")


if __name__ == "__main__":
    main()
