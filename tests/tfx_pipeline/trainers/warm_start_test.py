import numpy as np

from tests.tfx_pipeline.trainers.train_stage import train
from tfcompat.training.run_folder import RunFolder
from tfx_pipeline.trainers.warm_start import make_warm_start


class TestWarmStart:
    def test_training_goes_on_from_the_older_weights(self, stages, caplog):
        base = stages.stage_two.serving_model_dir
        with caplog.at_level("INFO", logger="tfx_pipeline"):
            warm = stages.psa_net(base_model=base, seed=1, learning_rate=1e-9)
            run = train(warm)
        assert f"training starts from {base}; kept: projection" in caplog.text
        report = run.read_json("warm_start.json")
        assert report["from"] == base
        assert report["new"] == []
        assert "subspaces.0.masks" in report["kept"]
        # With hardly a step it stays at what the older model had come to.
        before = RunFolder(stages.stage_two.model_run_dir).read_history()[-1]
        after = run.read_history()[0]
        np.testing.assert_allclose(
            after["valid_roc_auc"], before["valid_roc_auc"], atol=1e-3
        )

    def test_another_kind_of_model_is_no_start(self, stages, trained, caplog):
        prepare = make_warm_start(stages.stage_two.serving_model_dir, trained)
        prepare("a model", run=None)
        assert "training starts anew" in caplog.text
        assert "is a SubspaceNet, not a str" in caplog.text

    def test_what_is_no_pair_model_is_no_start(self, stages, trained, caplog):
        base = stages.stage_one.serving_model_dir
        assert make_warm_start(base, trained) is None
        assert "training starts anew, without an older model" in caplog.text
