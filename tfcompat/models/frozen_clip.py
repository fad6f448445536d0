"""CLIP with its weights as they are: images and captions to one space."""

import contextlib
import json
import logging
import pathlib

import numpy as np
import tensorflow as tf

from tfcompat.data.errors import InputError

# Of the pixels that CLIP was trained on.
_MEAN = (0.48145466, 0.4578275, 0.40821073)
_DEVIATION = (0.26862954, 0.26130258, 0.27577711)
ORIGIN = "origin.json"


def import_transformers():
    """Imports transformers, muted; it is an extra and takes seconds.

    Raises:
        InputError: If it is not installed.
    """
    try:
        import transformers
    except ImportError as error:
        raise InputError(
            "CLIP needs transformers: in the clone of tfcompat, pip install "
            "'.[clip]'."
        ) from error
    transformers.logging.set_verbosity_error()
    logging.getLogger("transformers").setLevel(logging.ERROR)
    return transformers


class FrozenCLIP:
    """Embeds images and texts apart; nothing of it is ever trained.

    KerasCV's CLIP does not run under Keras 2; this is `TFCLIPModel` of
    transformers 4, on tf_keras.

    Args:
        network: Built `TFCLIPModel`.
        tokenizer: `CLIPTokenizer`.
        origin: Where the weights are from, in words.
        is_pretrained: Whether they were trained on other data than the user's
            own wardrobe.

    Reference:
        Radford et al. 2021, https://arxiv.org/abs/2103.00020.
    """

    def __init__(self, network, tokenizer, origin, is_pretrained=True):
        self.network = network
        self.tokenizer = tokenizer
        self.origin = origin
        self.is_pretrained = is_pretrained
        self.image_size = network.config.vision_config.image_size
        self.dim = network.config.projection_dim
        self.text_length = network.config.text_config.max_position_embeddings
        self._images = tf.function(self._embed_images, reduce_retracing=True)
        self._texts = tf.function(self._embed_texts, reduce_retracing=True)

    @classmethod
    def load(cls, source):
        """Loads weights that are there, all of them, or refuses.

        Args:
            source: A folder that `save_pretrained` wrote, or the name of a
                model on the Hugging Face hub where that is reachable.

        Returns:
            `FrozenCLIP`.

        Raises:
            InputError: If there are no such weights, they are no CLIP, or
                some of the model's weights are not among them.
        """
        transformers = import_transformers()
        folder = pathlib.Path(source)
        with _muted():
            try:
                network, info = transformers.TFCLIPModel.from_pretrained(
                    str(source), output_loading_info=True
                )
                tokenizer = transformers.CLIPTokenizer.from_pretrained(
                    str(source)
                )
            except (OSError, ImportError, ValueError) as error:
                reason = str(error).strip().splitlines()[0]
                raise InputError(
                    f"{source}: no CLIP could be loaded: {reason}"
                ) from error
        for kind in ("missing_keys", "mismatched_keys"):
            if info[kind]:
                raise InputError(
                    f"{source}: {len(info[kind])} weights of the model are "
                    f"not in the file, the first is {info[kind][0]!r}; it "
                    "would be random."
                )
        origin, is_pretrained = str(source), True
        if (folder / ORIGIN).is_file():
            written = json.loads((folder / ORIGIN).read_text(encoding="utf-8"))
            origin = written["origin"]
            is_pretrained = written["is_pretrained"]
        network.trainable = False
        return cls(network, tokenizer, origin, is_pretrained)

    def save(self, folder):
        """Writes weights, vocabulary and origin into an existing folder."""
        folder = pathlib.Path(folder)
        with _muted():
            self.network.save_pretrained(folder)
            self.tokenizer.save_pretrained(folder)
        (folder / ORIGIN).write_text(
            json.dumps(
                {"origin": self.origin, "is_pretrained": self.is_pretrained}
            ),
            encoding="utf-8",
        )

    def embed_images(self, images):
        """Embeds images.

        Args:
            images: float `[n, s, s, 3]` in [0, 1], of any size s.

        Returns:
            float32 `[n, dim]` of unit length.
        """
        return self._images(tf.cast(images, tf.float32))

    def embed_texts(self, texts):
        """Embeds texts; what is longer than the model reads is cut off.

        Args:
            texts: List of n `str`.

        Returns:
            float32 `[n, dim]` of unit length.
        """
        return self._texts(*self.tokens(texts))

    def tokens(self, texts):
        """int32 `[n, text_length]` token numbers, and which of them count."""
        made = self.tokenizer(
            list(texts),
            padding="max_length",
            truncation=True,
            max_length=self.text_length,
            return_tensors="np",
        )
        return (
            tf.constant(made["input_ids"].astype(np.int32)),
            tf.constant(made["attention_mask"].astype(np.int32)),
        )

    def prepare(self, images):
        """Images as the network takes them, float32 `[n, 3, s, s]`."""
        size = (self.image_size, self.image_size)
        if tuple(images.shape[1:3]) != size:
            images = tf.image.resize(
                images, size, method="bicubic", antialias=True
            )
        return tf.transpose((images - _MEAN) / _DEVIATION, (0, 3, 1, 2))

    def _embed_images(self, images):
        features = self.network.get_image_features(
            pixel_values=self.prepare(images)
        )
        return tf.math.l2_normalize(features, axis=-1)

    def _embed_texts(self, tokens, counted):
        features = self.network.get_text_features(
            input_ids=tokens, attention_mask=counted
        )
        return tf.math.l2_normalize(features, axis=-1)


@contextlib.contextmanager
def _muted():
    """Keeps progress bars and notices of loading from the terminal."""
    with (
        open("/dev/null", "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stderr(nowhere),
        contextlib.redirect_stdout(nowhere),
    ):
        yield
