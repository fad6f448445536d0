"""Augmentation that leaves a garment what it is."""

import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class SlightMoves(keras.layers.Layer):
    """Flips, shifts and zooms images a little in training.

    Their colours stay, for colour is what taste is about.

    Args:
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, s, s, 3]` in [0, 1].
        training: Otherwise nothing moves.

    Returns:
        float32 `[n, s, s, 3]`.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        # White, as `decode_images` pads; float32, for the resampling's sake.
        filled = {"fill_mode": "constant", "fill_value": 1.0}
        self.moves = [
            keras.layers.RandomFlip("horizontal", dtype="float32"),
            keras.layers.RandomTranslation(
                0.06, 0.06, dtype="float32", **filled
            ),
            keras.layers.RandomZoom(0.08, dtype="float32", **filled),
        ]

    def call(self, images, training=False):
        if training:
            for move in self.moves:
                images = move(images, training=True)
        return images
