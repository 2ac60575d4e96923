"""Is NADE as fast as its equations say, and how good does it get on 28 x 28 digits?

    python benchmarks/nade.py speed                  steps, samples, memory
    python benchmarks/nade.py --data PATH mnist_317  test nats against minutes

PATH is the static binarized MNIST (see `genlib.data.binarized_mnist`). Milliseconds and minutes are
CPU time of one thread; what is printed is kept in benchmarks/results/nade_*.json.
"""

import resource
import statistics
import time
from collections.abc import Callable

import torch
from parts import measure, over_minutes
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from genlib.data import binarized_mnist
from genlib.judges import nats
from genlib.models import NADE, Autoregressive
from genlib.recipes.nade import train_nade

# D, H, B
SIZES = [(64, 128, 32), (64, 500, 100), (256, 500, 100), (784, 125, 100), (784, 500, 100)]
DRAWN = [(64, 128, 10), (64, 500, 10), (784, 125, 1), (784, 500, 1)]  # D, H, times by D passes
HIDDEN, MNIST_STEPS = 317, 16_000  # of the NADE of 28 x 28 digits, as `recipes.nade.nade_mnist`


def loop(model: NADE, x: Tensor) -> Tensor:
    """The logits as most tutorials write them, autograd remembering every pixel: (B, D) -> (B, D)."""
    a, logits = model.c.expand(len(x), -1), []
    for i in range(x.shape[1]):
        logits.append(torch.sigmoid(a) @ model.V[i] + model.b[i])
        a = a + x[:, i, None] * model.W[:, i]
    return torch.stack(logits, dim=1)


def cumsum(model: NADE, x: Tensor) -> Tensor:
    """The logits without a loop, all hidden units of all pixels at once: (B, D) -> (B, D)."""
    added = x[:, :, None] * model.W.T
    h = torch.sigmoid(added.cumsum(1) - added + model.c)  # (B, D, H)
    return torch.einsum("bdh,dh->bd", h, model.V) + model.b


def library(model: NADE, x: Tensor) -> Tensor:
    return model.conditionals(x).logits


def milliseconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)


def steps(num_pixels: int, hidden: int, batch: int, pairs: int = 10) -> dict[str, float]:
    """Median milliseconds of a train step, the formulations taking turns, and how often NADE wins."""
    torch.manual_seed(0)
    model, x = NADE(num_pixels, hidden), torch.bernoulli(torch.full((batch, num_pixels), 0.2))
    optimizer = torch.optim.Adam(model.parameters())

    def step(logits: Callable[[NADE, Tensor], Tensor]) -> None:
        optimizer.zero_grad()
        binary_cross_entropy_with_logits(logits(model, x), x, reduction="sum").backward()
        optimizer.step()

    for logits in (library, loop):
        step(logits)  # once to warm up
    both = [[milliseconds(lambda f=f: step(f)) for f in (loop, library)] for _ in range(pairs)]
    wide = [milliseconds(lambda: step(cumsum)) for _ in range(3)]
    slow, fast = zip(*both, strict=True)
    return {
        "cumsum": statistics.median(wide),
        "loop": statistics.median(slow),
        "nade": statistics.median(fast),
        "ratio": statistics.median(s / f for s, f in both),
    }


def samples(num_pixels: int, hidden: int, n: int, passes: int) -> dict[str, float]:
    """Median milliseconds of n images by D full passes and by the running sum."""
    torch.manual_seed(0)
    model = NADE(num_pixels, hidden)
    slow = [milliseconds(lambda: Autoregressive.sample(model, n)) for _ in range(passes)]
    fast = [milliseconds(lambda: model.sample(n)) for _ in range(10)]
    slow, fast = statistics.median(slow), statistics.median(fast)
    return {"full": slow, "nade": fast, "ratio": slow / fast}


def megabytes_of_training() -> float:
    """The largest memory of this process so far, after steps at D = 784, H = 500, B = 100."""
    model, x = NADE(784, 500), torch.bernoulli(torch.full((100, 784), 0.2))
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        (-model.log_prob(x).mean()).backward()
        optimizer.step()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def speed() -> dict:
    found = {"megabytes": megabytes_of_training(), "steps": [], "samples": []}
    print(f"training at D = 784, H = 500, B = 100 takes {found['megabytes']:.0f} MB in all\n")
    print("train step         cumsum     loop     NADE   loop / NADE   (ms)")
    for size in SIZES:
        row = steps(*size)
        found["steps"].append(dict(zip("DHB", size, strict=True)) | row)
        print("D{:<4} H{:<4} B{:<4}".format(*size), end=" ")
        print("{cumsum:8.1f} {loop:8.1f} {nade:8.1f} {ratio:10.1f} x".format(**row))
    print("\n16 samples         D passes     NADE   passes / NADE   (ms)")
    for num_pixels, hidden, passes in DRAWN:
        row = samples(num_pixels, hidden, 16, passes)
        found["samples"].append({"D": num_pixels, "H": hidden, "n": 16} | row)
        print(f"D{num_pixels:<4} H{hidden:<4} ", end="     ")
        print("{full:10.1f} {nade:8.1f} {ratio:10.0f} x".format(**row))
    return found


def mnist(data: str) -> dict:
    """The recipe of `genlib.recipes.nade`, with test nats over all 10,000 images along the way."""
    x = binarized_mnist(data)
    curve, on_score = over_minutes(lambda model: {"test": nats(model, x["test"]).mean().item()})
    print(f"static binarized MNIST, H = {HIDDEN}, nats")
    test = nats(train_nade(x, HIDDEN, MNIST_STEPS, on_score=on_score), x["test"])
    error = test.std().item() / len(test) ** 0.5
    print(f"kept, by valid: test {test.mean():.2f} +- {error:.2f}")
    return {"hidden": HIDDEN, "curve": curve, "test": test.mean().item(), "error": error}


PARTS = {"speed": speed, "mnist_317": mnist}


def main() -> None:
    measure("nade", __doc__, PARTS)


if __name__ == "__main__":
    main()
