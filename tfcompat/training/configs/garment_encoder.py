"""A small CNN that learns garments by their category and attributes.

`tfcompat train garment-encoder --data WARDROBE --out RUN`
"""

from tfcompat.training.garment_encoder import GarmentEncoderConfig

CONFIG = GarmentEncoderConfig()
