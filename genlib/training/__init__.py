"""Training as a game: players move in turn, each down its own loss.

A likelihood is a game for one player, a GAN for two, CycleGAN for four. Nothing here knows a model.
"""

from genlib.training.game import OnStep, Player, fit, minibatches
from genlib.training.hooks import Average, keep_best
from genlib.training.trainings import adam, play, train_by_schedule, train_by_score

__all__ = [
    "Average",
    "OnStep",
    "Player",
    "adam",
    "fit",
    "keep_best",
    "minibatches",
    "play",
    "train_by_schedule",
    "train_by_score",
]
