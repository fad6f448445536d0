"""The personalised designer as published: 128 pixels, full width."""

from tfcompat.training.designer import DesignerConfig

CONFIG = DesignerConfig()
