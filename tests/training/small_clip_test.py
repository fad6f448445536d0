import numpy as np
import pytest

from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.models.frozen_clip import FrozenCLIP
from tfcompat.training.execution import execute
from tfcompat.training.small_clip import SmallCLIPConfig


class TestSmallCLIP:
    def test_loss_falls_and_captions_are_told_apart(self, small_clip):
        history = small_clip.read_history()
        # A guess among 20 costs log 20 = 3.0.
        assert history[-1]["loss"] < 0.8 * history[0]["loss"]
        assert small_clip.read_json("metrics.json")["caption_accuracy"] > 0.15

    def test_what_it_learnt_is_in_the_saved_weights(self, small_clip, wardrobe):
        clip = FrozenCLIP.load(small_clip.model)
        images = ImageStore(wardrobe.image_paths, clip.image_size)
        pictures = clip.embed_images(images.batch(range(40))).numpy()
        texts = clip.embed_texts(wardrobe.items["text"]).numpy()
        scores = pictures @ texts.T
        own = np.diag(scores).mean()
        assert own > scores.mean() + 0.2

    def test_it_says_that_nothing_was_pretrained(self, small_clip):
        metrics = small_clip.read_json("metrics.json")
        assert metrics["is_pretrained"] is False
        assert metrics["origin"].startswith("no pretrained weights")
        assert "40 captions" in metrics["origin"]

    def test_settings_that_do_not_fit_are_refused(self, wardrobe, tmp_path):
        config = SmallCLIPConfig(image_size=60)
        with pytest.raises(InputError, match="multiple of patch_size"):
            execute(config, wardrobe, tmp_path / "run")
