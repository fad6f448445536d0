"""Pix2pix, and CIGM, which is Pix2pix with noise."""

from tfcompat.models.baselines.pix2pix.cigm import make_cigm
from tfcompat.models.baselines.pix2pix.pix2pix import Pix2pix

__all__ = ["Pix2pix", "make_cigm"]
