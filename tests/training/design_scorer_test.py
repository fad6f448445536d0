import numpy as np
import pytest

from tfcompat.data.images import ImageStore
from tfcompat.data.questions import Questions
from tfcompat.training.design_scorer import DesignScorer
from tfcompat.training.execution import execute
from tfcompat.training.subspace_config import SubspaceConfig


def real_pairs(wardrobe):
    """Customers, tops, and bottoms with their images."""
    groups = wardrobe.item_groups
    bottom = wardrobe.groups.index("bottom")
    target = np.flatnonzero(groups == bottom)[:7].astype("int32")
    query = np.flatnonzero(groups != bottom)[:7].astype("int32")
    customer = np.arange(-1, 6, dtype="int32")
    images = ImageStore(wardrobe.image_paths, 32).batch(target)
    return customer, query, target, images


class TestDesignScorer:
    @pytest.mark.parametrize("name", ["psa-net", "joint"])
    def test_image_of_a_real_item_scores_as_the_item_does(
        self, runs, wardrobe, name
    ):
        # Neither model knows more of an item than its looks.
        scorer = DesignScorer(runs / name, wardrobe)
        customer, query, target, images = real_pairs(wardrobe)
        scores = scorer.score_images(
            customer, query, images, wardrobe.item_categories[target], "bottom"
        )
        questions = Questions(
            customer, query, target[:, None], np.zeros((7, 1))
        )
        np.testing.assert_allclose(
            scores, scorer.score(questions)[:, 0], rtol=1e-3, atol=1e-4
        )

    def test_image_is_scored_by_its_own_backbone_too(
        self, runs, wardrobe, tmp_path
    ):
        config = SubspaceConfig(
            encoder=str(runs / "garment-encoder"),
            stage_one=str(runs / "partial-dual"),
            backbone="fine_tuned",
            epochs=1,
            batch_size=64,
        )
        run = execute(config, wardrobe, tmp_path / "run")
        scorer = DesignScorer(run.path, wardrobe)
        customer, query, target, images = real_pairs(wardrobe)
        scores = scorer.score_images(
            customer, query, images, wardrobe.item_categories[target], "bottom"
        )
        questions = Questions(
            customer, query, target[:, None], np.zeros((7, 1))
        )
        np.testing.assert_allclose(
            scores, scorer.score(questions)[:, 0], rtol=1e-3, atol=1e-4
        )

    def test_looks_matter(self, runs, wardrobe):
        scorer = DesignScorer(runs / "psa-net", wardrobe)
        customer, query, target, images = real_pairs(wardrobe)
        categories = wardrobe.item_categories[target]
        scores = [
            scorer.score_images(customer, query, x, categories, "bottom")
            for x in (images, 1.0 - images)
        ]
        assert not np.allclose(*scores)

    def test_unknown_group_is_refused(self, runs, wardrobe):
        scorer = DesignScorer(runs / "psa-net", wardrobe)
        customer, query, target, images = real_pairs(wardrobe)
        with pytest.raises(ValueError, match="got 'hat'"):
            scorer.score_images(customer, query, images, target, "hat")
