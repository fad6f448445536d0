import numpy as np
import pytest
import tensorflow as tf

from tests.export.pair_kit import make_model, make_towers
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.export.catalogue import Catalogue
from tfcompat.export.pair_ranking import PairRanking
from tfcompat.export.shortlist import Shortlist
from tfcompat.export.shortlist_ranking import ShortlistRanking
from tfcompat.retrieval import catalogue_index

ITEMS, FEATURES, QUERIES = 10_000, 12, 6
CUSTOMERS = 4


class World:
    """Ten thousand items of random features in three groups."""

    def __init__(self, items=ITEMS):
        import pandas as pd

        random = np.random.default_rng(0)
        groups = random.choice(["bottom", "shoes", "top"], items)
        kinds = random.choice(["long", "short", "warm"], items)
        self.wardrobe = Wardrobe.from_frames(
            "nowhere",
            pd.DataFrame(
                {
                    "item_id": [f"i{row}" for row in range(items)],
                    "image": "none.png",
                    "group": groups,
                    "category": [
                        f"{kind} {group}"
                        for kind, group in zip(kinds, groups, strict=True)
                    ],
                }
            ),
            customers=pd.DataFrame(
                {"customer_id": [f"c{row}" for row in range(CUSTOMERS)]}
            ),
        )
        self.features = random.normal(size=(items, FEATURES)).astype("float32")
        # The last hundred items came after training.
        rows = np.arange(items, dtype="int32")
        self.item_rows = np.where(rows < items - 100, rows, -1)

    def catalogue(self, model):
        return Catalogue(
            item_ids=self.wardrobe.items["item_id"].tolist(),
            item_rows=self.item_rows,
            groups=self.wardrobe.item_groups,
            categories=self.wardrobe.item_categories,
            fingerprints=np.arange(len(self.features)),
            features=model.backbone(self.features).numpy(),
        )

    def photos(self, model, rows):
        """What `Photos.read` would say of some items' photos."""
        catalogue = self.catalogue(model)
        names = "features", "item_rows", "groups", "categories"
        return {
            "catalogue_rows": tf.constant(rows, tf.int32),
            **{
                name: tf.constant(getattr(catalogue, name)[rows])
                for name in names
            },
        }

    def score_all(self, model, rows, customers):
        """Scores of all items for each query, `[queries, items]`."""
        everything = np.arange(len(self.features), dtype="int32")
        return model(
            {
                "items": self.features,
                "item_rows": self.item_rows,
                "groups": self.wardrobe.item_groups,
                "categories": self.wardrobe.item_categories,
                "query": np.array(rows, "int32"),
                "candidates": np.tile(everything, (len(rows), 1)),
                "customer": np.array(customers, "int32"),
            }
        ).numpy()


@pytest.fixture(scope="module")
def world():
    return World()


def ask(rows, groups, customers):
    return {
        "query": tf.range(len(rows)),
        "customer": tf.constant(customers, tf.int32),
        "group": tf.constant(groups, tf.int32),
        "customer_id": tf.constant(
            [f"c{row}" if row >= 0 else "?" for row in customers]
        ),
    }


ROWS = [5, 77, 4321, 9950, 123, 9]
GROUPS = [0, 1, 2, 2, 1, 0]
ASKING = [0, 1, 2, 3, -1, 0]


def check(world, model, scores, rows, k):
    """The lists are the best k of the asked groups, the query left out."""
    expected = world.score_all(model, ROWS, ASKING)
    for place, (own, group) in enumerate(zip(ROWS, GROUPS, strict=True)):
        items = np.flatnonzero(world.wardrobe.item_groups == group)
        items = items[items != own]
        best = np.sort(expected[place, items])[::-1][:k]
        found = rows[place].numpy()
        real = found >= 0
        assert real.sum() == min(k, len(items)) == len(set(found[real]))
        assert set(found[real]) <= set(items)
        np.testing.assert_allclose(
            scores[place].numpy()[real], best, rtol=2e-5, atol=1e-5
        )
        np.testing.assert_allclose(
            expected[place, found[real]], best, rtol=2e-5, atol=1e-5
        )


class TestPairRanking:
    @pytest.mark.parametrize(
        "kind", ["psa", "dense", "items", "csa", "free", "shared", "joint"]
    )
    def test_ten_thousand_items_are_ranked_as_the_model_scores_them(
        self, world, kind
    ):
        model = make_model(kind, world.wardrobe, world.features)
        ranking = PairRanking(model, world.catalogue(model), 3)
        photos = world.photos(model, ROWS)
        rank = tf.function(ranking.rank, autograph=False)
        for k in (10, 5000):
            scores, rows = rank(
                photos, ask(ROWS, GROUPS, ASKING), tf.constant(k)
            )
            groups = np.bincount(world.wardrobe.item_groups)
            assert scores.shape == (QUERIES, min(k, groups.max()))
            check(world, model, scores, rows, k)

    @pytest.mark.parametrize("kind", ["psa", "csa"])
    def test_scann_finds_many_and_scores_them_as_the_model_does(
        self, world, kind, monkeypatch
    ):
        pytest.importorskip("scann")
        monkeypatch.setattr(catalogue_index, "_SMALLEST_FOR_SCANN", 1000)
        model = make_model(kind, world.wardrobe, world.features)
        ranking = PairRanking(model, world.catalogue(model), 3, "scann")
        rank = tf.function(ranking.rank, autograph=False)
        scores, rows = rank(
            world.photos(model, ROWS), ask(ROWS, GROUPS, ASKING), 10
        )
        expected = world.score_all(model, ROWS, ASKING)
        hits = 0
        for place, (own, group) in enumerate(zip(ROWS, GROUPS, strict=True)):
            found = rows[place].numpy()
            np.testing.assert_allclose(
                scores[place], expected[place, found], rtol=2e-5, atol=1e-5
            )
            assert (world.wardrobe.item_groups[found] == group).all()
            allowed = world.wardrobe.item_groups == group
            allowed[own] = False
            full = np.where(allowed, expected[place], -np.inf)
            hits += len(set(found) & set(np.argsort(-full)[:10]))
        assert hits >= 20  # Of 60; by chance it were less than one.


class TestShortlistRanking:
    @pytest.mark.parametrize("kind", ["psa", "csa", "items", "joint"])
    def test_a_shortlist_of_everything_gives_the_full_ranking(
        self, world, kind
    ):
        model = make_model(kind, world.wardrobe, world.features)
        catalogue = world.catalogue(model)
        shortlist = Shortlist(
            make_towers(world.wardrobe), catalogue, 3, size=4000
        )
        ranking = ShortlistRanking(model, catalogue, shortlist)
        rank = tf.function(ranking.rank, autograph=False)
        photos, asked = world.photos(model, ROWS), ask(ROWS, GROUPS, ASKING)
        scores, rows = rank(photos, asked, tf.constant(10))
        check(world, model, scores, rows, 10)

    def test_a_short_one_is_ranked_by_the_model(self, world):
        model = make_model("psa", world.wardrobe, world.features)
        catalogue = world.catalogue(model)
        shortlist = Shortlist(
            make_towers(world.wardrobe), catalogue, 3, size=20
        )
        ranking = ShortlistRanking(model, catalogue, shortlist)
        photos, asked = world.photos(model, ROWS), ask(ROWS, GROUPS, ASKING)
        scores, rows = ranking.rank(photos, asked, tf.constant(5))
        proposed = shortlist.propose(
            asked["customer_id"], asked["group"], tf.constant(6)
        ).numpy()
        assert proposed.shape == (QUERIES, 20)
        expected = world.score_all(model, ROWS, ASKING)
        for place, own in enumerate(ROWS):
            items = proposed[place][proposed[place] != own]
            best = items[np.argsort(-expected[place, items])][:5]
            assert rows[place].numpy().tolist() == best.tolist()
            np.testing.assert_allclose(
                scores[place], expected[place, best], rtol=2e-5, atol=1e-5
            )

    def test_who_asks_for_more_than_the_shortlist_gets_it(self, world):
        model = make_model("psa", world.wardrobe, world.features)
        catalogue = world.catalogue(model)
        shortlist = Shortlist(make_towers(world.wardrobe), catalogue, 3, 2)
        ranking = ShortlistRanking(model, catalogue, shortlist)
        photos, asked = world.photos(model, ROWS), ask(ROWS, GROUPS, ASKING)
        scores, rows = ranking.rank(photos, asked, tf.constant(9))
        assert rows.shape == (QUERIES, 9)
        assert (rows.numpy() >= 0).all() and np.isfinite(scores).all()
