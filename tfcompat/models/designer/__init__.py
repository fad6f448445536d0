"""The personalised designer of Yu et al. 2019."""

from tfcompat.models.designer.algorithm import Algorithm1
from tfcompat.models.designer.model import Designer

__all__ = ["Algorithm1", "Designer"]
