"""Ablation: GECo's towers without a template, by the top alone."""

from tfcompat.training.compatibility import GECoConfig

CONFIG = GECoConfig(query_parts=("item",))
