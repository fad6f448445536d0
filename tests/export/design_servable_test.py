import io
import json

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from PIL import Image

from tests.designer_run import write_designer_run
from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.export.design_servable import make_design_servable
from tfcompat.export.export import export_run
from tfcompat.export.warmup import answer_warmup_requests
from tfcompat.training.gan_baseline_configs import Pix2pixConfig
from tfcompat.training.gan_baselines import build_baseline
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.subspace_net import save_model
from tfcompat.training.trained_designer import TrainedDesigner

Invalid = tf.errors.InvalidArgumentError


@pytest.fixture(scope="module")
def run(runs, wardrobe, tmp_path_factory):
    path = tmp_path_factory.mktemp("design") / "run"
    return write_designer_run(path, wardrobe, runs / "garment-encoder")


@pytest.fixture(scope="module")
def version(run, wardrobe, tmp_path_factory):
    to = tmp_path_factory.mktemp("saved_models")
    return export_run(
        run.path, to, wardrobe=wardrobe, name="atelier", max_rows=40
    )


@pytest.fixture(scope="module")
def design(version):
    """The signature of the loaded model, called with lists."""
    signature = tf.saved_model.load(version).signatures["design"]

    def ask(customers, queries, k):
        outputs = signature(
            customer_id=tf.constant(customers, tf.string),
            query=tf.constant(queries, tf.string),
            k=tf.constant(k, tf.int32),
        )
        return {name: value.numpy() for name, value in outputs.items()}

    return ask


@pytest.fixture(scope="module")
def photos(wardrobe):
    """Contents of the photos of the first three items, which are tops."""
    return [path.read_bytes() for path in wardrobe.image_paths[:3]]


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)))


class TestDesign:
    def test_is_what_the_model_designs(self, design, photos, run, wardrobe):
        ids = wardrobe.customers["customer_id"]
        answer = design([ids[4], "nobody", ids[4]], photos[:2] + photos[:1], 4)
        trained = TrainedDesigner(run.path, wardrobe)
        expected = trained.design([4, -1, 4], [0, 1, 0])
        for png, one in zip(answer["image"], expected, strict=True):
            shown = pixels(png)
            assert shown.shape == (32, 32, 3) and shown.dtype == np.uint8
            np.testing.assert_allclose(shown, 255 * one, atol=1.01)
        assert answer["known_customer"].tolist() == [True, False, True]
        assert answer["image"][0] == answer["image"][2]
        # The same query for another customer is another design.
        other = design([ids[9]], photos[:1], 1)
        assert np.abs(pixels(other["image"][0]) - 255 * expected[0]).max() > 3

    def test_items_are_those_that_look_most_like_the_design(
        self, design, photos, run, wardrobe
    ):
        ids = wardrobe.customers["customer_id"]
        answer = design([ids[4]], photos[:1], 5)
        model = TrainedDesigner(run.path, wardrobe)
        looks = model.model.embed_candidate(tf.constant(model.design([4], [0])))
        is_bottom = wardrobe.items["group"] == "bottom"
        rows = np.flatnonzero(is_bottom).astype("int32")
        likeness = model.model.embed_candidate(model.images.batch(rows)) @ (
            tf.transpose(looks)
        )
        order = np.argsort(-likeness[:, 0], kind="stable")[:5]
        found = wardrobe.items["item_id"].iloc[rows[order]]
        assert [id_.decode() for id_ in answer["item_id"][0]] == list(found)
        np.testing.assert_allclose(
            answer["score"][0], likeness.numpy()[order, 0], atol=1e-3
        )

    def test_each_row_has_its_own_k(self, design, photos):
        answer = design(["a", "b"], photos[:2], [3, 1])
        assert answer["item_id"].shape == (2, 3)
        assert answer["item_id"][1].tolist()[1:] == [b"", b""]
        assert np.isneginf(answer["score"][1, 1:]).all()

    def test_no_rows(self, design):
        answer = design([], [], 3)
        assert answer["image"].shape == (0,)
        assert len(answer["item_id"]) == 0

    @pytest.mark.parametrize(
        ("customers", "queries", "k", "message"),
        [
            (["a", "b"], 1, 1, "customer_id has 2 rows, but query has 1"),
            (["a"], 1, 0, "row 0: k must be at least 1, got 0"),
            (["a"] * 41, 41, 1, "41 rows are more than 40; split the batch"),
        ],
    )
    def test_wrong_requests_are_named(
        self, design, photos, customers, queries, k, message
    ):
        with pytest.raises(Invalid, match=message):
            design(customers, photos[:1] * queries, k)

    def test_wrong_photos_are_named_with_their_row(self, design, photos):
        with pytest.raises(Invalid, match="query row 2: is no image"):
            design(["a"] * 3, [*photos[:2], b"text"], 1)
        cut = photos[0][: len(photos[0]) // 2]
        with pytest.raises(Invalid, match="query row 1: .* it is truncated"):
            design(["a"] * 3, [photos[0], cut, cut], 1)


class TestVersion:
    def test_scann_is_advised_by_items_and_numbers_of_the_index(
        self, run, wardrobe, advised, caplog
    ):
        servable = make_design_servable(run, wardrobe)
        assert advised == [(20, servable.index.index.dim)]
        assert "designer: 20 items" in caplog.text

    def test_warm_up_requests_are_answered(self, version):
        answers = answer_warmup_requests(version)
        assert [len(given["image"]) for _, given in answers] == [1, 8, 32]

    def test_card_says_what_it_is(self, version):
        card = json.loads(
            (version / "assets.extra" / "model_card.json").read_text()
        )
        assert card["name"] == "atelier"
        assert set(card["signatures"]["design"]["inputs"]) == {
            "customer_id",
            "query",
            "k",
        }
        assert card["data"]["catalogue"] == {
            "group": "bottom",
            "items": 20,
            "index": "exact",
        }

    def test_items_may_be_others_than_those_of_the_training(
        self, run, wardrobe_folder, tmp_path
    ):
        items = pd.read_csv(wardrobe_folder / "items.csv", dtype=str)
        items["image"] = str(wardrobe_folder) + "/" + items["image"]
        kept = items[items["group"] == "bottom"].iloc[:3]
        folder = tmp_path / "few"
        (folder / "images").mkdir(parents=True)
        for row, path in enumerate(kept["image"]):
            (folder / "images" / f"{row}.png").write_bytes(
                open(path, "rb").read()
            )
        kept = kept.assign(
            image=[f"images/{row}.png" for row in range(3)],
            item_id=["x", "y", "z"],
        )
        kept.to_csv(folder / "items.csv", index=False)
        servable = make_design_servable(run, Wardrobe.load(folder))
        assert servable.name == "designer"
        looks = tf.random.stateless_normal(
            [2, servable.index.index.dim], (0, 0)
        )
        _, rows = servable.index.search(looks, 9)
        for row in servable.items.get_ids(rows).numpy():
            assert set(row) == {b"x", b"y", b"z"}

    @pytest.mark.parametrize(
        "options", [{"candidates": "two-tower"}, {"shortlist": 5}]
    )
    def test_options_of_pair_models_are_refused(
        self, run, wardrobe, tmp_path, options
    ):
        with pytest.raises(InputError, match="options of pair models"):
            export_run(run.path, tmp_path, wardrobe=wardrobe, **options)

    def test_baselines_are_not_served(self, wardrobe, tmp_path):
        config = Pix2pixConfig(image_size=32, width=2)
        run = RunFolder.start(tmp_path / "run", config)
        save_model(build_baseline(config), wardrobe, run)
        run.write_json("metrics.json", {})
        with pytest.raises(InputError, match="Pix2pixConfig, a baseline"):
            export_run(run.path, tmp_path / "to", wardrobe=wardrobe)
