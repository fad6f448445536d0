import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.export import own_votes, stynet_scorer, two_tower_scorer
from tfcompat.export.vote_servable import make_vote_servable
from tfcompat.export.warmup import answer_warmup_requests
from tfcompat.models.partial_dual import PartialDual
from tfcompat.training.run_folder import RunFolder

Invalid = tf.errors.InvalidArgumentError
STRANGER = "Frau Müller 👗"
NAMES = ("stynet", "two_tower", "partial_dual")


@pytest.fixture(scope="module")
def published(saved_models):
    """Folders of the versions, by name."""
    return {name: saved_models / name / "1" for name in NAMES}


@pytest.fixture(scope="module", params=NAMES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def served(published, name):
    """The signatures of a loaded model, called with lists."""
    signatures = tf.saved_model.load(published[name]).signatures

    def ask(signature, **inputs):
        types = {"k": tf.int32}
        outputs = signatures[signature](
            **{
                key: tf.constant(value, types.get(key, tf.string))
                for key, value in inputs.items()
            }
        )
        return {key: value.numpy() for key, value in outputs.items()}

    return ask


@pytest.fixture(scope="module")
def expected(runs, name, wardrobe):
    """Scores `[customers + 1, items]` of the model itself; last a stranger."""
    run = RunFolder(runs / name.replace("_", "-"))
    customers = np.arange(len(wardrobe.customers))
    items = np.arange(len(wardrobe.items))
    if name == "partial_dual":
        model = PartialDual.load(run.model / "partial_dual.npz")
        known = model.predict(
            np.tile(items, len(customers)), np.repeat(customers, len(items))
        ).reshape(len(customers), len(items))
        return np.vstack([known, known.mean(axis=0)])
    model = keras.saving.load_model(run.model / "model.keras", compile=False)
    customers = np.append(customers, -1).astype("int32")
    scores = model(
        {
            "customer": np.repeat(customers, len(items)),
            "item": np.tile(items, len(customers)).astype("int32"),
        }
    )
    return scores.numpy().reshape(len(customers), len(items))


@pytest.fixture(scope="module")
def ids(wardrobe):
    """Ids of the customers, a stranger's at the end, and of the items."""
    customers = wardrobe.customers["customer_id"].to_list()
    return [*customers, STRANGER], wardrobe.items["item_id"].to_list()


class TestServingDefault:
    def test_scores_are_those_of_the_model(self, served, expected, ids):
        customers, items = ids
        asked = np.random.default_rng(0).integers(
            (len(customers), len(items)), size=(500, 2)
        )
        answer = served(
            "serving_default",
            customer_id=[customers[i] for i in asked[:, 0]],
            item_id=[items[i] for i in asked[:, 1]],
        )
        np.testing.assert_allclose(
            answer["score"], expected[asked[:, 0], asked[:, 1]], atol=1e-5
        )
        np.testing.assert_array_equal(
            answer["known_customer"], asked[:, 0] < len(customers) - 1
        )

    def test_no_rows(self, served):
        answer = served("serving_default", customer_id=[], item_id=[])
        assert answer["score"].shape == (0,)
        assert answer["known_customer"].shape == (0,)

    def test_an_unknown_item_is_named_with_its_row(self, served, ids):
        with pytest.raises(Invalid, match="row 1: .* item with the id Kleid ü"):
            served(
                "serving_default",
                customer_id=[STRANGER] * 3,
                item_id=[ids[1][0], "Kleid ü", "x"],
            )

    def test_columns_must_be_of_one_length(self, served, ids):
        with pytest.raises(Invalid, match="customer_id has 2 rows, but item"):
            served(
                "serving_default",
                customer_id=["a", "b"],
                item_id=[ids[1][0]],
            )

    def test_too_many_rows_are_refused(self, served, ids):
        item = ids[1][:1]
        answer = served(
            "serving_default", customer_id=["a"] * 1024, item_id=item * 1024
        )
        assert answer["score"].shape == (1024,)
        with pytest.raises(Invalid, match="1025 rows .*; split the batch"):
            served(
                "serving_default", customer_id=["a"] * 1025, item_id=item * 1025
            )


class TestRecommend:
    def test_ranks_all_items_by_the_models_scores(self, served, expected, ids):
        customers, items = ids
        answer = served("recommend", customer_id=customers, k=len(items))
        rows = {item.encode(): row for row, item in enumerate(items)}
        ranked = np.vectorize(rows.get)(answer["item_id"])
        np.testing.assert_array_equal(
            np.sort(ranked), np.tile(np.arange(len(items)), (len(customers), 1))
        )
        np.testing.assert_allclose(
            answer["score"],
            np.take_along_axis(expected, ranked, axis=1),
            atol=1e-5,
        )
        assert (np.diff(answer["score"]) <= 0).all()
        assert answer["known_customer"].tolist() == [True] * 30 + [False]

    def test_scores_are_those_of_serving_default(self, served, ids):
        customers, items = ids[0][-20:], ids[1]
        answer = served("recommend", customer_id=customers, k=len(items))
        pairs = served(
            "serving_default",
            customer_id=np.repeat(customers, len(items)),
            item_id=answer["item_id"].ravel(),
        )
        np.testing.assert_allclose(
            pairs["score"], answer["score"].ravel(), rtol=0, atol=1e-6
        )

    def test_the_best_k_are_the_head_of_the_ranking(self, served, ids):
        customers, items = ids
        whole = served("recommend", customer_id=customers, k=len(items))
        for k in (1, 7):
            some = served("recommend", customer_id=customers, k=k)
            np.testing.assert_array_equal(
                some["item_id"], whole["item_id"][:, :k]
            )

    def test_rows_that_ask_for_fewer_are_filled_up(self, served, ids):
        customers = ids[0][:3]
        whole = served("recommend", customer_id=customers, k=3)
        some = served("recommend", customer_id=customers, k=[1, 3, 2])
        for row, k in enumerate([1, 3, 2]):
            for column in range(3):
                inside = column < k
                assert some["item_id"][row, column] == (
                    whole["item_id"][row, column] if inside else b""
                )
                assert some["score"][row, column] == (
                    whole["score"][row, column] if inside else -np.inf
                )

    def test_the_list_ends_with_the_catalogue(self, served, ids):
        answer = served("recommend", customer_id=[STRANGER], k=1000)
        assert answer["item_id"].shape == (1, len(ids[1]))

    @pytest.mark.parametrize("k", [5, []])
    def test_no_rows(self, served, k):
        answer = served("recommend", customer_id=[], k=k)
        assert answer["item_id"].shape[0] == 0
        assert answer["score"].shape == answer["item_id"].shape

    @pytest.mark.parametrize(
        "rows, k, problem",
        [
            (2, 0, "row 0: k must be at least 1, got 0"),
            (2, [3, -1], "row 1: k must be at least 1, got -1"),
            (2, [3], "k must be one number, or one for each of 2 rows"),
            (1, 200_001, "asks for more than 200,000 results"),
            (1024, 196, "asks for more than 200,000 results"),
            (1, 2**31 - 1, "asks for more than 200,000 results"),
            (1025, 1, "1025 rows .*; split the batch"),
        ],
    )
    def test_what_cannot_be_asked(self, served, rows, k, problem):
        with pytest.raises(Invalid, match=problem):
            served("recommend", customer_id=["a"] * rows, k=k)


class TestBlocks:
    """Blocks that are small for the catalogue change no answer."""

    @pytest.mark.parametrize("name", ["stynet", "two_tower"], indirect=True)
    def test_answers_stay(self, name, served, runs, wardrobe, ids, monkeypatch):
        monkeypatch.setattr(own_votes, "_CELLS", 1)
        monkeypatch.setattr(stynet_scorer, "_PAIRS", 7)
        monkeypatch.setattr(two_tower_scorer, "_SCORES", 1)
        run = RunFolder(runs / name.replace("_", "-"))
        small = make_vote_servable(run, wardrobe).signatures["recommend"](
            tf.constant(ids[0][-5:]), tf.constant(9)
        )
        large = served("recommend", customer_id=ids[0][-5:], k=9)
        np.testing.assert_array_equal(small["item_id"], large["item_id"])
        np.testing.assert_allclose(small["score"], large["score"], atol=1e-6)


class TestPublished:
    def test_warm_up_asks_every_signature_in_a_form_that_can_be_batched(
        self, published, name
    ):
        asked = answer_warmup_requests(published[name])
        rows = [
            (
                request.model_spec.signature_name,
                {
                    proto.tensor_shape.dim[0].size
                    for proto in request.inputs.values()
                },
            )
            for request, _ in asked
        ]
        assert rows == [
            (signature, {size})
            for signature in ("serving_default", "recommend")
            for size in (1, 8, 64)
        ]

    def test_card_says_how_good_it_is_and_on_what(
        self, published, name, runs, wardrobe
    ):
        extra = published[name] / "assets.extra"
        card = json.loads((extra / "model_card.json").read_text())
        run = RunFolder(runs / name.replace("_", "-"))
        assert card["metrics"]["test"] == run.read_json("metrics.json")["test"]
        assert card["data"]["splits"]["hash"] == wardrobe.splits_hash
        assert len(card["limits"]) > 3


class TestCatalogue:
    def test_items_taken_out_of_the_wardrobe_are_not_recommended(
        self, name, runs, wardrobe, expected, ids
    ):
        kept = Wardrobe.from_frames(
            wardrobe.folder,
            wardrobe.items.iloc[5::2].reset_index(drop=True),
            wardrobe.customers,
        )
        run = RunFolder(runs / name.replace("_", "-"))
        recommend = make_vote_servable(run, kept).signatures["recommend"]
        answer = recommend(tf.constant(ids[0][:4]), tf.constant(100))
        best = np.argsort(-expected[:4, 5::2], axis=1, kind="stable")
        in_stock = np.array(ids[1][5::2])
        np.testing.assert_array_equal(
            answer["item_id"].numpy().astype(str), in_stock[best]
        )

    def test_new_items_are_counted_in_a_warning(self, runs, wardrobe, caplog):
        new = wardrobe.items.iloc[:2].assign(item_id=["new-1", "new-2"])
        more = dataclasses.replace(
            wardrobe,
            items=pd.concat([wardrobe.items, new], ignore_index=True),
        )
        make_vote_servable(RunFolder(runs / "partial-dual"), more)
        assert "2 items of the wardrobe came after training" in caplog.text

    def test_another_shops_wardrobe_is_refused(self, runs, wardrobe):
        other = wardrobe.items.assign(
            item_id="other-" + wardrobe.items["item_id"]
        )
        other = dataclasses.replace(wardrobe, items=other)
        with pytest.raises(InputError, match="has none of the items"):
            make_vote_servable(RunFolder(runs / "partial-dual"), other)


class TestRuns:
    def test_a_run_of_another_kind_is_refused(self, runs, wardrobe):
        with pytest.raises(InputError, match="scores no single items"):
            make_vote_servable(RunFolder(runs / "psa-net"), wardrobe)

    def test_an_unfinished_run_is_refused(self, tmp_path, wardrobe):
        (tmp_path / "config.json").write_text('{"config": "StyNetConfig"}')
        with pytest.raises(InputError, match="is not finished"):
            make_vote_servable(RunFolder(tmp_path), wardrobe)
