"""The models of the lecture."""

from genlib.models.autoregressive import Autoregressive, OrderEnsemble
from genlib.models.gated_pixelcnn import GatedPixelCNN
from genlib.models.nade import NADE, RNADE, LogisticAutoregression
from genlib.models.pixelcnn import PixelCNN
from genlib.models.pixelrnn import DiagonalBiLSTM, RasterLSTM, RowLSTM
from genlib.models.recurrent import skew, unskew
from genlib.models.sampling import GreyLevels, draw
from genlib.models.tables import FullTable, Independent, MarkovChain, count_parameters

__all__ = [
    "NADE",
    "RNADE",
    "Autoregressive",
    "DiagonalBiLSTM",
    "FullTable",
    "GatedPixelCNN",
    "GreyLevels",
    "Independent",
    "LogisticAutoregression",
    "MarkovChain",
    "OrderEnsemble",
    "PixelCNN",
    "RasterLSTM",
    "RowLSTM",
    "count_parameters",
    "draw",
    "skew",
    "unskew",
]
