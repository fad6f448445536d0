"""The garment detector, on the photos and boxes of the wardrobe's worn.json."""

from tfcompat.training.garment_detector import GarmentDetectorConfig

CONFIG = GarmentDetectorConfig()
