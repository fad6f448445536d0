"""Partial Dual: low-rank ratings by their dual on the spectrahedron."""

from tfcompat.models.partial_dual.model import PartialDual

__all__ = ["PartialDual"]
