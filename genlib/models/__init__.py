"""The models of the lecture."""

from genlib.models.autoregressive import Autoregressive, OrderEnsemble
from genlib.models.sampling import GreyLevels, draw
from genlib.models.tables import FullTable, Independent, MarkovChain, count_parameters

__all__ = [
    "Autoregressive",
    "FullTable",
    "GreyLevels",
    "Independent",
    "MarkovChain",
    "OrderEnsemble",
    "count_parameters",
    "draw",
]
