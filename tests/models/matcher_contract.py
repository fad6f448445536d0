"""What every model of queries and candidates must do beside the contract."""

import numpy as np

from tests.models.contract import ModelContract

SIZE = 16


def make_image_batch(seed=0, batch=6, size=SIZE):
    """A batch of plain garments: a query's own candidate has its colour.

    Items are `batch` queries and `batch` candidates, every query being offered
    all candidates; templates are the true candidates' pictures.
    """
    random = np.random.default_rng(seed)
    colours = random.random((batch, 3)).astype("float32")
    items = np.ones((2 * batch, size, size, 3), "float32")
    items[:batch, 3:9, 2:14] = colours[:, None, None]
    items[batch:, 3:14, 4:12] = colours[:, None, None]
    rows = np.arange(2 * batch, dtype="int32")
    inputs = {
        "items": items,
        "item_rows": rows,
        "groups": rows // batch,
        "categories": rows // batch,
        "query": rows[:batch],
        "candidates": np.tile(rows[batch:], (batch, 1)),
        "customer": (rows[:batch] % 3).astype("int32"),
        "template": items[batch:],
        "design": items[batch:][::-1].copy(),
        "text": random.random((2 * batch, 5)).astype("float32"),
    }
    return inputs, np.eye(batch, dtype="float32")


class MatcherContract(ModelContract):
    """Subclasses define what `ModelContract` asks for."""

    def make_batch(self):
        return make_image_batch()

    def test_embeddings_match_as_the_model_scores(self):
        model = self.make_model()
        inputs, _ = self.make_batch()
        scores = model(inputs)
        queries = model.embed_query(inputs)
        every = model.embed_candidate(inputs)
        matched = np.asarray(model.match(queries, every))
        np.testing.assert_allclose(
            np.take_along_axis(matched, inputs["candidates"], axis=1),
            scores,
            rtol=1e-4,
            atol=1e-4,
        )

    def test_a_candidate_scores_the_same_wherever_it_stands(self):
        model = self.make_model()
        inputs, _ = self.make_batch()
        turned = {**inputs, "candidates": inputs["candidates"][:, ::-1]}
        np.testing.assert_allclose(
            model(turned)[:, ::-1], model(inputs), rtol=1e-4, atol=1e-5
        )
