import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tfcompat.data.images import ImageStore
from tfcompat.data.pipeline import make_dataset
from tfcompat.data.questions import Questions
from tfcompat.data.wardrobe import Wardrobe

ITEMS = 12


@pytest.fixture(scope="module")
def wardrobe():
    items = pd.DataFrame(
        {
            "item_id": [f"i{at}" for at in range(ITEMS)],
            "image": "i.png",
            "group": ["top"] * 5 + ["bottom"] * 7,
            "category": ["b", "a", "c"] * 4,
        }
    )
    customers = pd.DataFrame({"customer_id": ["anna", "ben", "cleo"]})
    return Wardrobe.from_frames(".", items, customers)


@pytest.fixture(scope="module")
def questions():
    random = np.random.default_rng(0)
    return Questions(
        random.integers(-1, 3, 50),
        random.integers(0, 5, 50),
        random.integers(5, 12, (50, 3)),
        random.integers(0, 2, (50, 3)),
    )


@pytest.fixture(scope="module")
def votes(questions):
    return Questions(
        np.zeros(50),
        questions.query,
        questions.candidates[:, :1],
        questions.labels[:, :1],
    )


FEATURES = np.arange(ITEMS * 2, dtype=np.float32).reshape(ITEMS, 2)


def batches(questions, wardrobe, **options):
    dataset = make_dataset(questions, FEATURES, wardrobe, **options)
    return list(dataset.as_numpy_iterator())


def rows(batch):
    """Query and candidates of a batch as item rows again."""
    inputs, _ = batch
    return (
        inputs["item_rows"][inputs["query"]],
        inputs["item_rows"][inputs["candidates"]],
    )


def order(found):
    return np.concatenate([rows(batch)[1][:, 0] for batch in found]).tolist()


class TestBatch:
    def test_positions_lead_back_to_the_questions(self, questions, wardrobe):
        start = 0
        for batch in batches(questions, wardrobe, batch_size=16):
            inputs, labels = batch
            part = slice(start, start + len(labels))
            query, candidates = rows(batch)
            np.testing.assert_array_equal(query, questions.query[part])
            np.testing.assert_array_equal(
                candidates, questions.candidates[part]
            )
            np.testing.assert_array_equal(labels, questions.labels[part])
            np.testing.assert_array_equal(
                inputs["customer"], questions.customer[part]
            )
            start += len(labels)
        assert start == 50

    def test_each_item_is_there_once(self, questions, wardrobe):
        # 50 questions ask 200 times for at most 12 items.
        [(inputs, _)] = batches(questions, wardrobe, batch_size=64)
        assert len(inputs["items"]) <= ITEMS
        assert len(set(inputs["item_rows"])) == len(inputs["item_rows"])
        np.testing.assert_array_equal(
            inputs["items"], FEATURES[inputs["item_rows"]]
        )

    def test_groups_and_categories_are_those_of_the_items(
        self, questions, wardrobe
    ):
        [(inputs, _)] = batches(questions, wardrobe, batch_size=64)
        at = inputs["item_rows"]
        assert (inputs["groups"] == (at < 5)).all()  # bottom 0, top 1
        expected = np.array([1, 0, 2])[at % 3]
        np.testing.assert_array_equal(inputs["categories"], expected)

    def test_images(self, questions, wardrobe, tmp_path):
        paths = [tmp_path / f"{at}.png" for at in range(ITEMS)]
        for at, path in enumerate(paths):
            Image.new("RGB", (3, 3), (20 * at, 0, 0)).save(path)
        store = ImageStore(paths, 4)
        dataset = make_dataset(questions, store, wardrobe, batch_size=8)
        inputs, _ = next(dataset.as_numpy_iterator())
        assert inputs["items"].shape[1:] == (4, 4, 3)
        np.testing.assert_allclose(
            inputs["items"][:, 0, 0, 0] * 255, 20 * inputs["item_rows"], atol=1
        )

    def test_spec_is_known_before_running(self, questions, wardrobe):
        dataset = make_dataset(questions, FEATURES, wardrobe, batch_size=16)
        assert len(dataset) == 4
        inputs, labels = dataset.element_spec
        assert inputs["items"].shape.as_list() == [None, 2]
        assert inputs["candidates"].shape.as_list() == [None, 3]
        assert labels.shape.as_list() == [None, 3]


class TestShuffling:
    def test_without_seed_the_order_is_kept(self, questions, wardrobe):
        found = batches(questions, wardrobe, batch_size=7)
        assert order(found) == questions.candidates[:, 0].tolist()

    def test_every_epoch_holds_every_question_once(self, wardrobe):
        numbered = Questions(
            np.zeros(11), np.zeros(11), np.arange(11)[:, None], np.ones((11, 1))
        )
        found = batches(
            numbered, wardrobe, batch_size=4, shuffle_seed=1, epochs=3
        )
        epochs = np.reshape(order(found), (3, 11)).tolist()
        assert all(sorted(epoch) == list(range(11)) for epoch in epochs)
        assert epochs[0] != epochs[1] != epochs[2] != epochs[0]

    def test_resuming_goes_on_where_it_would_have_been(
        self, questions, wardrobe
    ):
        options = {"batch_size": 16, "shuffle_seed": 5}
        whole = batches(questions, wardrobe, epochs=4, **options)
        late = batches(questions, wardrobe, epochs=2, first_epoch=2, **options)
        assert order(whole[8:]) == order(late)

    def test_other_seed_other_order(self, questions, wardrobe):
        one, two = (
            order(
                batches(questions, wardrobe, batch_size=50, shuffle_seed=seed)
            )
            for seed in (0, 1)
        )
        assert one != two


class TestTriplets:
    def test_vote_keeps_its_side(self, votes, wardrobe):
        [batch] = batches(votes, wardrobe, batch_size=64, triplets_seed=1)
        _, labels = batch
        query, pair = rows(batch)
        np.testing.assert_array_equal(labels, [[1, 0]] * 50)
        np.testing.assert_array_equal(query, votes.query)
        liked = votes.labels[:, 0] == 1
        given = votes.candidates[:, 0]
        np.testing.assert_array_equal(pair[liked, 0], given[liked])
        np.testing.assert_array_equal(pair[~liked, 1], given[~liked])
        assert (pair[:, 0] != pair[:, 1]).all()
        assert (pair >= 5).all()  # Drawn among bottoms.

    def test_third_item_is_of_the_kind_of_the_second(self, votes, wardrobe):
        kinds = np.arange(len(wardrobe.items)) % 2
        [batch] = batches(
            votes, wardrobe, batch_size=64, triplets_seed=1, kinds=kinds
        )
        _, pair = rows(batch)
        np.testing.assert_array_equal(kinds[pair[:, 0]], kinds[pair[:, 1]])
        assert (pair[:, 0] != pair[:, 1]).all()

    def test_epochs_draw_anew_and_resuming_repeats_them(self, votes, wardrobe):
        options = {"batch_size": 50, "triplets_seed": 3}
        whole = batches(votes, wardrobe, epochs=3, **options)
        drawn = [rows(batch)[1].tolist() for batch in whole]
        assert drawn[0] != drawn[1] != drawn[2]
        [late] = batches(votes, wardrobe, first_epoch=2, **options)
        assert rows(late)[1].tolist() == drawn[2]

    def test_several_candidates_are_refused(self, questions, wardrobe):
        with pytest.raises(ValueError, match="`triplets_seed`.*got 3"):
            batches(questions, wardrobe, batch_size=4, triplets_seed=1)


class TestArguments:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"batch_size": 0}, "`batch_size` must be at least 1, got 0"),
            ({"batch_size": 1, "epochs": 0}, "`epochs` must be at least 1"),
            (
                {"batch_size": 1, "first_epoch": -1},
                "`first_epoch` must be at least 0, got -1",
            ),
        ],
    )
    def test_ranges(self, options, message, questions, wardrobe):
        with pytest.raises(ValueError, match=message):
            make_dataset(questions, FEATURES, wardrobe, **options)

    def test_features_of_other_items(self, questions, wardrobe):
        with pytest.raises(ValueError, match="`items_source` holds 3 items"):
            make_dataset(questions, FEATURES[:3], wardrobe, batch_size=1)

    def test_rows_out_of_range(self, wardrobe):
        wrong = Questions([0], [0], [[12]], [[1]])
        with pytest.raises(ValueError, match="`questions.candidates` must be"):
            make_dataset(wrong, FEATURES, wardrobe, batch_size=1)


class TestParts:
    def deal(self, questions, wardrobe, parts, **options):
        found = batches(
            questions, wardrobe, batch_size=16, parts=parts, **options
        )
        return [found[i : i + parts] for i in range(0, len(found), parts)]

    def test_each_batch_is_dealt_out_question_by_question(
        self, questions, wardrobe
    ):
        whole = batches(questions, wardrobe, batch_size=16, shuffle_seed=3)
        dealt = self.deal(questions, wardrobe, 3, shuffle_seed=3)
        assert len(dealt) == len(whole)
        for batch, parts in zip(whole[:-1], dealt, strict=False):
            for part, (inputs, labels) in enumerate(parts):
                query, candidates = rows((inputs, labels))
                expected_query, expected_candidates = rows(batch)
                np.testing.assert_array_equal(query, expected_query[part::3])
                np.testing.assert_array_equal(
                    candidates, expected_candidates[part::3]
                )
                np.testing.assert_array_equal(labels, batch[1][part::3])
                np.testing.assert_array_equal(
                    inputs["customer"], batch[0]["customer"][part::3]
                )

    def test_too_few_to_deal_out_are_repeated(self, questions, wardrobe):
        # 50 questions: the fourth batch has 2 for 5 parts.
        dealt = self.deal(questions, wardrobe, 5)
        sizes = [len(labels) for _, labels in dealt[-1]]
        assert sizes == [1, 1, 1, 1, 1]
        queries = [rows(part)[0][0] for part in dealt[-1]]
        np.testing.assert_array_equal(
            queries, questions.query[[48, 49, 48, 49, 48]]
        )

    def test_triplets_are_those_of_the_whole(self, votes, wardrobe):
        [whole, *_] = batches(votes, wardrobe, batch_size=16, triplets_seed=1)
        [[first, second], *_] = self.deal(votes, wardrobe, 2, triplets_seed=1)
        for part, batch in enumerate((first, second)):
            np.testing.assert_array_equal(
                rows(batch)[1], rows(whole)[1][part::2]
            )

    def test_epochs_start_with_their_first_part(self, questions, wardrobe):
        both = self.deal(questions, wardrobe, 2, shuffle_seed=0, epochs=2)
        later = self.deal(questions, wardrobe, 2, shuffle_seed=0, first_epoch=1)
        assert len(both) == 2 * len(later) == 8
        for one, other in zip(both[4:], later, strict=True):
            for part, same in zip(one, other, strict=True):
                np.testing.assert_array_equal(rows(part)[1], rows(same)[1])

    def test_number_must_be_positive(self, questions, wardrobe):
        with pytest.raises(ValueError, match="`parts` must be at least 1"):
            batches(questions, wardrobe, batch_size=16, parts=0)
