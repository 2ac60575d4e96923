"""How good is a VAE on digits, what decides it, and what does an autoencoder lack?

    python benchmarks/vae.py [--seeds N] [binary grey sizes decoders bounds linear adversarial readers]
    python benchmarks/vae.py --data PATH mnist         28 x 28 digits: test nats against minutes

Nats on test digits; every choice was made on valid. Seconds are CPU time of one thread, training with its
scoring on valid. PATH is the static binarized MNIST (see `genlib.data.binarized_mnist`). What is
printed is kept in benchmarks/results/vae_*.json.
"""

import time
from collections.abc import Callable
from functools import partial

import torch
from parts import line_of, measure, over_minutes, over_seeds
from pixelcnn import BINARY, GREY, file_order
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from genlib.data import binarized_mnist, dequantize, digits, discrete_bound
from genlib.judges import bound_nats, elbo_nats, judged, shipped_nade
from genlib.models import (
    VAE,
    AdversarialAutoencoder,
    Autoencoder,
    LinearGaussianVAE,
    active_units,
    bernoulli,
    conv_decoder,
    conv_encoder,
    gaussian,
    grey_levels,
    mlp,
)
from genlib.recipes.vae import digit_vae, mnist_vae, train_mnist_vae, train_vae
from genlib.training import Average, Player, fit, minibatches, train_by_schedule

BINARY_STEPS, SIZES_STEPS = 1600, 1000
LINEAR_STEPS, CODER_STEPS, ADVERSARIAL_STEPS = 1500, 1000, 1500
MNIST_STEPS = 40_000
SAMPLES = 1000  # that are judged
LABELS = (20, 100, 1297)  # that a reader of codes sees: few, some, all of train
Nets = tuple[nn.Module, nn.Module]  # an encoder and a decoder


def timed(train: Callable[[], nn.Module]) -> tuple[nn.Module, float]:
    """The trained model, and its seconds."""
    start = time.process_time()
    return train(), round(time.process_time() - start, 1)


def num_active(model: VAE, x: Tensor) -> int:
    return int((active_units(model, x) > 0.01).sum())


def row(name: object, **numbers: float) -> dict:
    """One line of a table, printed."""
    told = [
        f"{k} {v:8.2f}  " if isinstance(v, float) else f"{k} {v:8}  " for k, v in numbers.items()
    ]
    print(f"{name!s:28}", *told, flush=True)
    return {"name": name} | numbers


def table(
    title: str, make: Callable[[], VAE], x: dict[str, Tensor], k: int, seeds: int, **settings
) -> dict:
    """One kind of model, a seed after the other: -ELBO and -L_k on test, active units, seconds."""
    print(f"\n{title}: -ELBO and -L_{k}, nats")
    runs, each = [], []
    for seed in range(seeds):
        torch.manual_seed(seed)
        model, seconds = timed(lambda s=seed: train_vae(make(), x, seed=s, **settings))
        each.append((elbo_nats(model, x["test"]), bound_nats(model, x["test"], k)))
        elbo, bound = (values.mean().item() for values in each[-1])
        valid = elbo_nats(model, x["valid"]).mean().item()
        active = num_active(model, x["test"])
        numbers = {"valid": valid, "elbo": elbo, "bound": bound, "active": active}
        runs.append(row(f"seed {seed}", **numbers, seconds=seconds))
    elbo, bound = (over_seeds(torch.stack(values)) for values in zip(*each, strict=True))
    print(f"-ELBO {line_of(elbo)}\n-L_{k} {line_of(bound)}")
    found = {name: told["test"] for name, told in (("elbo", elbo), ("bound", bound))}
    found |= {"elbo_error": elbo["error"], "bound_error": bound["error"]}
    found |= {"elbo_spread": elbo["spread"], "bound_spread": bound["spread"]}
    found |= {"each_elbo": elbo["each"], "each_bound": bound["each"]}
    return found | {"k": k, "numbers": sum(p.numel() for p in model.parameters()), "runs": runs}


def binary(seeds: int = 10) -> dict:
    make = lambda: VAE(mlp(64, 256, 16), mlp(8, 256, 64, dropout=0.1), bernoulli, 8)
    return table("black and white digits, Z = 8", make, BINARY, 1000, seeds, steps=BINARY_STEPS)


def shared_levels(features: int, levels: int = 17) -> nn.Sequential:
    """The same readout at each of 8 x 8 pixels, features -> levels: (B, features 64) -> (B, levels 64)."""
    return nn.Sequential(
        *(nn.SiLU(), nn.Dropout(0.2), nn.Unflatten(1, (features, 8, 8))),
        *(nn.Conv2d(features, levels, 1), nn.Flatten()),
    )


def grey_nets() -> Nets:
    return mlp(64, 256, 32, dropout=0.2), nn.Sequential(
        conv_decoder(8, 32, 16, 32), shared_levels(32)
    )


GREY_SETTINGS = {"steps": 1000, "weight_decay": 0.2}


def grey(seeds: int = 5) -> dict:
    """A published course has 96.63 on the first split; the other is ours."""
    make = lambda: VAE(*grey_nets(), grey_levels, 16)
    splits = {"file order, 1000 / 350 / 447": file_order(), "the course's split": GREY}
    found = {
        name: table(f"17 grey levels, {name}", make, x, 500, seeds, **GREY_SETTINGS)
        for name, x in splits.items()
    }
    return {"published": 96.63} | found


def split_nats(model: VAE, x: Tensor) -> dict[str, float]:
    """The two terms of -ELBO on x, their sum, -L_500 and active units."""
    with torch.no_grad():
        fitting = model.prior_fitting(x).mean().item()
    elbo = elbo_nats(model, x).mean().item()
    found = {"reconstruction": elbo - fitting, "prior_fitting": fitting, "elbo": elbo}
    found["bound"] = bound_nats(model, x, 500).mean().item()
    return found | {"active": num_active(model, x)}


def sizes() -> dict:
    """Latent variables and beta, one seed, H = 128."""
    print("\nlatent variables and beta: test nats")
    train = lambda latent_dim, beta=1.0: train_vae(
        digit_vae(latent_dim, 128), BINARY, SIZES_STEPS, beta
    )
    by_size = [row(z, **split_nats(train(z), BINARY["test"])) for z in (1, 2, 4, 8, 16, 32)]
    by_beta = [
        row(beta, **split_nats(train(8, beta), BINARY["test"]))
        for beta in (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 16.0, 64.0)
    ]
    return {"latent_dim": by_size, "beta": by_beta}


def decoders() -> dict:
    """Networks and likelihoods, one seed: -ELBO on test; a density's is the bound on its levels."""
    torch.manual_seed(0)
    noisy = partial(dequantize, generator=torch.Generator().manual_seed(0))
    drop, conv = {"dropout": 0.2}, partial(conv_decoder, 8, 32, 16)
    tried = {
        "black and white, MLP": (mlp(64, 256, 32), mlp(16, 256, 64, 0.1), bernoulli, BINARY),
        "black and white, conv": (conv_encoder(8, 32, 16), conv(), bernoulli, BINARY),
        "Gaussian, MLP": (mlp(64, 256, 32, **drop), mlp(16, 256, 128, **drop), gaussian, GREY),
        "Gaussian, conv": (mlp(64, 256, 32, **drop), conv(2), gaussian, GREY),
        "17 levels, MLP": (mlp(64, 256, 32, **drop), mlp(16, 256, 1088, **drop), grey_levels, GREY),
        "17 levels, conv": (mlp(64, 256, 32, **drop), conv(17), grey_levels, GREY),
        "17 levels, conv, one readout": (*grey_nets(), grey_levels, GREY),
    }
    print("\nnetworks and likelihoods: -ELBO, nats")
    found = []
    for name, (encoder, decoder, likelihood, x) in tried.items():
        model = VAE(encoder, decoder, likelihood, 16)
        dense = {"noisy": noisy} if likelihood is gaussian else {}
        model, seconds = timed(lambda m=model, x=x, d=dense: train_vae(m, x, **GREY_SETTINGS, **d))
        numbers = sum(p.numel() for p in model.parameters())
        found.append(row(name, elbo=discrete(model, x["test"]), numbers=numbers, seconds=seconds))
    return {"decoders": found}


def discrete(model: VAE, x: Tensor) -> float:
    """-ELBO on the pixels' levels, mean of ten draws of the noise where the model has a density."""
    if model.likelihood is not gaussian:
        return elbo_nats(model, x).mean().item()
    noise = torch.Generator().manual_seed(2)
    each = [elbo_nats(model, dequantize(x, noise), 1, seed) for seed in range(10)]
    return discrete_bound(-torch.stack(each), x.shape[1]).mean().item()


def bounds() -> dict:
    """-L_K on test of one trained model for rising K."""
    print("\nimportance samples: -L_K, nats")
    torch.manual_seed(0)
    model = VAE(mlp(64, 256, 16), mlp(8, 256, 64, dropout=0.1), bernoulli, 8)
    model, found = train_vae(model, BINARY, BINARY_STEPS), []
    for k in (1, 5, 50, 500, 5000):
        values, seconds = timed(lambda k=k: bound_nats(model, BINARY["test"], k))
        found.append(row(k, bound=values.mean().item(), seconds=seconds))
    return {"elbo": elbo_nats(model, BINARY["test"]).mean().item(), "bounds": found}


def linear(seeds: int = 5) -> dict:
    """Gradient steps on the exact ELBO of a linear model against the most that any could reach."""
    print("\nlinear model, Z = 10: nats on train and test")
    train, test = GREY["train"], GREY["test"]
    best = LinearGaussianVAE.maximum_likelihood(train.double(), 10)
    exact = {"train": -best.log_prob(train.double()).mean().item()}
    exact["test"] = -best.log_prob(test.double()).mean().item()
    found = [row("closed form", **exact)]
    for seed in range(seeds):
        model, seconds = timed(lambda s=seed: descend(train, s))
        with torch.no_grad():
            ends = {"train": -model.exact_elbo(train).mean().item()}
            ends["test"] = -model.exact_elbo(test).mean().item()
        gap = {"gap": ends["train"] - exact["train"]}
        found.append(row(f"seed {seed}", **ends, **gap, seconds=seconds))
    return {"linear": found}


def descend(x: Tensor, seed: int) -> LinearGaussianVAE:
    """Full batches, Adam, learning rate from 0.01 to 0 as a cosine."""
    torch.manual_seed(seed)
    model = LinearGaussianVAE(x.shape[1], 10)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, LINEAR_STEPS)
    loss = lambda x: -model.exact_elbo(x).mean()
    batches = minibatches(x, size=len(x), generator=torch.Generator().manual_seed(seed))
    fit(
        {"model": Player(model, loss, optimizer)},
        batches,
        LINEAR_STEPS,
        lambda step: schedule.step(),
    )
    return model


# --- an autoencoder is no generative model -----------------------------------------------------------


def autoencoder(latent_dim: int, seed: int) -> Autoencoder:
    torch.manual_seed(seed)
    nets = mlp(64, 128, latent_dim), mlp(latent_dim, 128, 64)
    model = Autoencoder(*nets, bernoulli, latent_dim)
    each = lambda model, x: model.reconstruction_loss(x)[None]
    loss = lambda model, x: model.reconstruction_loss(x)
    settings = {"lr": 0.004, "size": 128, "weight_decay": 0.1, "seed": seed}
    return train_by_schedule(model, BINARY, CODER_STEPS, loss=loss, each=each, **settings)


def adversarial_autoencoder(latent_dim: int, seed: int) -> AdversarialAutoencoder:
    """The average of the weights after the last step: no one score says which is best."""
    torch.manual_seed(seed)
    nets = mlp(64, 128, latent_dim), mlp(latent_dim, 128, 64)
    model = AdversarialAutoencoder(*nets, bernoulli, latent_dim, mlp(latent_dim, 128, 1))
    average, noise = Average(model, decay=0.995), torch.Generator().manual_seed(seed)
    adam = lambda module, lr: torch.optim.AdamW(
        module.parameters(), lr, (0.5, 0.99), weight_decay=0.1
    )
    coder = nn.ModuleList([model.encoder, model.decoder])
    players = {
        "coder": Player(coder, model.reconstruction_loss, adam(coder, 0.002)),
        "discriminator": Player(
            model.discriminator,
            lambda x: model.discriminator_loss(x, noise),
            adam(model.discriminator, 0.002),
        ),
        "encoder": Player(model.encoder, model.encoder_loss, adam(model.encoder, 0.001)),
    }
    batches = minibatches(BINARY["train"], size=128, generator=torch.Generator().manual_seed(seed))
    fit(players, batches, ADVERSARIAL_STEPS, average)
    return average.module


def codes(model: nn.Module, x: Tensor) -> Tensor:
    """One code an image, drawn from q(z|x) where there is a q: (N, D) -> (N, Z)."""
    with torch.no_grad():
        z = model.encode(x)
    return z if isinstance(z, Tensor) else z.sample()


def drawn(model: nn.Module, n: int, seed: int) -> Tensor:
    """Images from codes of N(0, I): -> (n, 64)."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        z = torch.randn(n, model.latent_dim, generator=generator)
        return torch.bernoulli(model.decode(z).probs, generator=generator)


def adversarial(seeds: int = 3) -> dict:
    """Samples of three models judged by the shipped NADE, and the moments of their codes."""
    own = shipped_nade().sample(SAMPLES, generator=torch.Generator().manual_seed(0))
    print(
        "\nsamples judged by NADE: nats, share odd, pixels to the nearest digit, of a digit to them"
    )
    nearest = {"to_sample": judged(BINARY["train"][:SAMPLES])["to_sample"]}
    found = [row("digits", **(judged(BINARY["test"]) | nearest))]
    found.append(row("NADE's own", **judged(own)))
    vae = lambda z, seed: train_vae(digit_vae(z, 128, seed=seed), BINARY, CODER_STEPS, seed=seed)
    makes = {"AE": autoencoder, "AAE": adversarial_autoencoder, "VAE": vae}
    for latent_dim in (2, 8):
        for name, make in makes.items():
            for seed in range(seeds):
                model, seconds = timed(lambda z=latent_dim, s=seed, f=make: f(z, s))
                z = codes(model, BINARY["test"])
                numbers = judged(drawn(model, SAMPLES, seed))
                numbers |= {"mean": z.mean(0).norm().item(), "std": z.std(0).mean().item()}
                numbers |= {"seconds": seconds}
                found.append(row(f"{name}, Z = {latent_dim}, seed {seed}", **numbers))
    return {"samples": found}


# --- what a linear reader finds in the codes ----------------------------------------------------------


def representations(seed: int) -> dict[str, dict[str, Tensor]]:
    """Three codes of eight numbers per image, learned without labels, and the pixels: {name: {split: (N, D)}}."""
    torch.manual_seed(seed)
    coder = autoencoder(8, seed)
    torch.manual_seed(seed)
    vae = VAE(mlp(64, 256, 16), mlp(8, 256, 64, dropout=0.1), bernoulli, 8)
    vae = train_vae(vae, BINARY, BINARY_STEPS, seed=seed)
    axes = PCA(8).fit(BINARY["train"].numpy())
    with torch.no_grad():
        readings = {
            "64 pixels": lambda x: x,
            "PCA": lambda x: torch.from_numpy(axes.transform(x.numpy())),
            "autoencoder": coder.encode,
            "VAE": lambda x: vae.encode(x).mean,
        }
        return {
            name: {split: read(BINARY[split]).float() for split in ("train", "test")}
            for name, read in readings.items()
        }


def readers(seeds: int = 5) -> dict:
    """Share of test digits that a logistic regression reads rightly, by how many labels it sees.

    Another seed has other weights and other labelled digits, as many for all codes. Each code is divided by its mean
    standard deviation, and the regression is scikit-learn's as it stands, so nothing is chosen for any of them.
    """
    truth = {split: digits(split)[1][: len(BINARY[split])] for split in ("train", "test")}
    found = {}
    for seed in range(seeds):
        order = torch.randperm(len(truth["train"]), generator=torch.Generator().manual_seed(seed))
        for name, z in representations(seed).items():
            scale = z["train"].std(0).mean()
            for labels in LABELS:
                some = order[:labels]
                reader = LogisticRegression(max_iter=5000)
                reader.fit((z["train"][some] / scale).numpy(), truth["train"][some].numpy())
                share = reader.score((z["test"] / scale).numpy(), truth["test"].numpy())
                found.setdefault(name, {}).setdefault(str(labels), []).append(float(share))
        print(f"seed {seed}:", *[f"{n} {v[str(LABELS[-1])][-1]:.3f}" for n, v in found.items()])
    return {"labels": list(LABELS), "right": found}


# --- 28 x 28 -----------------------------------------------------------------------------------------


def mnist(data: str) -> dict:
    """The recipe of `genlib.recipes.vae`, with -ELBO and -L_500 of 200 test digits along the way."""
    x = binarized_mnist(data)
    part = x["test"][::50]
    curve, on_score = over_minutes(lambda model: ends(model, part, part))
    model = train_mnist_vae(mnist_vae(), x, MNIST_STEPS, on_score=on_score)
    found = row("kept, by valid", **ends(model, x["test"], x["test"][::10]))
    active = num_active(model, x["test"])
    print(f"{active} active units; -ELBO on all test digits, -L_500 on each tenth")
    return {"curve": curve, "test": found, "active": active}


def ends(model: VAE, x: Tensor, fewer: Tensor) -> dict[str, float]:
    return {
        "elbo": elbo_nats(model, x).mean().item(),
        "bound": bound_nats(model, fewer, 500).mean().item(),
    }


PARTS = {
    "binary": binary,
    "grey": grey,
    "sizes": sizes,
    "decoders": decoders,
    "bounds": bounds,
    "linear": linear,
    "adversarial": adversarial,
    "readers": readers,
    "mnist": mnist,
}


def main() -> None:
    measure("vae", __doc__, PARTS)


if __name__ == "__main__":
    main()
