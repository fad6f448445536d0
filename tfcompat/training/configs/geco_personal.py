"""Future work of GECo: the customer is a part of the query.

Learnt of the customers' own liked pairs.
"""

from tfcompat.training.compatibility import GECoConfig

CONFIG = GECoConfig(pairs="votes", query_parts=("item", "template", "customer"))
