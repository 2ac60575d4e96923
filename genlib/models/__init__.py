"""The models of the lecture."""

from genlib.models.autoregressive import Autoregressive, OrderEnsemble
from genlib.models.classifier import DigitClassifier
from genlib.models.gan import (
    DCGANDiscriminator,
    DCGANGenerator,
    Generator,
    MLPDiscriminator,
    MLPGenerator,
)
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
    "DCGANDiscriminator",
    "DCGANGenerator",
    "DiagonalBiLSTM",
    "DigitClassifier",
    "FullTable",
    "GatedPixelCNN",
    "Generator",
    "GreyLevels",
    "Independent",
    "LogisticAutoregression",
    "MLPDiscriminator",
    "MLPGenerator",
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
