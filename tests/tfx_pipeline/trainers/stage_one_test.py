import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from tfcompat.training.known_customers import KnownCustomers
from tfcompat.training.run_folder import RunFolder
from tfx_pipeline.trainers import stage_one


class TestPartialDual:
    def test_rows_are_those_of_transform(self, stages, pipeline_runs):
        known = KnownCustomers.load(RunFolder(stages.stage_one.model_run_dir))
        votes = pipeline_runs.transformed("item_votes")
        assert known.customer_ids.tolist() == votes.vocabulary("customer_id")
        items = pipeline_runs.transformed("items")
        assert known.item_ids.tolist() == items.vocabulary("item_id")
        assert known.embeddings.shape[1] == 3

    def test_what_is_served_scores_as_the_run(self, stages):
        args = stages.stage_one
        known = KnownCustomers.load(RunFolder(args.model_run_dir))
        model = tf.saved_model.load(args.serving_model_dir)
        card = pathlib.Path(args.serving_model_dir, "assets.extra")
        card = json.loads((card / "model_card.json").read_text())
        assert card["name"] == "partial_dual"
        found = model.signatures["serving_default"](
            customer_id=tf.constant(known.customer_ids[[5, 5]]),
            item_id=tf.constant(known.item_ids[[2, 7]]),
        )
        liking = known.item_tastes[[2, 7]] @ known.customer_tastes[5]
        liking += known.popularity[[2, 7]]
        # All else is the customer's own, and the same for both items.
        np.testing.assert_allclose(
            np.diff(found["score"]), np.diff(liking), atol=1e-4
        )


class TestStyNet:
    def test_looks_through_the_pipelines_encoder(self, stages):
        args = stages.args(
            "stynet",
            ("items", "item_votes"),
            epochs=1,
            batch_size=256,
            runs={"encoder": stages.encoder.model_run_dir},
        )
        stage_one.run_fn(args)
        run = RunFolder(args.model_run_dir)
        assert run.read_config()["encoder"] == stages.encoder.model_run_dir
        assert not (run.path / "encoder").exists()
        model = tf.saved_model.load(args.serving_model_dir)
        assert set(model.signatures) == {"serving_default", "recommend"}
        assert run.read_json("metrics.json")["test_rmse"] < 1
        assert pytest.approx(1) == len(run.read_history())
