"""The garment encoder in a fifth of the epochs, for tables made on a CPU."""

from tfcompat.training.garment_encoder import GarmentEncoderConfig

CONFIG = GarmentEncoderConfig(epochs=12)
