"""The networks whose eyes the generation metrics see with."""

import pathlib

import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.training.garment_encoder import load_garment_encoder

_INCEPTION_SIZE = 299


class GenerationFeatures:
    """Features and class probabilities of images, by a named network.

    The name becomes a part of every metric's name (`fid_garment`), since two
    networks give two numbers that nobody should compare.

    Args:
        name: "inception" or "garment".
        read: Function from float `[n, s, s, 3]` in [0, 1], s being
            `image_size`, to features `[n, dim]` and probabilities
            `[n, num_classes]`.
        image_size: Height and width that images are brought to.
        dim: Number of features.
        num_classes: Number of classes.
    """

    def __init__(self, name, read, image_size, dim, num_classes):
        self.name = name
        self.image_size = image_size
        self.dim = dim
        self.num_classes = num_classes
        self._read = read
        self._call = tf.function(
            self._resize_and_read,
            input_signature=[tf.TensorSpec([None, None, None, 3])],
        )

    def __call__(self, images):
        """Reads images of any size.

        Args:
            images: float `[n, h, w, 3]` in [0, 1].

        Returns:
            Tuple of float32 `[n, dim]` and float32 `[n, num_classes]`.
        """
        return self._call(tf.cast(images, tf.float32))

    def _resize_and_read(self, images):
        size = (self.image_size, self.image_size)
        resized = tf.image.resize(images, size, antialias=True)
        features, probabilities = self._read(
            tf.ensure_shape(resized, (None, *size, 3))
        )
        return tf.cast(features, tf.float32), tf.cast(probabilities, tf.float32)


def generation_features(encoder, inception_weights=""):
    """InceptionV3 where its weights are at hand, else the garment encoder.

    Args:
        encoder: Finished `RunFolder` of a garment encoder.
        inception_weights: Local file of InceptionV3's weights; "" for none.

    Returns:
        `GenerationFeatures`.

    Raises:
        InputError: If the file is given but is not those weights.
    """
    if inception_weights:
        return inception_features(inception_weights)
    return garment_features(encoder)


def inception_features(path):
    """InceptionV3, pooled to 2048 features, with ImageNet's 1000 classes.

    Keras's weights, not the network of 2015 that most published FIDs stand
    on: their numbers differ by some.

    Args:
        path: Keras's `.h5` file of the whole network (with "top").

    Returns:
        `GenerationFeatures` called "inception".

    Raises:
        InputError: If the file is missing or holds something else.
    """
    path = pathlib.Path(path)
    if path.suffix != ".h5" or not path.is_file():
        raise InputError(f"{path}: is no .h5 file of InceptionV3's weights.")
    network = keras.applications.InceptionV3(weights=None)
    try:
        network.load_weights(path)
    except Exception as error:  # h5py and Keras raise many kinds.
        raise InputError(
            f"{path}: does not hold the weights of InceptionV3 with its "
            f"classifier: {str(error).splitlines()[0]}"
        ) from error
    read = keras.Model(
        network.input,
        [network.get_layer("avg_pool").output, network.output],
    )
    return GenerationFeatures(
        "inception",
        lambda images: read(2.0 * images - 1.0, training=False),
        _INCEPTION_SIZE,
        read.output_shape[0][-1],
        read.output_shape[1][-1],
    )


def garment_features(run):
    """The project's own garment encoder and its categories.

    Args:
        run: Finished `RunFolder` of a garment encoder.

    Returns:
        `GenerationFeatures` called "garment".

    Raises:
        InputError: If the encoder has not learnt at least two categories.
    """
    encoder = load_garment_encoder(run.path)
    categories = encoder.heads.get("category", {}).get("values", ())
    if len(categories) < 2:
        raise InputError(
            f"{run.path}: this encoder tells no categories apart, which the "
            "inception score needs."
        )
    head = encoder.head_layers["category"]

    def read(images):
        features = encoder.embed(images)
        return features, tf.nn.softmax(head(features))

    return GenerationFeatures(
        "garment",
        read,
        run.read_config()["image_size"],
        encoder.backbone.feature_dim,
        len(categories),
    )
