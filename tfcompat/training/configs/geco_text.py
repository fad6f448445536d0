"""Future work of GECo: text of the query and of the candidates.

Needs a wardrobe whose items have text.
"""

from tfcompat.training.compatibility import GECoConfig

CONFIG = GECoConfig(query_parts=("item", "template", "text"))
