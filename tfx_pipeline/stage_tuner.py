"""The TFX component that searches for stage 2's settings."""

import json
import os
import shutil

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types.artifact_utils import get_single_uri
from tfx.types.channel import Channel
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)
from tfx.types.standard_artifacts import HyperParameters, TunerResults
from tfx.utils import io_utils

from tfx_pipeline.stage_inputs import INPUTS, PARAMETERS, read_arguments
from tfx_pipeline.tuner import search_settings

_BEST, _RESULTS = "best_hyperparameters", "tuner_results"


class _Spec(ComponentSpec):
    PARAMETERS = {**PARAMETERS, "trials": ExecutionParameter(type=int)}
    INPUTS = INPUTS
    OUTPUTS = {
        _BEST: ChannelParameter(type=HyperParameters),
        _RESULTS: ChannelParameter(type=TunerResults),
    }


class Executor(BaseExecutor):
    """Searches and writes what TFX's own Tuner writes."""

    def Do(self, input_dict, output_dict, exec_properties):
        args = read_arguments(input_dict, {}, exec_properties)
        best, results = search_settings(args, exec_properties["trials"])
        for output, file, content in (
            (_BEST, "best_hyperparameters.txt", best.get_config()),
            (_RESULTS, "tuner_results.json", results),
        ):
            path = os.path.join(get_single_uri(output_dict[output]), file)
            io_utils.write_string_file(path, json.dumps(content))
        shutil.rmtree(args.work, ignore_errors=True)


class StageTuner(BaseComponent):
    """Searches for the settings of a stage; TFX's Tuner for several inputs.

    Args:
        stage: Name for its folder of what is not finished.
        config: The stage's run config as text, by `dump_config`.
        work: Folder for what is not finished.
        wardrobe: The wardrobe folder, for its manifest.
        trials: Number of settings to try.
        **inputs: Channels, as `StageTrainer` takes them, without those of
            models and settings.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(self, stage, config, work, wardrobe, trials, **inputs):
        super().__init__(
            _Spec(
                stage=stage,
                config=config,
                work=work,
                wardrobe=wardrobe,
                trials=trials,
                **inputs,
                **{
                    _BEST: Channel(type=HyperParameters),
                    _RESULTS: Channel(type=TunerResults),
                },
            )
        )
