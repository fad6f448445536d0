import numpy as np
import pytest

from tfcompat.data.outfits import OutfitQuestions
from tfcompat.evaluation import outfit_evaluation
from tfcompat.evaluation.outfit_evaluation import OutfitTasks


def tasks_of(candidates, kinds):
    """Only the retrieval; the item asked for stands first in each row."""
    tasks = OutfitTasks.__new__(OutfitTasks)
    candidates = np.array(candidates, "int32")
    labels = np.zeros(candidates.shape, "float32")
    labels[:, 0] = 1.0
    tasks.retrieval = OutfitQuestions(candidates[:, :1], candidates, labels)
    tasks.kinds = np.array(kinds)
    return tasks


# Found first, second and third.
SCORES = np.array([[3.0, 2.0, 1.0], [2.0, 3.0, 1.0], [1.0, 2.0, 3.0]])


class TestRetrieval:
    @pytest.fixture(autouse=True)
    def gallery(self, monkeypatch):
        monkeypatch.setattr(outfit_evaluation, "_GALLERY", 3)

    def test_is_the_mean_of_categories_that_fill_a_gallery(self):
        candidates = [[0, 1, 2], [1, 0, 2], [3, 4, -1]]
        tasks = tasks_of(candidates, [0, 0, 1])
        assert tasks._retrieve(SCORES)["mrr"] == pytest.approx((1 + 1 / 2) / 2)

    def test_is_of_all_where_none_does(self):
        candidates = [[0, 1, -1], [1, 0, -1], [3, 4, -1]]
        scores = np.where(np.array(candidates) < 0, -np.inf, SCORES)
        found = tasks_of(candidates, [0, 0, 1])._retrieve(scores)
        assert found["mrr"] == pytest.approx(((1 + 1 / 2) / 2 + 1 / 2) / 2)
