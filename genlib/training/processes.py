"""Training in several processes, data-parallel: what each draws for itself, and what all share.

Each process sees its share of every batch, and draws noise of its own. Before an optimizer moves a weight, torch's
`all_reduce` puts the mean over the processes in place of each gradient, so that all move the same weights in the
same way. Torch's own hooks for every optimizer and every module call it. `DistributedDataParallel` cannot: it hears one
module's `forward` and then `backward`, where losses here call `log_prob`, two networks, or a slope of slopes, and
`fit` asks `torch.autograd.grad`.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, distributed, nn
from torch.nn.modules.module import register_module_forward_hook
from torch.optim.optimizer import register_optimizer_step_pre_hook

APART = 1_000_003  # seeds of two processes: no recipe has one so large


def rank_and_count() -> tuple[int, int]:
    """Which process this is, from 0, and how many train together: (0, 1) for one alone."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


def own_seed(seed: int) -> int:
    """The seed of what this process alone draws: batches and noise, never first weights, data or scores."""
    rank, _ = rank_and_count()
    return seed + APART * rank if rank else seed


def own_share(size: int) -> int:
    """How many rows of a batch of that size this process sees."""
    _, count = rank_and_count()
    if size % count:
        raise ValueError(f"size must be a multiple of the {count} processes, got {size}")
    return size // count


def agree(module: nn.Module) -> None:
    """Put the weights and the statistics of the first process into the module of each."""
    if rank_and_count()[1] > 1:
        for tensor in module.state_dict().values():
            first = tensor.contiguous()
            distributed.broadcast(first, 0)
            tensor.copy_(first)


def agreed(module: nn.Module) -> bool:
    """Whether the module holds the same numbers, bit by bit, in all processes."""
    _, count = rank_and_count()
    if count == 1:
        return True
    digest, digests = hashlib.sha256(), [""] * count
    for tensor in module.state_dict().values():
        digest.update(tensor.contiguous().numpy())
    distributed.all_gather_object(digests, digest.hexdigest())
    return len(set(digests)) == 1


@contextmanager
def joined() -> Iterator[None]:
    """A training with the other processes of `torchrun`, as a context; by gloo, for recipes train on the CPU."""
    distributed.init_process_group("gloo")
    hooks = [
        register_optimizer_step_pre_hook(_share_gradients),
        register_module_forward_hook(_share_statistics),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        distributed.destroy_process_group()


def _share_gradients(optimizer: torch.optim.Optimizer, *_: object) -> None:
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    _to_mean([weight.grad for weight in weights if weight.grad is not None])


def _share_statistics(module: nn.Module, *_: object) -> None:
    """What batch norm counts for later; each process has normalised its own share by itself."""
    if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)) and module.training:
        # backward notes whether they changed, but does not use them: `data` changes them unnoticed, as batch norm does
        _to_mean([module.running_mean.data, module.running_var.data])


def _to_mean(tensors: list[Tensor]) -> None:
    """Put the mean over the processes in place of each tensor, in one message."""
    _, count = rank_and_count()
    every = torch.cat([tensor.flatten() for tensor in tensors])
    distributed.all_reduce(every)
    parts = every.div_(count).split([tensor.numel() for tensor in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        tensor.copy_(part.view_as(tensor))
