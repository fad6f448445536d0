"""Pictures of completed outfits, as ADDE's Fig. 4 and 5."""

import numpy as np

from tfcompat.evaluation.attribute_evaluation import encoder_run, load_model
from tfcompat.evaluation.outfit_evaluation import OutfitTasks
from tfcompat.evaluation.picture_rows import GREEN, write_picture_rows
from tfcompat.training.adde import adde_features
from tfcompat.training.outfits import score_outfits

_FOUND = 10
_ROWS = 5


def draw_completions(run, wardrobe, path):
    """Outfits that lack an item, and the ten items that go best with them.

    A green frame has the item that was hidden; above are outfits where it is
    among the ten, below some where it is not.

    Args:
        run: Finished `RunFolder` of an outfit model.
        wardrobe: `Wardrobe`.
        path: The PNG.
    """
    tasks = OutfitTasks(wardrobe, "test", run.read_config()["least_items"])
    questions = tasks.retrieval
    scores = score_outfits(
        load_model(run),
        questions,
        adde_features(encoder_run(run), wardrobe),
        wardrobe,
    )
    order = np.argsort(-scores, axis=1, kind="stable")[:, :_FOUND]
    hit = (order == 0).any(axis=1)  # The hidden item is the first candidate.
    photos = wardrobe.image_paths
    widest = questions.outfit.shape[1]

    def row(place):
        outfit = questions.outfit[place]
        asked = [
            (photos[item] if item >= 0 else None, "", None) for item in outfit
        ]
        found = [
            (
                photos[questions.candidates[place, at]],
                f"{scores[place, at]:.3f}",
                GREEN if at == 0 else None,
            )
            for at in order[place]
            if questions.candidates[place, at] >= 0
        ]
        return [
            *asked,
            *[(None, "", None)] * (widest - len(outfit) + 1),
            *found,
        ]

    sections = []
    for title, which in (
        ("The hidden item is among the ten", hit),
        ("It is not", ~hit),
    ):
        places = np.flatnonzero(which)
        if len(places) > _ROWS:
            chosen = np.linspace(0, len(places) - 1, _ROWS).astype(int)
            places = places[chosen]
        sections.append((title, [row(place) for place in places]))
    write_picture_rows(sections, path)
