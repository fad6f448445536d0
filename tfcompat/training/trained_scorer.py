"""A finished stage 2 run, ready to score pairs of any wardrobe it fits."""

import numpy as np
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.data.pipeline import make_dataset
from tfcompat.data.questions import Questions
from tfcompat.training.garment_encoder import item_features
from tfcompat.training.group_ranking import rank_group
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.scoring import score_questions
from tfcompat.training.vocabulary import Vocabulary

_PAIR_MODELS = ("SubspaceConfig", "JointSubspaceConfig")


class TrainedScorer:
    """Scores item pairs with the model of a run folder.

    Args:
        path: Folder of a finished run of stage 2.
        wardrobe: `Wardrobe` whose rows are scored; customers and items that
            the model has not seen are answered as strangers.

    Attributes:
        config: The run's settings, a dict.
        model: The Keras model.

    Raises:
        InputError: If the folder is no finished run of a pair model, or the
            wardrobe has groups that the model does not know.
    """

    def __init__(self, path, wardrobe):
        run = RunFolder(path)
        self.config = run.read_config()
        if self.config["config"] not in _PAIR_MODELS:
            raise InputError(
                f"{run.path}: is a run of {self.config['config']}, which "
                "scores no pairs."
            )
        run.require_finished()
        self.wardrobe = wardrobe
        self.model = keras.saving.load_model(
            run.model / "model.keras", compile=False
        )
        vocabulary = Vocabulary(**run.read_json("model/vocabulary.json"))
        self._translate = vocabulary.translate(wardrobe)
        encoder = RunFolder(self.config["encoder"] or run.path / "encoder")
        if self.config.get("backbone", "frozen") == "frozen":
            self._content = item_features(encoder, wardrobe)
        else:
            size = self.model.backbone.image_size
            self._content = ImageStore(wardrobe.image_paths, size)

    def score(self, questions):
        """Returns float32 `[n, c]` scores of `Questions` `[n, c]`."""
        return score_questions(
            self.model,
            questions,
            self._content,
            self.wardrobe,
            translate=self._translate,
        )

    def rank(self, customer, query, group, k=10):
        """Ranks all items of a group for one customer and one query item.

        Args:
            customer: Row of the customer; -1 for a stranger.
            query: Row of the query item.
            group: Name of the group to choose from.
            k: Length of the list.

        Returns:
            Tuple of int `[k]` item rows, best first, and float `[k]` scores;
            shorter where the group has fewer items.

        Raises:
            ValueError: If the wardrobe has no such group.
        """

        def score(rows):
            questions = Questions(
                np.full(1, customer),
                np.full(1, query),
                rows[None],
                np.zeros((1, len(rows))),
            )
            return self.score(questions)[0]

        return rank_group(self.wardrobe, query, group, score, k)

    def attention_weights(self, customers):
        """How much each subspace counts for customers.

        Args:
            customers: int `[n]` customer rows.

        Returns:
            float `[n, k]`, or None for a model that does not ask for the
            customer.
        """
        count = len(customers)
        questions = Questions(
            customers,
            np.zeros(count),
            np.zeros((count, 1)),
            np.zeros((count, 1)),
        )
        dataset = make_dataset(
            questions, self._content, self.wardrobe, batch_size=count
        ).map(self._translate)
        inputs, _ = next(iter(dataset))
        return self.model.subspace_weights(inputs)
