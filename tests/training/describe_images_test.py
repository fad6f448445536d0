import numpy as np
import tensorflow as tf
from PIL import Image

from tfcompat.data.images import ImageStore
from tfcompat.models.backbones import make_backbone
from tfcompat.models.garment_encoder import GarmentEncoder
from tfcompat.training.garment_encoder import describe_images


def test_every_image_is_described_whatever_the_batch(tmp_path):
    paths = []
    for place in range(5):
        paths.append(tmp_path / f"{place}.png")
        Image.effect_noise((32, 32), 20 + 9 * place).save(paths[-1])
    store = ImageStore(paths, 32)
    heads = {"category": {"values": ["a", "b", "c"]}}
    encoder = GarmentEncoder(make_backbone("small_cnn", 32), heads)
    described = describe_images(encoder, store, batch_size=2)
    expected = encoder.describe(store.batch(tf.range(5)))
    assert described.shape == (5, 256 + 3)
    np.testing.assert_allclose(described, expected, atol=1e-4)
