import numpy as np
import pytest
import tensorflow as tf

from tests.export.pair_kit import (
    CUSTOMERS,
    SIZE,
    make_encoder,
    make_model,
    make_photo,
    make_towers,
    read_items,
    score_in_training,
    turned,
    write_wardrobe,
)
from tfcompat.data.images import ImageStore
from tfcompat.export.catalogue import group_of_categories
from tfcompat.export.export import make_servable
from tfcompat.export.pair_building import build_pair_servable
from tfcompat.export.pair_model import PairModel
from tfcompat.export.saved_model import write_saved_model
from tfcompat.export.serving_options import ServingOptions
from tfcompat.training.vocabulary import Vocabulary


class Shop:
    """A wardrobe, models for it, and what they are asked when served."""

    def __init__(self, folder):
        self.wardrobe = write_wardrobe(folder)
        self.encoder = make_encoder(self.wardrobe)
        self.photos = [path.read_bytes() for path in self.wardrobe.image_paths]
        self.ids = self.wardrobe.items["item_id"].tolist()
        self._models, self._servables = {}, {}

    def items(self, kind):
        encoder = None if kind == "pixels" else self.encoder
        return read_items(self.wardrobe, encoder)

    def model(self, kind):
        if kind not in self._models:
            self._models[kind] = make_model(
                kind, self.wardrobe, self.items(kind), self.encoder
            )
        return self._models[kind]

    def servable(self, kind, **options):
        key = kind, tuple(options.items())
        if key not in self._servables:
            self._servables[key] = make_servable(
                self.model(kind), self.wardrobe, encoder=self.encoder, **options
            )
        return self._servables[key]

    def train_scores(self, kind, customers, queries, candidates):
        return score_in_training(
            self.model(kind),
            self.wardrobe,
            self.items(kind),
            customers,
            queries,
            candidates,
        )

    def score(self, kind, customers, queries, candidates):
        return self.servable(kind).signatures["serving_default"](
            tf.constant(customers),
            tf.constant(queries, tf.string),
            tf.constant(candidates, tf.string),
        )

    def complete(self, kind, customers, queries, groups, k, **options):
        answer = self.servable(kind, **options).signatures["complete"](
            tf.constant(customers, tf.string),
            tf.constant(queries, tf.string),
            tf.constant(groups, tf.string),
            tf.constant(k),
        )
        ids = [
            [id_.decode() for id_ in row] for row in answer["item_id"].numpy()
        ]
        return ids, answer["score"].numpy(), answer["known_customer"].numpy()


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("shop") / "wardrobe")


# What the other kinds do without photos is in pair_ranking_test.
KINDS = ["psa", "csa", "pixels"]
WRONG = tf.errors.InvalidArgumentError


class TestScore:
    @pytest.mark.parametrize("kind", KINDS)
    def test_every_kind_of_photo_scores_as_in_training(self, shop, kind):
        # All ordered pairs of the ten items, for known customers and strangers.
        queries, candidates = np.divmod(np.arange(100), 10)
        customers = np.arange(100) % 5
        answer = shop.score(
            kind,
            [[*CUSTOMERS, "nobody"][row] for row in customers],
            [shop.photos[row] for row in queries],
            [shop.photos[row] for row in candidates],
        )
        rows = np.where(customers < 4, customers, -1)
        expected = shop.train_scores(kind, rows, queries, candidates)[:, 0]
        assert np.std(expected) > 0.01
        np.testing.assert_allclose(answer["score"], expected, rtol=0, atol=1e-5)
        np.testing.assert_array_equal(answer["known_customer"], customers < 4)

    def test_a_row_alone_scores_as_in_a_batch(self, shop):
        together = shop.score(
            "psa", ["ben", "77"], shop.photos[:2], shop.photos[4:6]
        )["score"]
        alone = shop.score("psa", ["77"], shop.photos[1:2], shop.photos[5:6])
        np.testing.assert_allclose(alone["score"], together[1:], atol=1e-6)

    def test_no_rows(self, shop):
        answer = shop.score("psa", np.zeros(0, str), [], [])
        assert answer["score"].shape == answer["known_customer"].shape == (0,)

    def test_too_many_rows_are_refused(self, shop):
        with pytest.raises(WRONG, match="1025 rows .* 1,024; split the batch"):
            shop.score("psa", ["ben"] * 1025, [b"x"] * 1025, [b"x"] * 1025)

    def test_columns_of_unequal_length_are_refused(self, shop):
        with pytest.raises(WRONG, match="customer_id has 2 rows, but .* 1"):
            shop.score("psa", ["a", "b"], shop.photos[:1], shop.photos[:1])

    def test_a_bad_photo_is_named_by_column_and_row(self, shop):
        photos = [shop.photos[0]] * 3
        with pytest.raises(WRONG, match="candidate row 2: is no image"):
            shop.score("psa", ["ben"] * 3, photos, [*photos[:2], b"junk"])
        with pytest.raises(WRONG, match="query row 1: is empty"):
            shop.score("psa", ["ben"] * 3, [photos[0], b"", b""], photos)


class TestComplete:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("k", [1, 3, 50])
    def test_ranks_the_group_as_the_model_scores_it(self, shop, kind, k):
        queries = np.arange(10)
        customers = np.arange(10) % 5
        rows = np.where(customers < 4, customers, -1)
        everything = np.tile(np.arange(10), (10, 1))
        scores = shop.train_scores(kind, rows, queries, everything)
        names = shop.wardrobe.groups
        asked = [names[row % 3] for row in range(10)]
        ids, found, known = shop.complete(
            kind,
            [[*CUSTOMERS, "nobody"][row] for row in customers],
            shop.photos,
            asked,
            k,
        )
        np.testing.assert_array_equal(known, customers < 4)
        assert found.shape == (10, min(k, 5))  # Five bottoms.
        groups = shop.wardrobe.items["group"].to_numpy()
        for row in range(10):
            items = np.flatnonzero(groups == asked[row])
            items = items[items != row]  # The query itself is no answer.
            best = items[np.argsort(-scores[row, items], kind="stable")][:k]
            padding = found.shape[1] - len(best)
            assert ids[row] == [shop.ids[i] for i in best] + [""] * padding
            np.testing.assert_allclose(
                found[row],
                [*scores[row, best], *[-np.inf] * padding],
                rtol=0,
                atol=1e-5,
            )

    def test_scores_are_those_of_serving_default(self, shop):
        [ids], [scores], _ = shop.complete(
            "psa", ["ben"], shop.photos[:1], ["bottom"], 5
        )
        again = shop.score(
            "psa",
            ["ben"] * 5,
            shop.photos[:1] * 5,
            [shop.photos[shop.ids.index(id_)] for id_ in ids],
        )
        np.testing.assert_allclose(scores, again["score"], atol=1e-6)

    def test_each_row_may_ask_for_its_own_number(self, shop):
        ids, scores, _ = shop.complete(
            "psa", ["ben"] * 3, shop.photos[:3], ["bottom"] * 3, [2, 4, 1]
        )
        all_ids, _, _ = shop.complete(
            "psa", ["ben"] * 3, shop.photos[:3], ["bottom"] * 3, 4
        )
        assert scores.shape == (3, 4)
        for row, k in enumerate((2, 4, 1)):
            assert ids[row] == all_ids[row][:k] + [""] * (4 - k)
            assert np.isneginf(scores[row, k:]).all()

    def test_no_rows(self, shop):
        ids, scores, known = shop.complete("psa", [], [], [], 5)
        assert ids == [] and scores.shape == (0, 0) and known.shape == (0,)

    @pytest.mark.parametrize(
        ("group", "k", "words"),
        [
            (
                "hat",
                3,
                "row 1: there is no group named hat; the groups are bottom, "
                "shoes, top",
            ),
            ("top", 0, "row 0: k must be at least 1, got 0"),
            ("top", [3, -2], "row 1: k must be at least 1, got -2"),
            ("top", [3, 3, 3], "k must be one number, or one for each of 2"),
            ("top", 2**31 - 1, "more than 200,000 results"),
        ],
    )
    def test_a_bad_question_is_explained(self, shop, group, k, words):
        # Also before the photos are looked at, one of which is bad.
        with pytest.raises(WRONG, match=words):
            shop.complete(
                "psa", ["ben"] * 2, [shop.photos[0], b"junk"], ["top", group], k
            )

    def test_another_photo_is_scored_as_what_it_seems_to_be(self, shop):
        photo = make_photo("JPEG", seed=99)
        [ids], _, [known] = shop.complete("psa", [""], [photo], ["top"], 9)
        assert sorted(ids) == sorted(shop.ids[:4])
        assert not known


class Strangers:
    """Odd photos that are not the catalogue's, and what a model sees there."""

    def __init__(self, folder, shop):
        self.photos = [
            make_photo(kind, mode, size, seed, **options)
            for seed, (kind, mode, size, options) in enumerate(
                [
                    ("JPEG", "RGB", (64, 37), {}),
                    ("JPEG", "RGB", (37, 64), {"exif": turned()}),
                    ("JPEG", "L", (71, 40), {}),
                    ("PNG", "RGBA", (33, 57), {}),
                    ("PNG", "P", (20, 20), {}),
                    ("PNG", "I;16", (41, 90), {}),
                    ("PNG", "LA", (1, 50), {}),
                    ("BMP", "RGB", (39, 39), {}),
                ],
                start=200,
            )
        ]
        assert not set(self.photos) & set(shop.photos)
        paths = [folder / str(row) for row in range(len(self.photos))]
        for path, photo in zip(paths, self.photos, strict=True):
            path.write_bytes(photo)
        images = ImageStore(paths, SIZE).batch(tf.range(len(paths)))
        self.items = shop.encoder.describe(images)
        # What they show is what the encoder takes them for.
        names = shop.encoder.heads["category"]["values"]
        seen = tf.nn.softmax(shop.encoder(images)["category"]).numpy()
        known = shop.wardrobe.categories
        self.categories = [known.index(names[i]) for i in seen.argmax(axis=1)]
        group_of = group_of_categories(shop.wardrobe)
        self.groups = np.argmax(
            [
                sum(seen[:, names.index(n)] for n in names if group_of[n] == g)
                for g in shop.wardrobe.groups
            ],
            axis=0,
        )


class TestWritten:
    @pytest.mark.parametrize("kind", ["psa", "csa"])
    def test_strange_photos_of_every_kind_score_as_in_training(
        self, shop, kind, tmp_path
    ):
        strangers = Strangers(tmp_path, shop)
        write_saved_model(shop.servable(kind), tmp_path / "saved")
        signatures = tf.saved_model.load(str(tmp_path / "saved")).signatures
        photos = [*shop.photos, *strangers.photos]
        count = len(photos)

        def train_scores(queries, candidates, customers):
            wardrobe = shop.wardrobe
            inputs = {
                "items": tf.concat([shop.items(kind), strangers.items], axis=0),
                "item_rows": [*range(10), *[-1] * len(strangers.photos)],
                "groups": [*wardrobe.item_groups, *strangers.groups],
                "categories": [
                    *wardrobe.item_categories,
                    *strangers.categories,
                ],
                "query": queries,
                "candidates": np.reshape(candidates, (len(queries), -1)),
                "customer": customers,
            }
            return shop.model(kind)(
                {
                    name: tf.constant(value, tf.int32)
                    if name != "items"
                    else value
                    for name, value in inputs.items()
                }
            ).numpy()

        queries, candidates = np.divmod(np.arange(count**2), count)
        customers = np.arange(count**2) % 5
        names = [[*CUSTOMERS, "nobody"][row] for row in customers]
        answer = signatures["serving_default"](
            customer_id=tf.constant(names),
            query=tf.constant([photos[row] for row in queries]),
            candidate=tf.constant([photos[row] for row in candidates]),
        )
        customers = np.where(customers < 4, customers, -1)
        expected = train_scores(queries, candidates, customers)[:, 0]
        is_strange = (queries >= 10) | (candidates >= 10)
        assert np.std(expected[is_strange]) > 0.01
        np.testing.assert_allclose(answer["score"], expected, rtol=0, atol=1e-5)

        asked = np.arange(10, count)
        answer = signatures["complete"](
            customer_id=tf.constant(["ben"] * len(asked)),
            query=tf.constant(strangers.photos),
            group=tf.constant(["bottom"] * len(asked)),
            k=tf.constant(5),
        )
        groups = shop.wardrobe.items["group"].to_numpy()
        bottoms = np.tile(np.flatnonzero(groups == "bottom"), (len(asked), 1))
        scores = train_scores(asked, bottoms, np.full(len(asked), 2))
        order = np.argsort(-scores, axis=1, kind="stable")
        np.testing.assert_array_equal(
            answer["item_id"].numpy().astype("U"),
            np.array(shop.ids)[np.take_along_axis(bottoms, order, axis=1)],
        )
        np.testing.assert_allclose(
            answer["score"], np.take_along_axis(scores, order, 1), atol=1e-5
        )


class TestIndex:
    def test_scann_is_advised_by_items_and_numbers_of_the_index(
        self, shop, advised, caplog
    ):
        servable = make_servable(
            shop.model("psa"), shop.wardrobe, encoder=shop.encoder
        )
        # Five bottoms; of 8 numbers each, and their squares.
        assert advised == [(5, 16)] and servable.ranking.index.dim == 16
        assert "psa_net: 5 items of 16 numbers" in caplog.text


class TestShortlist:
    def test_of_the_whole_group_it_changes_nothing(self, shop):
        pair = PairModel(
            model=shop.model("psa"),
            vocabulary=Vocabulary.of(shop.wardrobe),
            encoder=shop.encoder,
            category_groups=group_of_categories(shop.wardrobe),
            towers=make_towers(shop.wardrobe),
            about={"data": {}, "metrics": {}, "seed": 0},
        )
        options = ServingOptions(shortlist=5)
        servable = build_pair_servable(pair, shop.wardrobe, options)
        asked = (
            tf.constant(["ben", "", "anna"]),
            tf.constant(shop.photos[:3]),
            tf.constant(["bottom", "top", "shoes"]),
            tf.constant(4),
        )
        answer = servable.signatures["complete"](*asked)
        expected = shop.servable("psa").signatures["complete"](*asked)
        np.testing.assert_array_equal(answer["item_id"], expected["item_id"])
        np.testing.assert_allclose(
            answer["score"], expected["score"], atol=1e-6
        )


class TestExamples:
    def test_they_can_be_answered(self, shop):
        servable = shop.servable("psa")
        examples = servable.examples()
        assert examples.keys() == servable.signatures.keys()
        for name, batches in examples.items():
            sizes = [len(batch["customer_id"]) for batch in batches]
            assert sizes == [1, 8, 32]
            for batch in batches[:2]:
                answer = servable.signatures[name](
                    **{key: tf.constant(value) for key, value in batch.items()}
                )
                assert np.isfinite(answer["score"]).any()

    def test_large_photos_are_sampled_small(self, tmp_path):
        large = ("big", "big.png", "top", "shirt", "RGB", (400, 300))
        plain = ("b", "b.png", "bottom", "jeans", "RGB", (400, 300))
        wardrobe = write_wardrobe(tmp_path / "w", [large, plain])
        encoder = make_encoder(wardrobe)
        model = make_model("psa", wardrobe, read_items(wardrobe, encoder))
        servable = make_servable(model, wardrobe, encoder=encoder)
        assert all(len(sample) < 20_000 for sample in servable.samples)
        cnn = make_model("pixels", wardrobe, read_items(wardrobe), encoder)
        servable = make_servable(cnn, wardrobe)
        # Without an encoder only the catalogue's own photos are read.
        assert sorted(servable.samples) == sorted(
            path.read_bytes() for path in wardrobe.image_paths
        )
