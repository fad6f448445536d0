"""A finished MEDAL run, ready to score items of any wardrobe."""

import pandas as pd
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.training.group_ranking import rank_group
from tfcompat.training.latent_scorer import LatentScorer, with_unknown
from tfcompat.training.medal_progress import embed_all, embedder, space_masks
from tfcompat.training.run_folder import RunFolder


class TrainedMedal:
    """Scores item pairs and outfits by the teacher of a run.

    Args:
        path: Folder of a finished run of MEDAL.
        wardrobe: `Wardrobe` whose items are scored. Types that the model has
            not seen are compared in the mean of all its spaces.

    Attributes:
        config: The run's settings, a dict.
        model: The Keras model.
        clip: Dict that says where the weights of the frozen CLIP, which was
            an aid in training, are from.
        latents: float32 `[items, d]`, the embeddings.
        spaces: Tuple of int `[items]` types and float32 `[types, types, d]`
            masks, the last type being the unknown one; None without spaces.

    Raises:
        InputError: If the folder is no finished run of MEDAL.
    """

    def __init__(self, path, wardrobe):
        run = RunFolder(path)
        self.config = run.read_config()
        if self.config["config"] != "MedalConfig":
            raise InputError(
                f"{run.path}: is a run of {self.config['config']}, not of "
                "MEDAL."
            )
        run.require_finished()
        self.wardrobe = wardrobe
        self.clip = run.read_json("clip.json")
        self.model = keras.saving.load_model(
            run.model / "model.keras", compile=False
        )
        images = ImageStore(wardrobe.image_paths, self.config["image_size"])
        self.latents = embed_all(embedder(self.model), images)
        known = run.read_json("model/types.json")
        types = masks = None
        if "types" in known:
            column = {"categories": "category", "groups": "group"}[known["key"]]
            masks = with_unknown(space_masks(self.model))
            types = pd.Index(known["types"]).get_indexer(wardrobe.items[column])
            types = types % len(masks)  # -1, unknown, is the last.
        self.spaces = types, masks
        self._scorer = LatentScorer(self.latents, types, masks)

    def score(self, questions):
        """Returns float32 `[n, c]` scores of `Questions` `[n, c]`."""
        return self._scorer.score(questions.query, questions.candidates)

    def score_outfits(self, outfits, candidates):
        """Scores candidates against all items of outfits.

        Args:
            outfits: int `[n, m]`, item rows, -1 where there are fewer.
            candidates: int `[n, c]`, item rows, -1 where there are fewer.

        Returns:
            float32 `[n, c]`, the mean of the pairs' scores; -inf where there
            is no candidate.
        """
        return self._scorer.score_outfits(outfits, candidates)

    def rank(self, query, group, k=10):
        """Ranks all items of a group for one query item.

        Args:
            query: Row of the query item.
            group: Name of the group to choose from.
            k: Length of the list.

        Returns:
            Tuple of int `[k]` item rows, best first, and float `[k]` scores;
            shorter where the group has fewer items.

        Raises:
            ValueError: If the wardrobe has no such group.
        """
        return rank_group(
            self.wardrobe,
            query,
            group,
            lambda rows: self._scorer.score([query], rows[None])[0],
            k,
        )
