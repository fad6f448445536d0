import numpy as np
import pytest

from tfcompat.training.run_folder import RunFolder
from tfcompat.training.trained_designer import TrainedDesigner
from tfx_pipeline.trainers import designer


@pytest.fixture(scope="module")
def args(stages):
    """`TrainArgs` of a designer that is trained."""
    args = stages.args(
        "designer-small",
        designer.EXAMPLE_SETS,
        image_size=32,
        width=2,
        dim=8,
        metric_units=4,
        batch_size=16,
        epochs=1,
        epoch_steps=3,
        runs={"encoder": stages.encoder.model_run_dir},
    )
    designer.run_fn(args)
    return args


class TestDesigner:
    def test_it_stands_on_the_pipelines_encoder(self, args, stages):
        run = RunFolder(args.model_run_dir)
        assert run.read_config()["encoder"] == stages.encoder.model_run_dir
        assert not (run.path / "encoder").exists()
        assert any(run.checkpoints.iterdir())
        assert any(run.tensorboard.rglob("events*"))

    def test_it_designs_for_customers_of_the_shop(self, args, shop):
        trained = TrainedDesigner(args.model_run_dir, shop)
        voters = np.unique(shop.pair_votes["customer"])
        assert (trained.customer_rows(voters) >= 0).all()
        tops = np.flatnonzero(shop.items["group"] == "top")
        designs = trained.design(voters[[0, 1]], tops[[0, 0]])
        assert designs.shape == (2, 32, 32, 3)
        assert 0 <= designs.min() < designs.max() <= 1
