from tfcompat.training.run_folder import RunFolder
from tfx_pipeline.trainers import geco


class TestGECo:
    def test_it_learns_from_liked_pairs_by_the_pipelines_encoder(self, stages):
        args = stages.args(
            "geco-top-small",
            geco.EXAMPLE_SETS,
            image_size=32,
            embedding_dim=8,
            epochs=1,
            runs={"encoder": stages.encoder.model_run_dir},
        )
        geco.run_fn(args)
        run = RunFolder(args.model_run_dir)
        run.require_finished()
        assert run.read_config()["encoder"] == stages.encoder.model_run_dir
        assert not (run.path / "encoder").exists()
        assert len(run.read_history()) == 1
