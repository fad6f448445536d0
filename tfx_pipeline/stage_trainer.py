"""The TFX component that trains one stage."""

import os
import shutil

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.dsl.io import fileio
from tfx.types.channel import Channel
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)
from tfx.types.standard_artifacts import Model, ModelRun

from tfx_pipeline.stage_inputs import (
    PARAMETERS,
    TRAINER_INPUTS,
    import_function,
    read_arguments,
)
from tfx_pipeline.strategy import is_chief


class _Spec(ComponentSpec):
    PARAMETERS = {
        **PARAMETERS,
        "run_fn": ExecutionParameter(type=str),
        "index": ExecutionParameter(type=str),
    }
    INPUTS = TRAINER_INPUTS
    OUTPUTS = {
        "model_run": ChannelParameter(type=ModelRun),
        "model": ChannelParameter(type=Model, optional=True),
    }


class Executor(BaseExecutor):
    """Calls a trainer module's `run_fn`."""

    def Do(self, input_dict, output_dict, exec_properties):
        args = read_arguments(input_dict, output_dict, exec_properties)
        import_function(exec_properties["run_fn"])(args)
        if not is_chief():
            return
        for made in (
            os.path.join(args.model_run_dir, "metrics.json"),
            args.serving_model_dir,
        ):
            if made and not fileio.exists(made):
                raise RuntimeError(
                    f"{exec_properties['run_fn']} did not write {made}."
                )
        # Now that all of it is where it belongs.
        shutil.rmtree(args.work, ignore_errors=True)


class StageTrainer(BaseComponent):
    """Trains one stage, and can go on where a killed run of it stopped.

    TFX's own Trainer takes one set of examples with one transform graph; a
    stage takes several, and the runs of the stages before it.

    Outputs: `model_run`, the run folder with its checkpoints and TensorBoard
    logs; and unless `exports` is false `model`, what is served.

    Args:
        stage: Name of the stage, for its folder of what is not finished.
        run_fn: Import path of a function of `TrainArgs`.
        config: The stage's run config as text, by `dump_config`.
        work: Folder for what is not finished.
        wardrobe: The wardrobe folder, for its manifest.
        exports: Whether there is something to serve.
        index: Kind of index that is exported.
        **inputs: Channels: `items`, `item_votes`, `pair_votes` (transformed
            examples), `items_graph` and so on (their transform graphs),
            `encoder`, `stage_one` (model runs), `base_model` (model to start
            from), `hyperparameters` (best settings of a tuner); each may be
            left out.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(
        self,
        stage,
        run_fn,
        config,
        work,
        wardrobe,
        exports=True,
        index="auto",
        **inputs,
    ):
        outputs = {"model_run": Channel(type=ModelRun)}
        if exports:
            outputs["model"] = Channel(type=Model)
        super().__init__(
            _Spec(
                stage=stage,
                run_fn=run_fn,
                config=config,
                work=work,
                wardrobe=wardrobe,
                index=index,
                **inputs,
                **outputs,
            )
        )
