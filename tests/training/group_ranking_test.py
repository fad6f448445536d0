import types

import numpy as np
import pandas as pd
import pytest

from tfcompat.training.group_ranking import rank_group

WARDROBE = types.SimpleNamespace(
    groups=["top", "bottom"],
    items=pd.DataFrame({"group": ["bottom", "top", "bottom", "bottom"]}),
)


def _score(rows):
    return np.array([0.5, 9.0, 0.5, 0.7])[rows]


class TestRankGroup:
    def test_best_first_and_of_equal_ones_the_first(self):
        rows, scores = rank_group(WARDROBE, 1, "bottom", _score)
        assert rows.tolist() == [3, 0, 2]
        assert scores.tolist() == [0.7, 0.5, 0.5]

    def test_query_itself_is_never_an_answer(self):
        rows, _ = rank_group(WARDROBE, 3, "bottom", _score, k=1)
        assert rows.tolist() == [0]

    def test_unknown_group_is_named(self):
        with pytest.raises(ValueError, match="'shoes'"):
            rank_group(WARDROBE, 1, "shoes", _score)
