"""What trains the models: one module a stage, none of which imports TFX.

A module has a function `run_fn(args)`, which takes `TrainArgs`. The component
`tfx_pipeline.stage_trainer.StageTrainer` calls it by its import path, so it
runs in tests and notebooks as well as in the pipeline. It

1. chooses how training is spread, by `tfx_pipeline.strategy`: several workers
   must know of each other before TensorFlow does anything else;
2. puts the wardrobe together, by `tfx_pipeline.trainers.examples`;
3. trains as `tfcompat train` does, by `tfx_pipeline.trainers.running.train`:
   in a folder that the next attempt finds again;
4. writes what is served into `args.serving_model_dir`.

To add a model whose run config and servable there are in tfcompat:

1. write `tfx_pipeline/trainers/<model>.py` with a `run_fn` of these four
   steps, `stage_two` being the pattern;
2. in `tfx_pipeline.run_configs`, choose its run config by a field of
   `PipelineConfig`; in `tfx_pipeline.training`, make its `StageTrainer` of the
   channels that it needs;
3. test `run_fn` in `tests/tfx_pipeline/trainers/<model>_test.py`.
"""
