import numpy as np
import pytest
import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.models.contrastive_clip import ContrastiveCLIP, make_small_clip
from tfcompat.models.frozen_clip import FrozenCLIP, import_transformers

SIZES = {
    "image_size": 16,
    "patch_size": 8,
    "width": 8,
    "layers": 1,
    "heads": 2,
    "dim": 4,
    "text_length": 6,
}


@pytest.fixture(scope="module")
def clip(small_clip):
    return FrozenCLIP.load(small_clip.model)


class TestFrozenCLIP:
    def test_embeddings_have_unit_length_whatever_the_image_size(self, clip):
        images = np.random.default_rng(0).random((2, 48, 48, 3))
        pictures = clip.embed_images(images).numpy()
        texts = clip.embed_texts(["red shirt", "", "ünknown words!"]).numpy()
        assert pictures.shape == (2, clip.dim) and texts.shape == (3, clip.dim)
        for embeddings in (pictures, texts):
            lengths = np.linalg.norm(embeddings, axis=1)
            np.testing.assert_allclose(lengths, 1, rtol=1e-5)

    def test_both_encoders_are_those_of_the_whole_model(self, clip):
        images = np.random.default_rng(1).random((2, 32, 32, 3)).astype("f4")
        texts = ["blue jeans", "a white shirt"]
        tokens, counted = clip.tokens(texts)
        whole = clip.network(
            input_ids=tokens,
            pixel_values=clip.prepare(tf.constant(images)),
            attention_mask=counted,
        )
        for apart, together in (
            (clip.embed_images(images), whole.image_embeds),
            (clip.embed_texts(texts), whole.text_embeds),
        ):
            np.testing.assert_allclose(apart, together, atol=1e-5)

    def test_a_caption_is_one_token_a_word(self, clip, wardrobe):
        caption = wardrobe.items["text"][0]
        words = len(caption.replace("-", " - ").split())
        _, counted = clip.tokens([caption])
        assert counted.numpy().sum() == min(words + 2, clip.text_length)

    def test_saved_and_loaded_it_is_the_same(self, clip, tmp_path):
        clip.save(tmp_path)
        restored = FrozenCLIP.load(tmp_path)
        images = np.random.default_rng(2).random((1, 32, 32, 3))
        np.testing.assert_array_equal(
            restored.embed_images(images), clip.embed_images(images)
        )
        assert restored.origin == clip.origin
        assert not restored.is_pretrained
        assert not restored.network.trainable_variables

    def test_weights_that_are_not_in_the_file_are_an_error(
        self, clip, tmp_path
    ):
        clip.save(tmp_path)
        transformers = import_transformers()
        network = make_small_clip(transformers, 9, 8, **SIZES)
        network.config.vision_config.num_hidden_layers = 2
        network.save_pretrained(tmp_path)
        with pytest.raises(InputError, match="it would be random"):
            FrozenCLIP.load(tmp_path)

    def test_weights_named_by_a_part_called_first_are_an_error(
        self, clip, tmp_path
    ):
        clip.save(tmp_path)
        network = import_transformers().TFCLIPModel(clip.network.config)
        size = clip.image_size
        network.get_image_features(pixel_values=tf.zeros((1, 3, size, size)))
        network.get_text_features(input_ids=tf.zeros((1, 4), tf.int32))
        network.built = True
        network.save_weights(tmp_path / "tf_model.h5")
        with pytest.raises(InputError):
            FrozenCLIP.load(tmp_path)

    def test_no_clip_at_all_is_an_error(self, tmp_path):
        with pytest.raises(InputError, match="no CLIP could be loaded"):
            FrozenCLIP.load(tmp_path)


class TestContrastiveCLIP:
    def test_a_network_without_weights_is_refused(self, clip):
        network = import_transformers().TFCLIPModel(clip.network.config)
        with pytest.raises(ValueError, match="must be called"):
            ContrastiveCLIP(network)
