"""What is wrong with a wardrobe's data, for whoever has to mend it."""

from typing import NamedTuple

from tensorflow_metadata.proto.v0 import anomalies_pb2

_TYPES = anomalies_pb2.AnomalyInfo
_SHOWN = 5  # Values named one by one.
_GONE = _TYPES.COMPARATOR_TREATMENT_DATA_MISSING
_DRIFT = (
    _GONE,
    _TYPES.COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH,
    _TYPES.COMPARATOR_L_INFTY_HIGH,
)
# What was looked up in the table of items, and by which column.
_LOOKED_UP = {
    f"{name}_{column}": (f"{name}_id", column)
    for name in ("item", "query", "candidate")
    for column in ("group", "category")
}


class Finding(NamedTuple):
    """One thing that is wrong.

    Attributes:
        text: What it is.
        is_drift: Whether it is wrong only beside the last run's data.
    """

    text: str
    is_drift: bool = False


def findings_in_words(anomalies, statistics, schema, previous=None):
    """Says what is wrong.

    Args:
        anomalies: Dict from split to `anomalies_pb2.Anomalies`.
        statistics: Dict from split to the `DatasetFeatureStatisticsList` they
            were found in; the first split is the one to learn from.
        schema: The `schema_pb2.Schema` they were held against.
        previous: Statistics that the first split was compared to, or None.

    Returns:
        List of `Finding`, missing columns first.
    """
    first = next(iter(anomalies))
    if anomalies[first].data_missing:
        return [Finding(f"no row is in the part to learn from ({first})")]
    reasons = {}
    for report in anomalies.values():
        for name, info in report.anomaly_info.items():
            for reason in info.reason:
                reasons.setdefault((name, reason.type), reason.description)
    absent = [
        name for name, kind in reasons if kind == _TYPES.SCHEMA_MISSING_COLUMN
    ]
    words = _Words(statistics, schema, previous)
    findings = []
    for (name, kind), description in sorted(
        reasons.items(), key=lambda reason: (reason[0][0] not in absent, reason)
    ):
        source, _ = _LOOKED_UP.get(name, (name, ""))
        if source != name and source in absent:
            continue  # Nothing could be looked up.
        text = words.say(name, kind, " ".join(description.split()))
        findings.append(Finding(text, kind in _DRIFT))
    return list(dict.fromkeys(finding for finding in findings if finding.text))


class _Words:
    """Words anomalies by what the statistics say."""

    def __init__(self, statistics, schema, previous):
        self._datasets = [found.datasets[0] for found in statistics.values()]
        self._previous = previous
        self._domains = {
            feature.name: list(feature.string_domain.value)
            for feature in schema.feature
        }

    def say(self, name, kind, description):
        """One clause; "" for what another one says."""
        if name == "customer_listed":
            return "column customer_id names customers that are not defined"
        if kind == _GONE:
            return f"column {name} is gone since the last run"
        if kind in _DRIFT:
            return self._drift(name, description)
        if kind == _TYPES.SCHEMA_MISSING_COLUMN:
            return self._absence(name, "all rows")
        if kind == _TYPES.FEATURE_TYPE_LOW_FRACTION_PRESENT:
            missing, rows = self._missing(name)
            return self._absence(name, f"{missing:,} of {_rows(rows)}")
        if kind == _TYPES.INVALID_FEATURE_SHAPE and self._missing(name)[0]:
            return ""
        domain = self._domains.get(name)
        if kind == _TYPES.ENUM_TYPE_UNEXPECTED_STRING_VALUES and domain:
            counts = _counts(self._datasets, name)
            wrong = [value for value in counts if value not in domain]
            expected = " or ".join(map(repr, domain))
            found = [f"{value!r} ({_rows(counts[value])})" for value in wrong]
            return f"column {name} holds {_some(found)}, not {expected}"
        return f"column {name}: {description.rstrip('.')}"

    def _absence(self, name, rows):
        if name in _LOOKED_UP:
            source, column = _LOOKED_UP[name]
            return (
                f"column {source} names items whose {column} the table of "
                f"items does not say ({rows})"
            )
        if rows == "all rows":
            return f"column {name} is missing or empty"
        return f"column {name} is empty in {rows}"

    def _missing(self, name):
        rows = sum(dataset.num_examples for dataset in self._datasets)
        present = 0
        for dataset in self._datasets:
            feature = _feature(dataset, name)
            if feature is not None:
                kind = feature.WhichOneof("stats")
                present += getattr(feature, kind).common_stats.num_non_missing
        return int(rows - present), int(rows)

    def _drift(self, name, description):
        source, column = _LOOKED_UP.get(name, ("", name))
        what = f"the {column} behind column {source}" if source else name
        now = _counts(self._datasets[:1], name)
        before = _counts(self._previous.datasets[:1], name)
        clauses = [f"{what} has drifted from the data of the last run"]
        for word, values, others in (
            ("new", now, before),
            ("gone", before, now),
        ):
            if names := [
                repr(value) for value in values if value not in others
            ]:
                clauses.append(f"{word}: {_some(names)}")
        return f"{', '.join(clauses)} ({description.rstrip('.')})"


def _feature(dataset, name):
    for feature in dataset.features:
        if list(feature.path.step) == [name]:
            return feature
    return None


def _counts(datasets, name):
    """Dict from value to how often it occurs over all data sets, sorted."""
    counts = {}
    for dataset in datasets:
        feature = _feature(dataset, name)
        if feature is not None:
            for bucket in feature.string_stats.rank_histogram.buckets:
                value = bucket.label
                counts[value] = counts.get(value, 0) + int(bucket.sample_count)
    order = sorted(counts, key=lambda value: (-counts[value], value))
    return {value: counts[value] for value in order}


def _rows(count):
    return "1 row" if count == 1 else f"{count:,} rows"


def _some(texts):
    more = len(texts) - _SHOWN
    shown = ", ".join(texts[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown
