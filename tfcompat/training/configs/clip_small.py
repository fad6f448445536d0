"""A small CLIP on the wardrobe's own captions: no weights but its own."""

from tfcompat.training.small_clip import SmallCLIPConfig

CONFIG = SmallCLIPConfig()
