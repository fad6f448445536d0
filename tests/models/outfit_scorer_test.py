import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.models.contract import ModelContract
from tests.models.pair_batch import make_pair_batch
from tfcompat.layers.attribute_concatenation import AttributeConcatenation
from tfcompat.layers.attribute_projection import AttributeProjection
from tfcompat.layers.attribute_sum import AttributeSum
from tfcompat.layers.category_pair_attention import CategoryPairAttention
from tfcompat.layers.category_pair_choice import CategoryPairChoice
from tfcompat.layers.group_projection import GroupProjection
from tfcompat.layers.hadamard_masks import HadamardMasks
from tfcompat.losses.outfit_ranking import OutfitRankingLoss
from tfcompat.models.outfit_scorer import OutfitScorer
from tfcompat.models.subspace_net import SubspaceNet

PARTS = {
    "csa_net": lambda: (
        GroupProjection(1, 6),
        HadamardMasks(2),
        CategoryPairAttention(2, 3, hidden_units=4),
    ),
    "type_aware": lambda: (
        GroupProjection(1, 6),
        HadamardMasks(6, rest=1.0),
        CategoryPairChoice(3),
    ),
    "adde_o_sum": lambda: (
        AttributeProjection(2, 4),
        AttributeSum(2),
        CategoryPairAttention(2, 3, hidden_units=4),
    ),
    "adde_o_concatenation": lambda: (
        AttributeProjection(2, 4),
        AttributeConcatenation(2),
        CategoryPairAttention(2, 3, hidden_units=4),
    ),
}


def make_scorer(name="csa_net"):
    keras.utils.set_random_seed(0)
    backbone = keras.Sequential([keras.layers.Dense(6, activation="tanh")])
    return OutfitScorer(SubspaceNet(backbone, *PARTS[name]()))


def make_outfits():
    inputs, _ = make_pair_batch(items=8, batch=5, candidates=3)
    del inputs["query"], inputs["customer"]
    inputs["outfit"] = np.array(
        [[0, 1, 2], [3, -1, -1], [4, 5, -1], [6, 7, 0], [2, 3, -1]], "int32"
    )
    labels = np.tile([1.0, 0.0, 0.0], (5, 1)).astype("float32")
    return inputs, labels


class TestOutfitScorerContract(ModelContract):
    loss = OutfitRankingLoss(margin=0.4)
    fits_to = 0.8

    def make_model(self):
        return make_scorer()

    def make_batch(self):
        return make_outfits()


class TestOutfitScorer:
    def test_score_is_the_mean_over_the_outfit(self):
        model, (inputs, _) = make_scorer(), make_outfits()
        scores = model(inputs).numpy()
        pairs = {k: v for k, v in inputs.items() if k != "outfit"}
        for row, outfit in enumerate(inputs["outfit"]):
            items = outfit[outfit >= 0]
            found = model.pair(
                {
                    **pairs,
                    "query": items,
                    "candidates": np.tile(
                        inputs["candidates"][row], (len(items), 1)
                    ),
                    "customer": np.full(len(items), -1, "int32"),
                }
            )
            np.testing.assert_allclose(
                scores[row], np.mean(found, axis=0), rtol=1e-4
            )

    def test_both_sides_are_seen_under_the_pair_of_the_outfits_item(self):
        model, (inputs, _) = make_scorer(), make_outfits()
        before = model(inputs).numpy()
        other = dict(inputs, categories=(inputs["categories"] + 1) % 3)
        assert not np.allclose(before, model(other).numpy())

    @pytest.mark.parametrize("name", PARTS)
    def test_index_finds_and_scores_the_same(self, name):
        model, (inputs, _) = make_scorer(name), make_outfits()
        # Candidates of one category, as in an index's shelf.
        inputs["categories"] = np.array([0, 1, 2, 0, 1, 2, 2, 2], "int32")
        inputs["candidates"] = np.tile([2, 5, 6, 7], (5, 1)).astype("int32")
        scores = model(inputs).numpy()
        asked = {k: v for k, v in inputs.items() if k != "candidates"}
        asked["candidate_categories"] = np.full((5, 1), 2, "int32")
        queries = model.embed_query(asked)
        items = model.embed_candidate(inputs).numpy()[[2, 5, 6, 7]]
        exact = model.score_candidates(asked, np.tile(items, (5, 1, 1)))
        np.testing.assert_allclose(exact, scores, rtol=1e-3, atol=1e-4)
        # An outfit of one item: mean squared distances rank as distances do.
        products = tf.matmul(queries, items, transpose_b=True).numpy()
        np.testing.assert_array_equal(
            np.argsort(products[1]), np.argsort(scores[1])
        )
