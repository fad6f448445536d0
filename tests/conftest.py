"""What many tests share: Keras 2, a tiny wardrobe, and runs trained on it."""

import fcntl
import os
import shutil

import pytest
from xdist.scheduler import LoadScopeScheduling

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.
from tests.command import tfcompat_main

# Its files share trained stages, which a second worker would train again; but
# for one that takes as long as all others and shares nothing.
TOGETHER = "tests/tfx_pipeline/"
APART = f"{TOGETHER}tfx_command_test.py"


class FilesTogether(LoadScopeScheduling):
    """Gives a file's tests to one worker, and so those of `TOGETHER`."""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        if file.startswith(TOGETHER) and file != APART:
            return TOGETHER
        return file


def pytest_xdist_make_scheduler(config, log):
    return FilesTogether(config, log)


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """Makes a folder once for all workers; read it, do not write into it.

    A function of the folder's name and of the function that fills it.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # Of all workers.

    def get(name, fill):
        folder, made = root / name, root / f"{name}.made"
        with open(root / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)  # Half made.
                folder.mkdir()
                fill(folder)
                made.touch()
        return folder

    return get


@pytest.fixture(scope="session")
def wardrobe_folder(shared):
    """Folder of a simulated wardrobe."""

    def simulate(folder):
        status = tfcompat_main(
            f"simulate {folder / 'wardrobe'} --customers 30 --items 40 "
            "--votes-per-customer 30 --pairs-per-customer 40"
        )
        assert status == 0

    return shared("simulated", simulate) / "wardrobe"


@pytest.fixture(scope="session")
def wardrobe(wardrobe_folder):
    from tfcompat.data.wardrobe import Wardrobe

    return Wardrobe.load(wardrobe_folder)


@pytest.fixture(scope="session")
def runs(wardrobe_folder, shared):
    """Folder of small finished runs, one a kind, made by the command."""

    def train(folder):
        small = "--set epochs=2 --set batch_size=64"
        encoder = f"--set encoder={folder}/garment-encoder"
        stage_one = f"--set stage_one={folder}/partial-dual"
        for name, settings in {
            "garment-encoder": "--set epochs=2 --set image_size=32",
            "partial-dual": "--set rank=3",
            "stynet": f"{small} {encoder}",
            "two-tower": f"{small} {encoder}",
            "psa-net": f"{small} {encoder} {stage_one}",
            "joint": f"{small} {encoder}",
        }.items():
            status = tfcompat_main(
                f"train {name} --data {wardrobe_folder} --out {folder / name} "
                f"{settings}"
            )
            assert status == 0, name

    return shared("runs", train)


@pytest.fixture(scope="session")
def planted(shared):
    """Wardrobe whose outfits are of one colour."""
    from tests.planted_pairs import make_planted_wardrobe
    from tfcompat.data.wardrobe import Wardrobe

    folder = shared(
        "planted",
        lambda folder: make_planted_wardrobe(
            folder / "wardrobe", tops=60, bottoms=100
        ),
    )
    return Wardrobe.load(folder / "wardrobe")


@pytest.fixture(scope="session")
def geco_runs(planted, shared):
    """Finished runs on it by name: a garment encoder, CIGM and GECo."""
    from tfcompat.training.compatibility import GECoConfig
    from tfcompat.training.execution import execute
    from tfcompat.training.gan_baselines import CIGMConfig
    from tfcompat.training.garment_encoder import GarmentEncoderConfig
    from tfcompat.training.run_folder import RunFolder

    def train(folder):
        small = {"precision": "float32", "image_size": 32}
        for name, config in {
            "encoder": GarmentEncoderConfig(**small, epochs=1),
            "cigm": CIGMConfig(
                precision="float32",
                image_size=16,
                width=2,
                noise_dim=3,
                batch_size=8,
                epochs=2,
                epoch_steps=3,
            ),
            "geco": GECoConfig(
                **small,
                backbone="small_cnn",
                pixels="unit",
                generator=str(folder / "cigm"),
                batch_size=16,
                epochs=12,
                learning_rate=3e-3,
            ),
        }.items():
            execute(config, planted, folder / name)

    folder = shared("geco", train)
    return {
        name: RunFolder(folder / name) for name in ("encoder", "cigm", "geco")
    }


@pytest.fixture(scope="session")
def saved_models(runs, shared):
    """Folder of exported models."""

    def export(folder):
        for name in ("psa-net", "partial-dual", "stynet", "two-tower"):
            status = tfcompat_main(f"export {runs / name} --to {folder}")
            assert status == 0, name

    return shared("saved_models", export)


@pytest.fixture(scope="session")
def outfit_folder(shared):
    """Folder of a simulated wardrobe with outfits of three layers."""

    def simulate(folder):
        status = tfcompat_main(
            f"simulate {folder / 'wardrobe'} --customers 5 --items 150 "
            "--votes-per-customer 2 --pairs-per-customer 2 --outfits 60 "
            "--seed 2"
        )
        assert status == 0

    return shared("simulated_outfits", simulate) / "wardrobe"


@pytest.fixture(scope="session")
def outfit_wardrobe(outfit_folder):
    from tfcompat.data.wardrobe import Wardrobe

    return Wardrobe.load(outfit_folder)


@pytest.fixture(scope="session")
def attribute_runs(outfit_folder, shared):
    """Folder of small finished runs of attributes and outfits."""

    def train(folder):
        encoder = f"--set encoder={folder}/adde --set epochs=2"
        tiny = "--set epochs=2 --set image_size=32 --set dim=8"
        for name, settings in {
            "adde": f"adde-small {tiny}",
            "adde-m": f"adde-m-small {encoder} --set most_changes=2 --set k=5",
            "adde-c": f"adde-c {encoder}",
            "csa-net": f"csa-net {encoder} --set dim=8",
            "adde-o": f"adde-o {encoder}",
        }.items():
            status = tfcompat_main(
                f"train {settings} --data {outfit_folder} --out {folder / name}"
            )
            assert status == 0, name

    return shared("attribute_runs", train)


@pytest.fixture(scope="session")
def small_clip(wardrobe, shared):
    """`RunFolder` of a CLIP, trained for a moment on the captions."""
    from tfcompat.training.execution import execute
    from tfcompat.training.run_folder import RunFolder
    from tfcompat.training.small_clip import SmallCLIPConfig

    config = SmallCLIPConfig(
        image_size=32,
        patch_size=16,
        width=32,
        layers=1,
        heads=2,
        dim=16,
        batch_size=20,
        epochs=2,
        epoch_steps=70,
        learning_rate=3e-3,
    )
    folder = shared(
        "small_clip", lambda folder: execute(config, wardrobe, folder / "run")
    )
    return RunFolder(folder / "run")


@pytest.fixture(scope="session")
def medal_config(small_clip):
    """The smallest `MedalConfig` that has all its parts."""
    from tfcompat.training.medal import MedalConfig

    return MedalConfig(
        clip=str(small_clip.path),
        aids=("text",),
        types="categories",
        image_size=32,
        local_size=16,
        patch_size=16,
        width=8,
        depth=1,
        heads=2,
        drop_path=0.0,
        vision_dim=6,
        colour_dim=2,
        colour_bins=(2, 3, 3),
        head_units=16,
        head_hidden_units=8,
        bottleneck=4,
        local_crops=1,
        crop_items=8,
        batch_size=64,
        epochs=2,
        learning_rate=1e-3,
        momentum=0.9,
        precision="float32",
    )


@pytest.fixture(scope="session")
def medal_run(medal_config, wardrobe, shared):
    """`RunFolder` of a finished MEDAL."""
    from tfcompat.training.execution import execute
    from tfcompat.training.run_folder import RunFolder

    folder = shared(
        "medal_run",
        lambda folder: execute(medal_config, wardrobe, folder / "run"),
    )
    return RunFolder(folder / "run")
