"""GECo as published: ResNet18, 128 pixels, templates of CIGM."""

from tfcompat.training.compatibility import GECoConfig

CONFIG = GECoConfig()
