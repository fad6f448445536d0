"""MrCGAN: a compatibility family, then a GAN that draws its prototypes."""

from tfcompat.models.baselines.mrcgan.family import CompatibilityFamily
from tfcompat.models.baselines.mrcgan.model import MrCGAN

__all__ = ["CompatibilityFamily", "MrCGAN"]
