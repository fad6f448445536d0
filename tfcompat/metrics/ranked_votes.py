"""PSA-Net's metrics over votes: overall, and averaged over customers.

Every vote, a label for one (query, candidate) with the model's score, counts
once, and votes are ranked together whatever query they belong to. Given
`customers`, each customer's votes are ranked apart, and the customers' values
are averaged, each counting the same however many votes it comes from.

Votes are sorted once and the metrics computed from the groups of tied votes,
for all customers at a time. Results are exact, not binned by threshold.

**Ties.** AUC counts a tied pair as half won, AUPRC takes the tied votes as one
step of the curve, and the two top lists take the mean over all orders of the
tied votes. So a model that scores everything alike gets 1/2, the positive
rate, x % and the positive rate.

**Undefined values.** AUC needs a compatible and an incompatible vote; AUPRC
and recall need a compatible one. Elsewhere the value is NaN. Customers without
a value are skipped and counted; the averaged precision is defined for all.
Mind that a customer who likes everything has AUPRC 1 under any model.

Reference:
    PSA-Net, section IV-C.
"""

import typing

import numpy as np

from tfcompat.metrics.vote_columns import flatten_votes


class CustomerAverage(typing.NamedTuple):
    """A metric's mean over customers, and over how many.

    Attributes:
        mean: Mean over the counted customers, NaN if there are none.
        counted: Number of customers with a value.
        skipped: Number of customers whose votes leave the metric undefined.
    """

    mean: float
    counted: int
    skipped: int


class RankedVotes:
    """Votes sorted by score within each customer, ties grouped.

    Use it instead of the functions below for several metrics of one set of
    votes: sorting is nearly all of the work.

    Args:
        labels: `[...]`, any shape: 1 or True for compatible, 0 for not.
        scores: Like `labels`; higher is more compatible, may be infinite.
        customers: Integers, one for each label or for each row of `labels`.
            Negative is an unknown customer, whose votes are left out. None
            ranks all votes as if one person had cast them.

    Raises:
        ValueError: If shapes do not fit, a label is not 0 or 1, a score is
            NaN, or customers are not integers.
    """

    def __init__(self, labels, scores, customers=None):
        labels, scores, customers = flatten_votes(labels, scores, customers)
        # By score, then stably by customer: 3 times as fast as `lexsort`, as
        # NumPy has a radix sort for 16 bits, enough for most customer rows.
        customers = customers.astype(
            np.min_scalar_type(customers.max(initial=0))
        )
        order = np.argsort(-scores)
        order = order[np.argsort(customers[order], kind="stable")]
        labels, scores, customers = (
            column[order] for column in (labels, scores, customers)
        )
        new_customer = np.ones(len(labels), bool)
        new_customer[1:] = customers[1:] != customers[:-1]
        new_group = new_customer.copy()
        new_group[1:] |= scores[1:] != scores[:-1]

        first = np.flatnonzero(new_customer)  # Vote each customer starts at.
        start = np.flatnonzero(new_group)  # Vote each tie group starts at.
        end = np.append(start, len(labels))[1:]
        # positives_before[i]: compatible ones of the votes [0, i).
        positives_before = np.append(0, np.cumsum(labels))

        # Of each customer.
        self.votes = np.diff(np.append(first, len(labels)))
        self.positives = np.diff(
            positives_before[np.append(first, len(labels))]
        )
        # Of each tie group: its customer, the votes and the compatible ones
        # the customer has above it, and those in it.
        self.owner = np.cumsum(new_customer)[start] - 1
        self.above = start - first[self.owner]
        self.positives_above = (
            positives_before[start] - positives_before[first[self.owner]]
        )
        self.size = end - start
        self.tied_positives = positives_before[end] - positives_before[start]

    def roc_auc(self):
        """Area under the ROC curve of each customer, NaN for one class."""
        negatives = self.votes - self.positives
        tied_negatives = self.size - self.tied_positives
        negatives_above = self.above - self.positives_above
        beaten = negatives[self.owner] - negatives_above - tied_negatives / 2
        return _ratio(
            self._sum_by_customer(self.tied_positives * beaten),
            self.positives * negatives,
        )

    def auprc(self):
        """Area under the precision-recall curve of each customer.

        Step-wise: the mean, over compatible votes, of the precision down to
        and including the vote's ties. NaN without a compatible vote.
        """
        through = self.positives_above + self.tied_positives
        precision = through / (self.above + self.size)
        return _ratio(
            self._sum_by_customer(self.tied_positives * precision),
            self.positives,
        )

    def recall_at_percent(self, percent):
        """Share of compatible votes among each customer's top `percent` %.

        The list is k = percent * n / 100 votes long. Where k is no whole
        number its last vote counts by the fraction, so that chance scores
        exactly `percent` % for every n. NaN without a compatible vote.

        Raises:
            ValueError: If `percent` is not in (0, 100].
        """
        if not 0 < percent <= 100:
            raise ValueError(f"`percent` must be in (0, 100], got {percent}.")
        length = self.votes * (percent / 100)
        inside = np.clip((length[self.owner] - self.above) / self.size, 0, 1)
        return _ratio(
            self._sum_by_customer(self.tied_positives * inside), self.positives
        )

    def averaged_precision_at_k(self, k):
        """Mean of each customer's precision@1, ..., precision@k.

        With fewer than k votes, the mean up to their number.

        Raises:
            ValueError: If `k` is not a positive integer.
        """
        if k != int(k) or k < 1:
            raise ValueError(f"`k` must be a positive integer, got {k}.")
        # A group holds ranks above + 1 .. above + size. Within it, precision@j
        # is (positives_above + (j - above) * rate) / j, that is
        # rate + excess / j; summed over j that takes harmonic numbers.
        rate = self.tied_positives / self.size
        excess = self.positives_above - self.above * rate
        deepest = min(k, self.votes.max(initial=0))
        harmonic = np.append(0, np.cumsum(1 / np.arange(1, deepest + 1)))
        start = np.minimum(self.above, k)
        end = np.minimum(self.above + self.size, k)
        precisions = rate * (end - start)
        precisions += excess * (harmonic[end] - harmonic[start])
        return _ratio(
            self._sum_by_customer(precisions), np.minimum(self.votes, k)
        )

    def _sum_by_customer(self, group_values):
        return np.bincount(self.owner, group_values, minlength=len(self.votes))


def roc_auc(labels, scores, customers=None):
    """Area under the ROC curve.

    Args:
        labels: As in `RankedVotes`.
        scores: As in `RankedVotes`.
        customers: As in `RankedVotes`.

    Returns:
        float over all votes, NaN where undefined; with `customers`, a
        `CustomerAverage`.
    """
    ranked = RankedVotes(labels, scores, customers)
    return summarise(ranked.roc_auc(), customers)


def auprc(labels, scores, customers=None):
    """Area under the precision-recall curve; arguments as for `roc_auc`."""
    ranked = RankedVotes(labels, scores, customers)
    return summarise(ranked.auprc(), customers)


def recall_at_percent(labels, scores, customers=None, *, percent=50):
    """Recall in the top `percent` % (0 to 100); else as for `roc_auc`."""
    ranked = RankedVotes(labels, scores, customers)
    return summarise(ranked.recall_at_percent(percent), customers)


def averaged_precision_at_k(labels, scores, customers=None, *, k=10):
    """Mean of precision@j for j up to `k`; else as for `roc_auc`."""
    ranked = RankedVotes(labels, scores, customers)
    return summarise(ranked.averaged_precision_at_k(k), customers)


def summarise(values, customers):
    """The one overall value, or the average over customers.

    Args:
        values: float `[num_customers]`, NaN where undefined; a single one if
            `customers` is None.
        customers: What `RankedVotes` was given.

    Returns:
        float or `CustomerAverage`.
    """
    if customers is None:
        return float(values[0]) if len(values) else float("nan")
    defined = values[~np.isnan(values)]
    return CustomerAverage(
        mean=float(defined.mean()) if len(defined) else float("nan"),
        counted=len(defined),
        skipped=len(values) - len(defined),
    )


def _ratio(numerator, denominator):
    """Quotient, NaN where the denominator is 0."""
    result = np.full(len(denominator), np.nan)
    return np.divide(numerator, denominator, out=result, where=denominator > 0)
