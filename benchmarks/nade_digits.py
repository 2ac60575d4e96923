"""How good are logistic conditionals, NADE and RNADE on the course's 8 x 8 digits, and what decides it?

    python benchmarks/nade_digits.py [--seeds N] [ladder grey widths ...]

Nats on the 300 test digits; every choice (steps, smoothing, number of components) was made on the 200 of
valid. Seconds are CPU time of one thread, training alone. What is printed is kept in
benchmarks/results/nade_*.json.
"""

import math
import time
from collections.abc import Callable

import torch
from parts import line_of, measure, over_seeds
from sklearn.mixture import GaussianMixture
from torch import Tensor
from torch.distributions import MultivariateNormal

from genlib.data import binarize, dequantize, digits, discrete_bound
from genlib.judges import nats
from genlib.metrics import mean_and_error
from genlib.models import (
    NADE,
    RNADE,
    Autoregressive,
    Independent,
    LogisticAutoregression,
    MarkovChain,
    OrderEnsemble,
)
from genlib.recipes.nade import four_orders
from genlib.training import train_by_score

SPLITS = ("train", "valid", "test")
GREY = {split: digits(split)[0].flatten(1) for split in SPLITS}  # (N, 64), 17 levels
BINARY = {split: binarize(x) for split, x in GREY.items()}
RASTER = torch.arange(64)
STEPS = 1000
ADD = [0.01, 0.03, 0.1, 0.3, 1.0]  # smoothing of counts
BERNOULLIS = (10, 20, 40, 80, 160)  # components of a mixture
GAUSSIANS = [("diag", 50), ("diag", 100), ("diag", 200), ("full", 5), ("full", 10)]
DRAWS = 10  # of the noise that makes levels real, a test digit


def bound(log_density: Callable[[Tensor], Tensor], levels: Tensor, draws: int, seed: int) -> Tensor:
    """Nats that bound -log P(levels), mean over draws of the noise: (N, 64) -> (N,)."""
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        each = [discrete_bound(log_density(dequantize(levels, noise)), 64) for _ in range(draws)]
    return torch.stack(each).mean(0)


def train(model: Autoregressive, x: Tensor, **settings) -> tuple[Autoregressive, float]:
    """The model, trained, and the seconds it took."""
    start = time.process_time()
    return train_by_score(model, x, steps=STEPS, **settings), time.process_time() - start


def train_binary(
    model: Autoregressive, order: Tensor = RASTER, **settings
) -> tuple[Autoregressive, float]:
    valid = BINARY["valid"][:, order]
    score = lambda m: nats(m, valid).mean().item()
    return train(model, BINARY["train"][:, order], score=score, **settings)


def nade(seed: int, order: Tensor = RASTER, hidden: int = 128, **settings) -> tuple[NADE, float]:
    torch.manual_seed(seed)
    return train_binary(NADE(64, hidden), order, seed=seed, **settings)


# --- black and white ---------------------------------------------------------------------------------


def counted(make: Callable[[], Autoregressive], x: dict[str, Tensor]) -> Autoregressive:
    """The tables with the smoothing that is best on valid."""
    models = [make().count(x["train"], add) for add in ADD]
    return min(models, key=lambda model: nats(model, x["valid"]).mean())


def bernoulli_mixture(components: int, seed: int, rounds: int = 60) -> Callable[[Tensor], Tensor]:
    """log p(x) = log sum_k w_k prod_i p_ki^x_i (1 - p_ki)^(1 - x_i), by expectation maximisation."""
    x, generator = BINARY["train"], torch.Generator().manual_seed(seed)
    p = 0.25 + 0.5 * x[torch.randperm(len(x), generator=generator)[:components]]
    w = torch.full((components,), 1 / components)

    def joint(x: Tensor) -> Tensor:  # (N, 64) -> (N, K)
        return x @ p.log().T + (1 - x) @ (1 - p).log().T + w.log()

    for _ in range(rounds):
        share = joint(x).softmax(1)
        total = share.sum(0)
        p = (share.T @ x + 0.1) / (total[:, None] + 0.2)
        w = (total + 1) / (total + 1).sum()
    return lambda x: joint(x).logsumexp(1)


def best_mixture() -> tuple[int, Callable[[Tensor], Tensor]]:
    tried = [(k, bernoulli_mixture(k, seed)) for k in BERNOULLIS for seed in range(3)]
    return max(tried, key=lambda pair: pair[1](BINARY["valid"]).mean())


def told(name: str, test: Tensor, **more) -> dict:
    """One line of a table: mean and standard error of the test nats, (300,), which are kept too."""
    mean, error = mean_and_error(test)
    print(f"{name:34} {mean:7.2f} +- {error:.2f}  ", *[f"{k} {v}" for k, v in more.items()])
    return {"model": name, "test": mean, "error": error, "each": test.tolist()} | more


def told_seeds(name: str, models: list[Autoregressive], x: Tensor, **more) -> dict:
    """One line of a table: the test nats of a model's seeds on x, (300, 64)."""
    found = over_seeds(torch.stack([nats(model, x) for model in models]))
    print(f"{name:34} {line_of(found)}  ", *[f"{k} {v}" for k, v in more.items()], flush=True)
    return {"model": name} | found | more


def orders() -> dict[str, Tensor]:
    """The four of the shipped ensemble, and one more."""
    generator = torch.Generator().manual_seed(0)  # that of `four_orders`, one draw further
    return four_orders() | {f"random {k}": torch.randperm(64, generator=generator) for k in "abc"}


def ladder(seeds: int = 10) -> dict:
    """The tables, a mixture, logistic conditionals and NADE; then orders, and four of them together."""
    test, table = BINARY["test"], []
    print("black and white digits                test nats")
    independent = nats(counted(lambda: Independent(64), BINARY), test)
    table.append(told("Independent", independent, numbers=64))
    markov = counted(lambda: MarkovChain(64, 9), BINARY)
    table.append(told("MarkovChain, order 9", nats(markov, test), numbers=markov.num_parameters))
    k, log_prob = best_mixture()
    table.append(told(f"mixture of {k} Bernoullis", -log_prob(test), numbers=k * 65 - 1))
    logistic, seconds = train_binary(LogisticAutoregression(64))
    seconds = round(seconds, 1)
    table.append(
        told("LogisticAutoregression", nats(logistic, test), numbers=2080, seconds=seconds)
    )
    runs, trained = {}, {}
    for name, order in orders().items():
        trained[name], seconds = zip(*[nade(seed, order) for seed in range(seeds)], strict=True)
        longest = round(max(seconds), 1)
        runs[name] = told_seeds(f"NADE, {name}", trained[name], test[:, order], seconds=longest)
    rows = torch.stack(list(four_orders().values()))
    together = zip(*[trained[name] for name in four_orders()], strict=True)  # seed by seed
    ensembles = [OrderEnsemble(list(models), rows) for models in together]
    runs["four"] = told_seeds("NADE, four orders together", ensembles, test)
    return {"ladder": table + [runs["raster"] | {"numbers": 16576}], "orders": runs}


def widths(seeds: int = 5) -> dict:
    """Test nats of NADE by hidden units, and the curve of the first seed."""
    print("\nNADE by hidden units                  test nats")
    table = []
    for hidden in (2, 8, 32, 128, 512):
        curve = []

        def record(step: int, model: Autoregressive, curve: list = curve) -> None:
            if step + 1 in (1, 2, 5, 10, 20, 50) or (step + 1) % 100 == 0:
                valid, test = (nats(model, BINARY[s]).mean().item() for s in ("valid", "test"))
                curve.append([step + 1, valid, test])

        models = [nade(0, hidden=hidden, on_step=record)]
        models += [nade(seed, hidden=hidden) for seed in range(1, seeds)]
        each = torch.stack([nats(model, BINARY["test"]) for model, _ in models])
        per_seed = [round(v, 2) for v in each.mean(1).tolist()]
        numbers = sum(p.numel() for p in models[0][0].parameters())
        row = told(f"H = {hidden}", each.mean(0), numbers=numbers, seeds=per_seed)
        table.append(row | {"hidden": hidden, "curve": curve})
    return {"columns": ["step", "valid", "test"], "widths": table}


# --- grey --------------------------------------------------------------------------------------------


def gaussian() -> MultivariateNormal:
    """One Gaussian with a full covariance, its ridge chosen on valid."""
    noise = torch.Generator().manual_seed(0)
    x = torch.cat([dequantize(GREY["train"], noise) for _ in range(DRAWS)]).double()
    ridges = [1e-5, 1e-4, 3e-4, 1e-3, 3e-3]
    models = [MultivariateNormal(x.mean(0), x.T.cov() + r * torch.eye(64)) for r in ridges]
    return min(models, key=lambda m: bound(m.log_prob, GREY["valid"], DRAWS, seed=1).mean())


def gaussian_mixture() -> tuple[str, Callable[[Tensor], Tensor]]:
    """scikit-learn's mixture; kind of covariance, components and ridge chosen on valid."""
    noise = torch.Generator().manual_seed(0)
    x = torch.cat([dequantize(GREY["train"], noise) for _ in range(3)]).numpy()
    tried = []
    for kind, k in GAUSSIANS:
        for ridge in (1e-4, 1e-3):
            model = GaussianMixture(k, covariance_type=kind, reg_covar=ridge, random_state=0).fit(x)
            log_density = lambda x, m=model: torch.tensor(m.score_samples(x.numpy()))
            tried.append((f"{k} Gaussians, {kind} covariance", log_density))
    return min(tried, key=lambda pair: bound(pair[1], GREY["valid"], DRAWS, seed=1).mean())


def rnade(seed: int, components: int = 6) -> tuple[RNADE, float]:
    torch.manual_seed(seed)
    noise = torch.Generator().manual_seed(seed)
    score = lambda m: bound(m.log_prob, GREY["valid"], 1, seed=1).mean().item()
    noisy = lambda x: dequantize(x, noise)
    model = RNADE(64, 64, components)
    return train(model, GREY["train"], score=score, noisy=noisy, lr=0.01, seed=seed)


def grey(seeds: int = 5) -> dict:
    """Densities on dequantised levels, as bounds on the discrete nats, beside exact categoricals."""
    print("\n17 grey levels                        test nats (uniform: 181.33)")
    test, table = GREY["test"], []
    independent = counted(lambda: Independent(64, levels=17), GREY)
    table.append(told("Independent(64, levels=17)", nats(independent, test)))
    one = gaussian()
    table.append(told("one Gaussian, full covariance", bound(one.log_prob, test, DRAWS, seed=2)))
    name, log_density = gaussian_mixture()
    table.append(told(name, bound(log_density, test, DRAWS, seed=2)))
    single = [bound(rnade(seed, 1)[0].log_prob, test, DRAWS, seed=2) for seed in range(seeds)]
    table.append(told("RNADE with one Gaussian a pixel", torch.stack(single).mean(0)))
    trained = [rnade(seed) for seed in range(seeds)]
    each = torch.stack([bound(model.log_prob, test, DRAWS, seed=2) for model, _ in trained])
    longest = round(max(seconds for _, seconds in trained), 1)
    per_seed = [round(v, 2) for v in each.mean(1).tolist()]
    table.append(told("RNADE, H = 64, K = 6", each.mean(0), seeds=per_seed, seconds=longest))
    return {"uniform": 64 * math.log(17), "grey": table}


PARTS = {"ladder": ladder, "widths": widths, "grey": grey}


def main() -> None:
    measure("nade", __doc__, PARTS)


if __name__ == "__main__":
    main()
