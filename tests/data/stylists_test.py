import numpy as np
import pandas as pd
import pytest

from tfcompat.data.errors import InputError
from tfcompat.data.stylists import questions_from_stylists

# Items 0 to 2 are bottoms (group 0), 3 to 5 tops (group 1), 6 shoes (2).
GROUPS = np.array([0, 0, 0, 1, 1, 1, 2])


def make_outfits(*rows):
    return pd.DataFrame(rows, columns=["outfit_id", "customer", "item"])


class TestQuestionsFromStylists:
    def test_every_pair_of_groups_once_and_as_many_negatives(self):
        outfits = make_outfits(
            ("o1", -1, 0), ("o1", -1, 3), ("o1", -1, 6), ("o2", -1, 4),
            ("o2", -1, 1),
        )  # fmt: skip
        questions = questions_from_stylists(outfits, GROUPS)
        good = questions.labels[:, 0] == 1
        pairs = zip(
            questions.query[good], questions.candidates[good, 0], strict=True
        )
        assert sorted(pairs) == [(3, 0), (4, 1), (6, 0), (6, 3)]
        assert (~good).sum() == 4
        np.testing.assert_array_equal(
            GROUPS[questions.candidates[~good, 0]],
            GROUPS[questions.candidates[good, 0]],
        )
        assert (questions.customer == -1).all()

    def test_outfits_of_customers_are_left_out(self):
        outfits = make_outfits(("o1", 2, 0), ("o1", 2, 3))
        with pytest.raises(InputError, match="outfits.csv: holds no outfit"):
            questions_from_stylists(outfits, GROUPS)

    def test_seed_decides_the_negatives(self):
        outfits = make_outfits(
            *(
                row
                for n in range(50)
                for row in ((f"o{n}", -1, n % 3), (f"o{n}", -1, 3 + n % 3))
            )
        )
        first, again, other = (
            questions_from_stylists(outfits, GROUPS, seed=seed).candidates
            for seed in (1, 1, 2)
        )
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()
