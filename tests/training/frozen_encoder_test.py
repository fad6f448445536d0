import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.training.frozen_encoder import FrozenEncoder
from tfcompat.training.garment_encoder import item_features


class TestFrozenEncoder:
    def test_what_is_left_completes_what_is_kept(self, planted, geco_runs):
        run = geco_runs["encoder"]
        frozen = FrozenEncoder(run, trained_convolutions=2)
        rest = frozen.make_backbone(planted)
        images = ImageStore(planted.image_paths, 32).batch(tf.range(9))
        seen = frozen.see(images)
        assert seen.dtype == tf.float16
        kept = frozen.see_items(planted)[:9]
        assert kept.dtype == "float16" and kept.shape == seen.shape
        # Other batch sizes round differently, by a bit of half precision.
        np.testing.assert_allclose(
            tf.cast(seen, tf.float32), kept.astype("float32"), atol=2e-3
        )
        features = item_features(run, planted)
        standard = (features - features.mean(0)) / features.std(0)
        # Half precision in between.
        np.testing.assert_allclose(rest(seen), standard[:9], atol=0.03)
        # Its two convolutions, what normalises them, and the heads.
        names = [type(layer).__name__ for layer in rest.layers]
        assert names.count("Conv2D") == 2
        assert rest.trainable_variables
        copy = keras.saving.deserialize_keras_object(
            keras.saving.serialize_keras_object(rest)
        )
        copy.set_weights(rest.get_weights())
        np.testing.assert_array_equal(copy(seen), rest(seen))

    def test_too_many_convolutions_are_refused(self, geco_runs):
        with pytest.raises(InputError, match="from 0 to 5 .* got 6"):
            FrozenEncoder(geco_runs["encoder"], trained_convolutions=6)
