"""Networks from an image to one feature vector, by name."""

import pathlib

import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.layers.filter_gradient_conv import with_filter_gradients
from tfcompat.layers.keras_cv_import import import_keras_cv


def _small_cnn(image_size):
    """303,584 weights; every image size costs what 64 pixels cost."""
    if image_size % 32:
        raise ValueError(
            "`image_size` of small_cnn must be a multiple of 32, got "
            f"{image_size}."
        )
    layers = keras.layers
    patch = image_size // 32
    images = keras.Input((image_size, image_size, 3), name="images")
    x = layers.Rescaling(4.0, offset=-2.0)(images)  # About unit variance.
    # The first layer brings any image to 32 x 32: on a CPU the full-size grid
    # would cost more than all the layers after it.
    x = layers.Conv2D(
        32, patch + 1, strides=patch, padding="same", use_bias=False
    )(x)
    for filters, strides in ((64, 2), (96, 2), (96, 1), (128, 2)):
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
        x = layers.Conv2D(
            filters, 3, strides=strides, padding="same", use_bias=False
        )(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(256, 1, use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return keras.Model(images, layers.ReLU()(x), name="small_cnn")


def _alexnet(image_size):
    """Conv1 to Conv5 and the first linear layer, as ADDE-M has them."""
    if image_size < 64:
        raise ValueError(
            f"`image_size` of alexnet must be at least 64, got {image_size}."
        )
    layers = keras.layers
    images = keras.Input((image_size, image_size, 3), name="images")
    x = layers.Rescaling(4.0, offset=-2.0)(images)  # About unit variance.
    x = layers.ZeroPadding2D(2)(x)
    x = layers.Conv2D(64, 11, strides=4, activation="relu")(x)
    x = layers.MaxPooling2D(3, 2)(x)
    x = layers.Conv2D(192, 5, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(3, 2)(x)
    for filters in (384, 256, 256):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    if x.shape[1] > 4:  # Small images would be left with nothing.
        x = layers.MaxPooling2D(3, 2)(x)
    x = layers.Dropout(0.5)(x)
    # A linear layer on the whole grid, 6 x 6 at 224 pixels.
    x = layers.Conv2D(4096, x.shape[1], activation="relu")(x)
    return keras.Model(images, x, name="alexnet")


def _resnet18(image_size):
    network = import_keras_cv().models.ResNetBackbone(
        stackwise_filters=[64, 128, 256, 512],
        stackwise_blocks=[2, 2, 2, 2],
        stackwise_strides=[1, 2, 2, 2],
        block_type="basic_block",
        include_rescaling=False,
        input_shape=(image_size, image_size, 3),
        name="resnet18",
    )
    return with_filter_gradients(network)


def _resnet50_v2(image_size):
    network = import_keras_cv().models.ResNetV2Backbone(
        stackwise_filters=[64, 128, 256, 512],
        stackwise_blocks=[3, 4, 6, 3],
        stackwise_strides=[1, 2, 2, 2],
        include_rescaling=False,
        input_shape=(image_size, image_size, 3),
        name="resnet50_v2",
    )
    return with_filter_gradients(network)


def _efficientnet_v2_b0(image_size):
    return import_keras_cv().models.EfficientNetV2Backbone(
        stackwise_kernel_sizes=[3] * 6,
        stackwise_num_repeats=[1, 2, 2, 3, 5, 8],
        stackwise_input_filters=[32, 16, 32, 48, 96, 112],
        stackwise_output_filters=[16, 32, 48, 96, 112, 192],
        stackwise_expansion_ratios=[1, 4, 4, 4, 6, 6],
        stackwise_squeeze_and_excite_ratios=[0, 0, 0, 0.25, 0.25, 0.25],
        stackwise_strides=[1, 2, 2, 2, 1, 2],
        stackwise_conv_types=["fused"] * 3 + ["unfused"] * 3,
        width_coefficient=1.0,
        depth_coefficient=1.0,
        include_rescaling=False,
        input_shape=(image_size, image_size, 3),
        name="efficientnet_v2_b0",
    )


_MAKERS = {
    "small_cnn": _small_cnn,
    "alexnet": _alexnet,
    "resnet18": _resnet18,
    "resnet50_v2": _resnet50_v2,
    "efficientnet_v2_b0": _efficientnet_v2_b0,
}
BACKBONES = tuple(_MAKERS)


@keras.saving.register_keras_serializable(package="tfcompat")
class Backbone(keras.Model):
    """A network from images to pooled features, saved by its name.

    Saving the name and not the layers keeps a saved model loadable without
    importing KerasCV first, and free of the precision it was trained in.

    Args:
        architecture: One of `BACKBONES`.
        image_size: Height and width of the images, in pixels.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        images: float `[n, image_size, image_size, 3]` in [0, 1].

    Returns:
        float32 `[n, feature_dim]`, under every precision policy.

    Raises:
        ValueError: If there is no such architecture, or `image_size` does not
            fit it.
    """

    def __init__(self, architecture, image_size, **kwargs):
        super().__init__(**kwargs)
        if architecture not in _MAKERS:
            raise ValueError(
                f"`architecture` must be one of {', '.join(BACKBONES)}, got "
                f"{architecture!r}."
            )
        if image_size < 32:
            raise ValueError(
                f"`image_size` must be at least 32, got {image_size}."
            )
        self.architecture = architecture
        self.image_size = image_size
        self.network = _MAKERS[architecture](image_size)
        self.pool = keras.layers.GlobalAveragePooling2D(dtype="float32")
        self.feature_dim = self.network.output_shape[-1]

    def call(self, images, training=False):
        return self.pool(self.network(images, training=training))

    def get_config(self):
        return {
            **super().get_config(),
            "architecture": self.architecture,
            "image_size": self.image_size,
        }


def make_backbone(name, image_size, weights=None):
    """Builds a backbone, at random or from a file of its network's weights.

    Args:
        name: One of `BACKBONES`: "small_cnn", 0.3 million weights, made for
            CPUs; "alexnet" to its first linear layer, 4096 wide; the others
            are KerasCV's.
        image_size: Height and width of the images, in pixels.
        weights: Path of a local `.h5` file of the network's weights, as
            KerasCV publishes them or `backbone.network.save_weights` writes
            them; None starts at random.

    Returns:
        Built `Backbone`.

    Raises:
        InputError: If there is no such backbone, `image_size` does not fit,
            or the weights file is missing or is another network's.
    """
    try:
        backbone = Backbone(name, image_size)
    except ValueError as error:
        raise InputError(str(error)) from error
    backbone.build((None, image_size, image_size, 3))
    if weights is None:
        return backbone
    path = pathlib.Path(weights)
    # TensorFlow checkpoints are refused: they load partly without a word.
    if path.suffix != ".h5":
        raise InputError(f"{path}: backbone weights must be an .h5 file.")
    if not path.is_file():
        raise InputError(f"{path}: there is no such weights file.")
    try:
        backbone.network.load_weights(path)
    except Exception as error:  # h5py and Keras raise many kinds.
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{path}: does not hold the weights of {name}: {reason}"
        ) from error
    return backbone
