import numpy as np
import pytest

from tfcompat.layers.maskable_embedding import MaskableEmbedding


class TestMaskableEmbedding:
    def test_every_unknown_id_has_the_same_embedding(self):
        layer = MaskableEmbedding(3, 4)
        rows = layer(np.array([-1, 3, 99, 0, 2])).numpy()
        np.testing.assert_array_equal(rows[0], rows[1])
        np.testing.assert_array_equal(rows[0], rows[2])
        assert len(np.unique(rows, axis=0)) == 3

    def test_training_hides_the_stated_share_of_ids(self):
        layer = MaskableEmbedding(1, 2, mask_rate=0.3)
        rows = layer(np.zeros(4000, "int32"), training=True).numpy()
        hidden = (rows == layer.table.numpy()[0]).all(1).mean()
        assert hidden == pytest.approx(0.3, abs=0.04)

    def test_nothing_is_hidden_outside_training(self):
        layer = MaskableEmbedding(1, 2, mask_rate=0.9)
        rows = layer(np.zeros(100, "int32")).numpy()
        assert (rows == layer.table.numpy()[1]).all()

    def test_no_known_id_is_allowed(self):
        assert MaskableEmbedding(0, 2)(np.array([-1, 0])).shape == (2, 2)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((-1, 2), "`num_ids` must not be negative, got -1"),
            ((1, 0), "`dim` must be positive, got 0"),
            ((1, 2, 1.0), r"`mask_rate` must be in \[0, 1\), got 1.0"),
        ],
    )
    def test_bad_argument_is_an_error(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            MaskableEmbedding(*arguments)
