"""Compiles the pipeline for Kubeflow v2 or Vertex AI; does not submit it.

    tfx_pipeline/kubeflow/compile.sh --image IMAGE --out pipeline.json

needs kfp, which cannot live beside what the rest runs on: the script makes an
environment of its own, from `tfx_pipeline/kubeflow/requirements.lock`. Settings
are those of the local runner, from `TFCOMPAT_PIPELINE_CONFIG` and the
environment; folders have no defaults here and are mostly URLs.
"""

import argparse
import pathlib
import sys

from tfcompat.data.errors import InputError
from tfx_pipeline.config import PipelineConfig, load_config

_NOT_SET = "unset://"
_DEFAULTS = PipelineConfig(
    name="tfcompat",
    wardrobe=_NOT_SET,
    pipeline_root=_NOT_SET,
    metadata_path=f"{_NOT_SET}The service keeps its own.",
    serving_dir=_NOT_SET,
    # Read when the pipeline is compiled.
    schema=str(pathlib.Path(__file__).parent / "schema"),
    gpus=1,
)
_NEEDED = ("wardrobe", "pipeline_root", "serving_dir")
# Whether a component trains: what it asks of its machine.
_TRAINS = "Trainer_", "Tuner"


def compile_pipeline(
    config,
    path,
    image,
    *,
    accelerator="NVIDIA_L4",
    cpus=4.0,
    memory_gigabytes=16.0,
):
    """Writes the pipeline as a job that Kubeflow v2 and Vertex AI run.

    Args:
        config: `PipelineConfig`. Each component that trains asks for its
            `gpus`.
        path: Where to write the JSON.
        image: Container image that tfcompat is installed in.
        accelerator: Kind of GPU, in Vertex AI's words. Mixed precision needs
            compute capability 8, which an L4 has and a T4 has not.
        cpus: That a component that trains asks for.
        memory_gigabytes: The same.

    Returns:
        Dict of the `PipelineJob`, as it is written.

    Raises:
        InputError: If kfp is not installed, or a folder is not set.
    """
    for name in _NEEDED:
        if getattr(config, name).startswith(_NOT_SET):
            raise InputError(
                f"{name} is not set: name it in the file that "
                "TFCOMPAT_PIPELINE_CONFIG names, or by "
                f"TFCOMPAT_PIPELINE_{name.upper()}."
            )
    try:
        from kfp.pipeline_spec import pipeline_spec_pb2
    except ImportError as error:
        raise InputError(
            "kfp is not installed here, and cannot be: "
            "tfx_pipeline/kubeflow/compile.sh makes an environment for it."
        ) from error
    from tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner import (
        KubeflowV2DagRunner,
        KubeflowV2DagRunnerConfig,
    )

    from tfx_pipeline.pipeline import create_pipeline

    container = pipeline_spec_pb2.PipelineDeploymentConfig.PipelineContainerSpec
    resources = container.ResourceSpec(
        cpu_limit=cpus, memory_limit=memory_gigabytes
    )
    if config.gpus:
        resources.accelerator.type = accelerator
        resources.accelerator.count = config.gpus
    pipeline = create_pipeline(config, managed=True)
    for component in pipeline.components:
        if component.id.startswith(_TRAINS):
            component.with_platform_config(resources)
    path = pathlib.Path(path).absolute()
    runner = KubeflowV2DagRunner(
        KubeflowV2DagRunnerConfig(default_image=image),
        output_dir=str(path.parent),
        output_filename=path.name,
    )
    return runner.run(pipeline)


def main(arguments=None):
    """Compiles what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", required=True)
    parser.add_argument("--out", required=True, metavar="FILE")
    parser.add_argument("--accelerator", default="NVIDIA_L4")
    parser.add_argument("--cpus", type=float, default=4.0)
    parser.add_argument("--memory-gigabytes", type=float, default=16.0)
    options = parser.parse_args(arguments)
    try:
        job = compile_pipeline(
            load_config(_DEFAULTS),
            options.out,
            options.image,
            accelerator=options.accelerator,
            cpus=options.cpus,
            memory_gigabytes=options.memory_gigabytes,
        )
    except InputError as error:
        print(f"tfcompat pipeline: {error}", file=sys.stderr)
        return 2
    count = len(job["pipelineSpec"]["root"]["dag"]["tasks"])
    print(f"{options.out}: {count} tasks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
