"""A small CLIP, and what it learns by."""

import tensorflow as tf
import tf_keras as keras


class ContrastiveCLIP(keras.Model):
    """Scores every image of a batch against every caption, for training.

    Args:
        network: Built `TFCLIPModel`: called once as a whole before, or its
            weights get names by which a reload does not find them.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict of "images" float `[b, 3, s, s]`, as `FrozenCLIP.prepare`
            makes them, "tokens" and "counted" int `[b, t]`.

    Returns:
        float `[b, b]`, images by captions, scaled by the learnt temperature.

    Raises:
        ValueError: If the network has no weights yet.
    """

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        if not network.built:
            raise ValueError("`network` must be called before it is wrapped.")
        self.network = network

    def call(self, inputs, training=False):
        return self.network(
            input_ids=inputs["tokens"],
            pixel_values=inputs["images"],
            attention_mask=inputs["counted"],
            training=training,
        ).logits_per_image


def make_small_clip(
    transformers,
    tokens,
    end,
    *,
    image_size,
    patch_size,
    width,
    layers,
    heads,
    dim,
    text_length,
):
    """Builds an untrained `TFCLIPModel`, without any download.

    Args:
        transformers: The imported package.
        tokens: Number of tokens in the vocabulary.
        end: Number of the token that ends a text.
        image_size: Side of the images in pixels, a multiple of `patch_size`.
        patch_size: Side of a patch in pixels.
        width: Size of the tokens' vectors in both encoders.
        layers: Number of blocks in each.
        heads: Attention heads; they divide `width`.
        dim: Size of the shared space.
        text_length: Most tokens of a text.

    Returns:
        `TFCLIPModel`, called once.
    """
    size = {
        "hidden_size": width,
        "intermediate_size": 4 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "projection_dim": dim,
        # The usual 0.02 starts small encoders with all images in one point,
        # which they leave only after hundreds of steps.
        "initializer_range": 0.2,
    }
    config = transformers.CLIPConfig(
        text_config={
            **size,
            "vocab_size": tokens,
            "max_position_embeddings": text_length,
            "bos_token_id": end - 1,
            "eos_token_id": end,
            "pad_token_id": end,
        },
        vision_config={
            **size,
            "image_size": image_size,
            "patch_size": patch_size,
        },
        projection_dim=dim,
    )
    network = transformers.TFCLIPModel(config)
    network(
        input_ids=tf.fill((1, text_length), end),
        pixel_values=tf.zeros((1, 3, image_size, image_size)),
        attention_mask=tf.ones((1, text_length), tf.int32),
    )
    return network
