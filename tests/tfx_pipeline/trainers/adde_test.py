from tfcompat.training.adde import load_adde
from tfcompat.training.run_folder import RunFolder
from tfx_pipeline.trainers import adde


class TestADDE:
    def test_it_learns_the_attributes_of_the_shops_items(self, stages, shop):
        args = stages.args(
            "adde-small",
            adde.EXAMPLE_SETS,
            image_size=32,
            dim=4,
            batch_size=16,
            epochs=1,
            runs={"encoder": stages.encoder.model_run_dir},
        )
        adde.run_fn(args)
        run = RunFolder(args.model_run_dir)
        run.require_finished()
        assert any(run.checkpoints.iterdir())
        assert any(run.tensorboard.rglob("events*"))
        attributes = {
            name.removeprefix("attr_")
            for name in shop.items.columns
            if name.startswith("attr_")
        }
        known = set(load_adde(run).values)
        assert known and known <= attributes | {"category"}
