"""The models of the lecture, a file for each paper, and what they stand on.

sampling, networks, autoregressive, recurrent, vae, gan, dcgan and conditional are foundations, on which others stand.
The README's table says which class is which paper's.
"""

from genlib.models.autoencoder import AdversarialAutoencoder, Autoencoder
from genlib.models.autoregressive import Autoregressive, OrderEnsemble
from genlib.models.classifier import AttributeClassifier, DigitClassifier
from genlib.models.conditional import Codes, ConditionalDiscriminator, ConditionalGenerator
from genlib.models.cyclegan import ImagePool, PatchDiscriminator, Translator
from genlib.models.dcgan import DCGANDiscriminator, DCGANGenerator
from genlib.models.discrete_vae import DiscreteVAE
from genlib.models.gan import Generator, MLPDiscriminator, MLPGenerator
from genlib.models.gated_pixelcnn import GatedPixelCNN
from genlib.models.infogan import CodeGuesser, InfoDiscriminator
from genlib.models.linear_gaussian import LinearGaussianVAE
from genlib.models.nade import NADE, RNADE, LogisticAutoregression
from genlib.models.networks import conv_decoder, conv_encoder, mlp
from genlib.models.pixelcnn import PixelCNN
from genlib.models.pixelrnn import DiagonalBiLSTM, RasterLSTM, RowLSTM
from genlib.models.progressive import ProgressiveDiscriminator, ProgressiveGenerator
from genlib.models.puzzle import PartEncoder, PuzzleGenerator
from genlib.models.recurrent import skew, unskew
from genlib.models.sampling import GreyLevels, draw
from genlib.models.stargan import StarDiscriminator, StarGenerator
from genlib.models.tables import FullTable, Independent, MarkovChain, count_parameters
from genlib.models.text2image import TextDiscriminator, TextEncoder, TextGenerator
from genlib.models.transformer import TokenTransformer
from genlib.models.vae import (
    VAE,
    LatentVariableModel,
    active_units,
    bernoulli,
    gaussian,
    gaussian_kl,
    grey_levels,
    negative_elbo,
)

__all__ = [
    "NADE",
    "RNADE",
    "VAE",
    "AdversarialAutoencoder",
    "AttributeClassifier",
    "Autoencoder",
    "Autoregressive",
    "CodeGuesser",
    "Codes",
    "ConditionalDiscriminator",
    "ConditionalGenerator",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "DiagonalBiLSTM",
    "DigitClassifier",
    "DiscreteVAE",
    "FullTable",
    "GatedPixelCNN",
    "Generator",
    "GreyLevels",
    "ImagePool",
    "Independent",
    "InfoDiscriminator",
    "LatentVariableModel",
    "LinearGaussianVAE",
    "LogisticAutoregression",
    "MLPDiscriminator",
    "MLPGenerator",
    "MarkovChain",
    "OrderEnsemble",
    "PartEncoder",
    "PatchDiscriminator",
    "PixelCNN",
    "ProgressiveDiscriminator",
    "ProgressiveGenerator",
    "PuzzleGenerator",
    "RasterLSTM",
    "RowLSTM",
    "StarDiscriminator",
    "StarGenerator",
    "TextDiscriminator",
    "TextEncoder",
    "TextGenerator",
    "TokenTransformer",
    "Translator",
    "active_units",
    "bernoulli",
    "conv_decoder",
    "conv_encoder",
    "count_parameters",
    "draw",
    "gaussian",
    "gaussian_kl",
    "grey_levels",
    "mlp",
    "negative_elbo",
    "skew",
    "unskew",
]
