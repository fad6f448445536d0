"""How GECo and its baselines are measured: two protocols, exactly.

The paper's: AUC against one negative, and MRR over all bottoms of the test
part. MGCM's: AUC over three negatives, MRR over nine.

Ties. AUC counts a pair of candidates only if the compatible one scores
strictly above, equation 14; in a ranking, every other candidate that scores
the same stands before the compatible one. A constant scorer thus has an AUC
of 0 and the least MRR there is, and Popularity, for which all new items tie,
gains nothing by it.

Among all bottoms, other true matches of the top count as wrong, as in the
paper: only the question's own bottom is right.
"""

import numpy as np

RECALLS = (10, 30, 50)


def measure_lists(scores):
    """Both protocols' figures on fixed lists.

    Args:
        scores: float `[n, 10]`: the compatible candidate first, then nine
            negatives; -inf where there is none.

    Returns:
        Dict of floats: "auc_1v1", "auc_1v3" (over the negatives there are; NaN
        without any) and "mrr_1v9".

    Raises:
        ValueError: If a score is NaN.
    """
    scores = np.asarray(scores, "float64")
    if np.isnan(scores).any():
        raise ValueError("`scores` hold NaN.")
    positive, negatives = scores[:, :1], scores[:, 1:]
    above = positive > negatives
    real = negatives > -np.inf
    better = (negatives >= positive).sum(axis=1)
    return {
        "auc_1v1": _share(above[:, :1], real[:, :1]),
        "auc_1v3": _share(above[:, :3], real[:, :3]),
        "mrr_1v9": float(np.mean(1.0 / (1.0 + better))),
    }


def measure_all_candidates(blocks, answers, count):
    """Figures of ranking all candidates for each query.

    Args:
        blocks: Iterable of tuples of a slice of the queries and their float
            `[b, m]` scores of all candidates.
        answers: int `[n]`, the place of each query's compatible candidate.
        count: Number of queries, n.

    Returns:
        Dict of floats: "mrr" and "recall_at_<k>" for k of `RECALLS`.

    Raises:
        ValueError: If a score is NaN.
    """
    ranks = np.zeros(count, "int64")
    for part, scores in blocks:
        if np.isnan(scores).any():
            raise ValueError("`blocks` hold a score that is NaN.")
        own = np.take_along_axis(scores, answers[part][:, None], axis=1)
        # The compatible candidate itself is one of those.
        ranks[part] = (scores >= own).sum(axis=1)
    recalls = {f"recall_at_{k}": float(np.mean(ranks <= k)) for k in RECALLS}
    return {"mrr": float(np.mean(1.0 / ranks)), **recalls}


def evaluate_protocols(score_lists, score_blocks, questions):
    """Everything that is measured of one model.

    Args:
        score_lists: Function from `Questions` to their scores.
        score_blocks: Function from customers, queries and candidates to what
            `measure_all_candidates` takes.
        questions: `Questions` `[n, 10]` of `compatibility_questions`.

    Returns:
        Dict: "count"; "overall" with "roc_auc", AUC against one negative;
        "retrieval" with "mrr" and recalls over all distinct compatible
        candidates; "mgcm_protocol" with "roc_auc" over three and "mrr" over
        nine negatives.
    """
    lists = measure_lists(score_lists(questions))
    candidates, answers = np.unique(
        questions.candidates[:, 0], return_inverse=True
    )
    blocks = score_blocks(questions.customer, questions.query, candidates)
    return {
        "count": len(questions),
        "overall": {"roc_auc": lists["auc_1v1"]},
        "retrieval": {
            "candidates": len(candidates),
            **measure_all_candidates(blocks, answers, len(questions)),
        },
        "mgcm_protocol": {
            "roc_auc": lists["auc_1v3"],
            "mrr": lists["mrr_1v9"],
        },
    }


def _share(above, real):
    return float(above[real].mean()) if real.any() else float("nan")
