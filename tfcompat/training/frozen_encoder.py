"""The part of a garment encoder that a model takes as it is."""

import hashlib

import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.training.garment_encoder import (
    cached_features,
    feature_backbone,
    item_features,
    load_garment_encoder,
)

_WEIGHTS = "encoder.keras"


class FrozenEncoder(tf.Module):
    """Sees images by the layers that stay as they are, once for each image.

    All of the encoder, or all but its last convolutions: these and what
    follows them then are the backbone of the model that is trained, and start
    out as the encoder has them. On a CPU a step of training so costs little
    more than on features: with two of five convolutions a sixth of the whole
    network's arithmetic, and the images need not be decoded.

    Args:
        run: `RunFolder` of a finished garment encoder.
        trained_convolutions: How many convolutions at its end are left out.

    Attributes:
        fingerprint: Text that differs where what is seen differs.

    Raises:
        InputError: If the encoder has no more convolutions than these, or is
            no plain sequence of layers, as a residual network is not.
    """

    def __init__(self, run, trained_convolutions=0):
        super().__init__(name="frozen_encoder")
        self.run = run
        self.trained_convolutions = trained_convolutions
        self.encoder = load_garment_encoder(run.path)
        weights = (run.model / _WEIGHTS).read_bytes()
        self.fingerprint = hashlib.sha256(weights).hexdigest()[:16]
        if trained_convolutions:
            self.fingerprint += f"-less-{trained_convolutions}"
            self._rest = self._cut()
            network = self.encoder.backbone.network
            self._kept = keras.Model(network.input, self._rest[0].input)

    def _cut(self):
        """The layers from the first convolution that is left out on."""
        layers = self.encoder.backbone.network.layers
        at = [
            place
            for place, layer in enumerate(layers)
            if isinstance(layer, keras.layers.Conv2D)
        ]
        if not 0 < self.trained_convolutions < len(at):
            raise InputError(
                f"trained_convolutions must be from 0 to {len(at) - 1} for the "
                f"encoder of {self.run.path}, got {self.trained_convolutions}."
            )
        rest = layers[at[-self.trained_convolutions] :]
        for before, layer in zip(rest, rest[1:], strict=False):
            if layer.input is not before.output:
                raise InputError(
                    f"{self.run.path}: trained_convolutions needs an encoder "
                    f"whose layers follow each other, as small_cnn's; "
                    f"{layer.name} does not follow {before.name}."
                )
        return rest

    def see(self, images):
        """What stands for images.

        Args:
            images: float32 `[n, s, s, 3]` in [0, 1].

        Returns:
            float32 `[n, f]` as the encoder's `describe`, or what the layers
            that are kept make of images, float16 `[n, h, w, c]`, half of what
            would have to be held in memory.
        """
        if not self.trained_convolutions:
            return self.encoder.describe(images)
        return tf.cast(self._kept(images, training=False), tf.float16)

    def see_items(self, wardrobe):
        """The same for all items of a wardrobe, kept in the encoder's run."""
        if not self.trained_convolutions:
            return item_features(self.run, wardrobe)
        return cached_features(
            self.run,
            wardrobe,
            lambda: self.see,
            suffix=f"-less-{self.trained_convolutions}",
        )

    def make_backbone(self, wardrobe):
        """What is left of the encoder, ready to be trained.

        Args:
            wardrobe: `Wardrobe` by whose items features are standardised.

        Returns:
            Keras model from what `see` makes of images to standardised
            features `[n, f]`: at first those of `describe`.
        """
        features = item_features(self.run, wardrobe)
        if not self.trained_convolutions:
            return feature_backbone(features)
        normalization = keras.layers.Normalization()
        normalization.adapt(features)
        inputs = x = keras.Input(self._rest[0].input_shape[1:])
        copied = {}
        for layer in (*self._rest, self.encoder.backbone.pool):
            x = _copy(layer, x, copied)
        parts = [x]  # [n, f]
        for name, head in self.encoder.head_layers.items():
            read = _copy(head, x, copied)
            if "values" in self.encoder.heads[name]:
                read = keras.layers.Softmax()(read)
            parts.append(read)
        seen = keras.layers.Concatenate()(parts)
        model = keras.Model(inputs, normalization(seen), name="backbone")
        for layer, copy in copied.items():
            copy.set_weights(layer.get_weights())
        return model


def _copy(layer, inputs, copied):
    """Calls a new layer of the same settings; notes it in `copied`."""
    copied[layer] = type(layer).from_config(layer.get_config())
    return copied[layer](inputs)
