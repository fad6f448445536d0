"""The convolutional part of VGG16."""

import pathlib

import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError


@keras.saving.register_keras_serializable(package="tfcompat")
class VGG16Trunk(keras.layers.Layer):
    """VGG16 without its fully connected layers, as `keras.applications` has it.

    Starts at random; `load_published_weights` reads a local file. Nothing is
    ever downloaded.

    Args:
        image_size: Height and width of the images in pixels, at least 32.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, image_size, image_size, 3]` in [0, 1].

    Returns:
        float `[n, image_size / 32, image_size / 32, 512]`.

    Raises:
        ValueError: If `image_size` is less than 32.

    Reference:
        Simonyan and Zisserman 2015, https://arxiv.org/abs/1409.1556.
    """

    def __init__(self, image_size=128, **kwargs):
        # The network's input is in [0, 255], too fine for half precision.
        super().__init__(autocast=False, **kwargs)
        if image_size < 32:
            raise ValueError(
                f"`image_size` must be at least 32, got {image_size}."
            )
        self.image_size = image_size
        self.network = keras.applications.VGG16(
            include_top=False,
            weights=None,
            input_shape=(image_size, image_size, 3),
        )
        # Thirteen layers without batch norm: Glorot's start would fade out.
        for layer in self.network.layers:
            if isinstance(layer, keras.layers.Conv2D):
                layer.kernel.assign(
                    keras.initializers.HeNormal()(layer.kernel.shape)
                )

    def load_published_weights(self, path):
        """Reads the weights that Keras publishes for VGG16 without its top.

        Args:
            path: Local `.h5` file.

        Raises:
            InputError: If it is missing or does not hold them.
        """
        path = pathlib.Path(path)
        # TensorFlow checkpoints are refused: they load partly without a word.
        if path.suffix != ".h5" or not path.is_file():
            raise InputError(f"{path}: there is no such .h5 weights file.")
        try:
            self.network.load_weights(path)
        except Exception as error:  # h5py and Keras raise many kinds.
            reason = str(error).splitlines()[0]
            raise InputError(
                f"{path}: does not hold VGG16's weights: {reason}"
            ) from error

    def call(self, images, training=False):
        pixels = 255.0 * tf.cast(images, tf.float32)
        # To BGR, less the mean of ImageNet, as the published weights expect.
        pixels = keras.applications.vgg16.preprocess_input(pixels)
        return self.network(pixels, training=training)

    def compute_output_shape(self, images_shape):
        side = self.image_size // 32
        return (tuple(images_shape)[0], side, side, 512)

    def get_config(self):
        return {**super().get_config(), "image_size": self.image_size}
