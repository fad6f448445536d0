import dataclasses

import numpy as np
import pytest
import tf_keras as keras
from PIL import Image

from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.training.config_files import load_config
from tfcompat.training.design_progress import DesignSamples
from tfcompat.training.execution import execute
from tfcompat.training.gan_baseline_configs import (
    CompatibilityFamilyConfig,
    DiscoGANConfig,
    DomainTransferConfig,
    MrCGANConfig,
    Pix2pixConfig,
)
from tfcompat.training.gan_baselines import build_baseline
from tfcompat.training.run_folder import RunFolder

TINY = {
    "image_size": 16,
    "width": 2,
    "batch_size": 6,
    "epochs": 2,
    "epoch_steps": 2,
    "precision": "float32",
}
CONFIGS = {
    "pix2pix": Pix2pixConfig(**TINY, noise_dim=3),
    "discogan": DiscoGANConfig(**TINY),
    "domain_transfer": DomainTransferConfig(**TINY, code_dim=4),
    "mrcgan": MrCGANConfig(**TINY, family_epochs=1),
}


@pytest.fixture(scope="module")
def runs(wardrobe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("baselines")
    return {
        name: execute(config, wardrobe, folder / name)
        for name, config in CONFIGS.items()
    }


@pytest.mark.parametrize("name", CONFIGS)
class TestEveryBaseline:
    def test_run_folder_holds_all_of_a_run(self, runs, name):
        run = runs[name]
        assert run.is_finished
        assert list(run.checkpoints.glob("*.index"))
        assert list(run.tensorboard.rglob("events*"))
        history = run.read_history()
        assert [row["epoch"] for row in history] == [1, 2]
        expected = {"loss", "discriminator", "real_score", "fake_score"}
        assert expected | {"diversity"} <= history[-1].keys()
        metrics = run.read_json("metrics.json")
        assert metrics["loss"] == history[-1]["loss"]

    def test_samples_are_drawn_after_each_epoch(self, runs, name):
        for epoch in (1, 2):
            path = runs[name].path / "samples" / f"epoch_{epoch:03d}.png"
            with Image.open(path) as grid:
                assert min(grid.size) > 16

    def test_saved_model_designs(self, runs, name, wardrobe):
        model = keras.saving.load_model(
            runs[name].model / "model.keras", compile=False
        )
        rows = np.arange(5, dtype="int32")
        images = ImageStore(wardrobe.image_paths, 16).batch(rows)
        designs = model({"query": images, "customer": rows})
        assert designs.shape == (5, 16, 16, 3)
        assert np.isfinite(designs).all()

    def test_config_by_name_has_the_published_numbers(self, runs, name):
        config = load_config(name)
        assert config == type(CONFIGS[name])()
        assert config.learning_rate == 2e-4
        assert config.beta_1 == 0.5
        small = load_config(f"{name}-small")
        assert small.width == config.width // 4
        assert small.image_size == 64


class TestTraining:
    def test_killed_run_ends_like_one_that_was_not(
        self, runs, wardrobe, tmp_path, monkeypatch
    ):
        original = DesignSamples.on_epoch_end

        def killed(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt
            original(self, epoch, logs)

        config = CONFIGS["mrcgan"]
        with monkeypatch.context() as patch:
            patch.setattr(DesignSamples, "on_epoch_end", killed)
            with pytest.raises(KeyboardInterrupt):
                execute(config, wardrobe, tmp_path / "run")
        run = RunFolder(tmp_path / "run")
        assert not run.is_finished
        assert len(run.read_history()) == 1
        resumed = execute(config, wardrobe, tmp_path / "run", resume=True)
        models = [
            keras.saving.load_model(one.model / "model.keras", compile=False)
            for one in (resumed, runs["mrcgan"])
        ]
        for first, second in zip(
            models[0].weights, models[1].weights, strict=True
        ):
            np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-6)

    def test_nan_stops_with_the_last_good_epoch_kept(self, wardrobe, tmp_path):
        config = dataclasses.replace(
            CONFIGS["pix2pix"], learning_rate=1e30, epochs=20
        )
        with pytest.raises(InputError, match="not finite in epoch"):
            execute(config, wardrobe, tmp_path / "run")
        assert not RunFolder(tmp_path / "run").is_finished

    def test_finished_family_is_taken(self, runs, wardrobe, tmp_path):
        family = runs["mrcgan"].path / "family"
        config = dataclasses.replace(
            CONFIGS["mrcgan"], family=str(family), epochs=1
        )
        run = execute(config, wardrobe, tmp_path / "run")
        assert not (run.path / "family").exists()

    def test_family_of_another_size_is_refused(self, runs, wardrobe, tmp_path):
        family = runs["mrcgan"].path / "family"
        config = dataclasses.replace(
            CONFIGS["mrcgan"], family=str(family), image_size=32
        )
        with pytest.raises(InputError, match="with image_size=16, but this"):
            execute(config, wardrobe, tmp_path / "run")


class TestConfigs:
    @pytest.mark.parametrize("size", [8, 48, 0])
    def test_image_size_must_be_a_power_of_2(self, size):
        with pytest.raises(InputError, match=f"image_size .* got {size}"):
            Pix2pixConfig(image_size=size)

    def test_discogan_needs_three_pairs(self):
        with pytest.raises(InputError, match="batch_size must be at least 3"):
            DiscoGANConfig(batch_size=2)

    def test_family_has_the_published_numbers(self):
        config = CompatibilityFamilyConfig()
        assert (config.dim, config.num_prototypes) == (64, 2)
        assert (config.pull_weight, config.learning_rate) == (0.5, 1e-3)

    @pytest.mark.parametrize(
        ("name", "generator", "discriminator"),
        [
            # Isola et al.'s U-Net of 54.4 million weights is for 256 pixels;
            # one block of 512 there and back less are 4.2 + 8.4 million and
            # two norms.
            ("pix2pix", 41.8e6, 2.77e6),
        ],
    )
    def test_size_of_the_published_networks(
        self, name, generator, discriminator
    ):
        model = build_baseline(load_config(name))
        assert model.generator.count_params() == pytest.approx(
            generator, rel=0.02
        )
        assert model.discriminator.count_params() == pytest.approx(
            discriminator, rel=0.02
        )


class TestDiscoGAN:
    @pytest.mark.parametrize(
        ("changes", "early"),
        [
            ({}, 10_000),
            ({"epochs": 5, "epoch_steps": 200}, 1000),
            ({"epochs": 200, "epoch_steps": 200}, 10_000),
        ],
    )
    def test_reconstruction_counts_little_for_a_third_at_most(
        self, changes, early
    ):
        config = DiscoGANConfig(image_size=16, width=2, **changes)
        assert build_baseline(config).early_iterations == early
