"""The TFX pipeline: from a wardrobe folder to a pushed model."""

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.
