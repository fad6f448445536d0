"""What trains the models: one module a stage, none of which imports TFX.

A module has a function `run_fn(args)`, which takes `TrainArgs`. The component
`tfx_pipeline.stage_trainer.StageTrainer` calls it by its import path, so it
runs in tests and notebooks as well as in the pipeline. It

1. chooses how training is spread, by `tfx_pipeline.strategy`: several workers
   must know of each other before TensorFlow does anything else;
2. settles the run config and puts the wardrobe together, by
   `tfx_pipeline.trainers.examples.settle`;
3. trains as `tfcompat train` does, by `tfx_pipeline.trainers.running.train`:
   in a folder that the next attempt finds again;
4. where the model is served, writes that into `args.serving_model_dir`.

To add a model that stands beside stage 2, and whose run config there is in
tfcompat:

1. write `tfx_pipeline/trainers/<model>.py`, with `geco` as the pattern: the
   `CONFIGS` it is for, the `EXAMPLE_SETS` it learns from, and `run_fn`, which
   is `beside.train_beside` unless it needs more than the garment encoder;
2. add the module to `_MODULES` in `tfx_pipeline.run_configs`. The setting
   `also_train` then takes its run configs;
3. test `run_fn` in `tests/tfx_pipeline/trainers/<model>_test.py`.
"""
