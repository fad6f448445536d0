"""Holds statistics against a reviewed schema."""

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import schema_pb2

# Columns that shops name themselves.
_OPEN = ("attr_", "survey_")


def complete_schema(reviewed, inferred):
    """Adds the shop's own columns to a reviewed schema.

    Args:
        reviewed: `schema_pb2.Schema` that somebody has looked at.
        inferred: `schema_pb2.Schema` that SchemaGen made of the data.

    Returns:
        `schema_pb2.Schema`: `reviewed`, and attributes and survey answers that
        it does not name, with the type they have and nothing else asked of
        them but that numbers be numbers.
    """
    schema = schema_pb2.Schema()
    schema.CopyFrom(reviewed)
    named = {feature.name for feature in reviewed.feature}
    for feature in inferred.feature:
        if feature.name in named or not feature.name.startswith(_OPEN):
            continue
        added = schema.feature.add(name=feature.name, type=feature.type)
        added.value_count.min = added.value_count.max = 1
        if feature.type == schema_pb2.FLOAT:
            added.float_domain.disallow_nan = True
            added.float_domain.disallow_inf = True
    return schema


def find_anomalies(statistics, schema, previous):
    """Validates the splits of an example set.

    Args:
        statistics: Dict from split to its `DatasetFeatureStatisticsList`; the
            first split is the one to learn from.
        schema: `schema_pb2.Schema`, as completed.
        previous: Statistics of that first split when it last passed, for
            the schema's drift comparators; None if there are none.

    Returns:
        Dict from split to its `anomalies_pb2.Anomalies`.
    """
    anomalies = {}
    for split, found in statistics.items():
        anomalies[split] = tfdv.validate_statistics(
            found, schema, previous_statistics=previous
        )
        previous = None  # Small splits differ by chance.
    return anomalies
