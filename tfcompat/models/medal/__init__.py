"""MEDAL: meta-space distillation and alignment."""

from tfcompat.models.medal.encoder import MEDALEncoder
from tfcompat.models.medal.learning import MEDALLearning
from tfcompat.models.medal.model import MEDAL

__all__ = ["MEDAL", "MEDALEncoder", "MEDALLearning"]
