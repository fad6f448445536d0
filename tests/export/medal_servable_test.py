import numpy as np
import pytest
import tensorflow as tf

from tests.command import tfcompat_main
from tests.export.pair_kit import make_photo
from tfcompat.export.medal_servable import make_medal_servable
from tfcompat.export.serving_options import ServingOptions
from tfcompat.retrieval.typed_ranking import TypedRanking
from tfcompat.serving.client import Client
from tfcompat.serving.embedded_server import EmbeddedServer
from tfcompat.training.latent_scorer import LatentScorer
from tfcompat.training.trained_medal import TrainedMedal


class TestTypedRanking:
    def make(self):
        random = np.random.default_rng(0)
        latents = random.normal(size=(12, 3)).astype("float32")
        types, groups = np.arange(12) % 3, np.arange(12) % 2
        masks = random.random((4, 4, 3)).astype("float32")
        masks = (masks + masks.transpose(1, 0, 2)) / 2
        return latents, types, groups, masks

    def test_scores_are_those_of_pair_by_pair(self):
        latents, types, groups, masks = self.make()
        ranking = TypedRanking(latents, groups, types, masks)
        everything = np.tile(np.arange(12), (5, 1))
        expected = LatentScorer(latents, types, masks).score(
            np.arange(5), everything
        )
        found = ranking.score(latents[:5], tf.constant(types[:5], tf.int32))
        off = ~np.eye(5, 12, dtype=bool)  # Next to 0 rounding shows.
        np.testing.assert_allclose(
            found.numpy()[off], expected[off], rtol=1e-4, atol=1e-4
        )

    def test_group_own_item_and_too_large_a_k(self):
        latents, types, groups, masks = self.make()
        ranking = TypedRanking(latents, groups, types, masks)
        scores, rows = ranking.rank(
            tf.constant(latents[[2, 2]]),
            tf.constant([2, -1]),
            tf.constant([0, 0]),
            tf.constant(50),
        )
        assert rows.shape == (2, 12)
        assert sorted(rows.numpy()[0][:5]) == [0, 4, 6, 8, 10]
        assert (rows.numpy()[0][5:] == -1).all()
        assert rows.numpy()[1][0] == 2  # A stranger to the catalogue.
        assert (np.diff(scores.numpy()[0][:5]) <= 0).all()

    def test_a_strangers_type_is_that_of_the_most_alike_item(self):
        latents, types, groups, masks = self.make()
        ranking = TypedRanking(latents, groups, types, masks)
        found = ranking.types_of(
            tf.constant(latents[[4, 7]] + 1e-3), tf.constant([-1, 2])
        )
        assert found.numpy().tolist() == [types[4], types[2]]


@pytest.fixture(scope="module")
def models(medal_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("medal-models")
    assert tfcompat_main(f"export {medal_run.path} --to {folder}") == 0
    return folder


class TestExported:
    def test_the_client_gets_what_the_run_ranks(
        self, models, medal_run, wardrobe
    ):
        trained = TrainedMedal(medal_run.path, wardrobe)
        rows, scores = trained.rank(3, "bottom", 5)
        with (
            EmbeddedServer(models, port=0) as server,
            Client(f"127.0.0.1:{server.port}") as client,
        ):
            [answer] = client.complete(
                None, wardrobe.image_paths[3], "bottom", k=5, model="medal"
            )
        np.testing.assert_allclose(answer.scores, scores, atol=1e-3)
        ids = wardrobe.items["item_id"].iloc[rows].tolist()
        assert set(answer.item_ids) == set(ids)

    def test_card_says_that_nothing_was_pretrained(self, models):
        [card] = models.glob("medal/1/assets.extra/model_card.json")
        assert "no pretrained weights" in card.read_text(encoding="utf-8")

    def test_an_unknown_group_is_named(self, models, wardrobe):
        model = tf.saved_model.load(str(models / "medal" / "1"))
        photo = wardrobe.image_paths[0].read_bytes()
        with pytest.raises(tf.errors.InvalidArgumentError, match="named hats"):
            model.signatures["complete"](
                query=tf.constant([photo]),
                group=tf.constant(["hats"]),
                k=tf.constant(3),
            )

    def test_large_requests_are_worked_off_64_at_a_time(
        self, medal_run, wardrobe, monkeypatch
    ):
        servable = make_medal_servable(medal_run, wardrobe, ServingOptions())
        seen, ranked = [], []
        look, rank = servable.teacher, servable.ranking.rank

        def count(sizes, rows):
            tf.py_function(
                lambda size: sizes.append(int(size)), [tf.shape(rows)[0]], []
            )

        def counted_look(images, training):
            count(seen, images)
            return look(images, training=training)

        def counted_rank(queries, *arguments):
            count(ranked, queries)
            return rank(queries, *arguments)

        monkeypatch.setattr(servable, "teacher", counted_look)
        monkeypatch.setattr(servable.ranking, "rank", counted_rank)
        own = [path.read_bytes() for path in wardrobe.image_paths[:10]]
        new = [make_photo("PNG", seed=seed) for seed in range(65)]
        photos = (own + new) * 2  # 75 distinct photos in 150 rows.
        groups = ["top", "bottom", "bottom"] * 50

        def ask(part):
            answer = servable.signatures["complete"](
                tf.constant(photos[part]),
                tf.constant(groups[part]),
                tf.constant(3),
            )
            return answer["item_id"].numpy(), answer["score"].numpy()

        ids, scores = ask(slice(None))
        assert seen == [38] * 2 and ranked == [50] * 3
        parts = [ask(slice(start, start + 15)) for start in range(0, 150, 15)]
        few_ids, few_scores = map(np.concatenate, zip(*parts, strict=True))
        np.testing.assert_array_equal(ids, few_ids)
        np.testing.assert_allclose(scores, few_scores, atol=1e-4)

    def test_no_rows(self, models):
        model = tf.saved_model.load(str(models / "medal" / "1"))
        none = tf.zeros([0], tf.string)
        answer = model.signatures["complete"](
            query=none, group=none, k=tf.constant(3)
        )
        assert len(answer["item_id"]) == len(answer["score"]) == 0

    def test_scann_is_refused(self, medal_run, tmp_path):
        line = f"export {medal_run.path} --to {tmp_path} --index scann"
        assert tfcompat_main(line) == 2
