"""Starting a pair model from the one that was found good before."""

import logging
import os

from tfcompat.data.errors import InputError
from tfcompat.export.pair_model import PairModel
from tfcompat.training.vocabulary import Vocabulary
from tfx_pipeline.trainers.kept_weights import keep_weights

_LOG = logging.getLogger(__name__)


def make_warm_start(base_model, wardrobe):
    """Makes what fills a new run's model with the weights of an older one.

    The garment encoder and stage 1 may have been trained anew in between:
    weights that go by what they say are a better start than none all the same.

    Args:
        base_model: Local folder of an exported pair model.
        wardrobe: `Wardrobe` that the new model is trained on.

    Returns:
        Function for `tfcompat.training.execution.execute(prepare=...)`; None,
        after a line in the log, where there is no such model.
    """
    try:
        base = PairModel.load(os.path.join(base_model, "assets.extra/tfcompat"))
    except InputError as error:
        _LOG.warning("training starts anew, without an older model: %s", error)
        return None

    def prepare(model, run):
        if type(model) is not type(base.model):
            _LOG.warning(
                "training starts anew: %s is a %s, not a %s",
                base_model,
                type(base.model).__name__,
                type(model).__name__,
            )
            return
        report = keep_weights(
            model, Vocabulary.of(wardrobe), base.model, base.vocabulary
        )
        run.write_json("warm_start.json", {"from": base_model, **report})
        _LOG.info(
            "training starts from %s; kept: %s; new: %s",
            base_model,
            ", ".join(report["kept"]) or "nothing",
            ", ".join(report["new"]) or "nothing",
        )

    return prepare
