"""Holds statistics against a reviewed schema."""

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

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

    The shop's own columns are in no schema to miss them: one that the last run
    had and this one lacks counts as drift.

    Args:
        statistics: Dict from split to its `DatasetFeatureStatisticsList`; the
            first split is the one to learn from.
        schema: `schema_pb2.Schema`, as completed.
        previous: Statistics of that first split when it last passed, for
            the schema's drift comparators and for columns that are gone; None
            if there are none.

    Returns:
        Dict from split to its `anomalies_pb2.Anomalies`.
    """
    anomalies = {}
    for split, found in statistics.items():
        anomalies[split] = tfdv.validate_statistics(
            found, schema, previous_statistics=previous
        )
        if previous is not None:
            _add_gone(anomalies[split], found, previous)
        previous = None  # Small splits differ by chance.
    return anomalies


def _add_gone(anomalies, found, previous):
    """Adds the shop's own columns that were there and are no longer."""
    for name in sorted(_open_columns(previous) - _open_columns(found)):
        if name in anomalies.anomaly_info:
            continue  # The reviewed schema misses it.
        info = anomalies.anomaly_info[name]
        info.path.step.append(name)
        info.severity = anomalies_pb2.AnomalyInfo.ERROR
        info.short_description = "Column gone"
        info.description = "The column was there in the last run."
        info.reason.add(
            type=anomalies_pb2.AnomalyInfo.COMPARATOR_TREATMENT_DATA_MISSING,
            short_description=info.short_description,
            description=info.description,
        )


def _open_columns(statistics):
    """Names of the shop's own columns that hold anything."""
    names = set()
    for feature in statistics.datasets[0].features:
        (name,) = feature.path.step
        stats = getattr(feature, feature.WhichOneof("stats"))
        if name.startswith(_OPEN) and stats.common_stats.num_non_missing:
            names.add(name)
    return names
