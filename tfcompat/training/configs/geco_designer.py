"""Beyond GECo: a personalised designer's design is a part of the query.

Name the designer's finished run by `--set designer=RUN`.
"""

from tfcompat.training.compatibility import GECoConfig

CONFIG = GECoConfig(
    pairs="votes", query_parts=("item", "template", "customer", "design")
)
