"""Runs the pipeline on this machine, by TFX's own commands:

tfx pipeline create --engine=local \
    --pipeline_path=tfx_pipeline/local_runner.py
tfx run create --engine=local --pipeline_name=tfcompat

The only place with default paths; `tfx_pipeline.config.load_config` says what
changes them.
"""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Run as a script, its folder would hide what is called like a file in it.
sys.path[:] = [
    str(ROOT) if os.path.realpath(path) == str(ROOT / "tfx_pipeline") else path
    for path in sys.path
]

if hasattr(getattr(sys.modules.get("tensorflow"), "keras", 0), "__version__"):
    # `tfx pipeline create` has let TensorFlow choose Keras 3 before it comes
    # here, and there is no way back but to start it anew.
    sys.stdout.flush()
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    chosen = {**quiet, **os.environ, "TF_USE_LEGACY_KERAS": "1"}
    os.execve(sys.executable, sys.orig_argv, chosen)

from tfcompat.data.errors import InputError  # noqa: E402
from tfx_pipeline.config import PipelineConfig, load_config  # noqa: E402
from tfx_pipeline.progress_lines import ProgressLines  # noqa: E402

DEFAULTS = PipelineConfig(
    name="tfcompat",
    wardrobe=str(ROOT / "demo" / "wardrobe"),
    pipeline_root=str(ROOT / "demo" / "pipeline"),
    metadata_path=str(ROOT / "demo" / "pipeline" / "metadata.sqlite"),
    serving_dir=str(ROOT / "saved_models"),
    schema=str(ROOT / "tfx_pipeline" / "schema"),
)


def main():
    """Runs the pipeline.

    Returns:
        Exit status: 0 done, 2 bad input, 1 another error; what went wrong is
        said on stderr in one paragraph.
    """
    try:
        config = load_config(DEFAULTS)
    except InputError as error:
        print(f"tfcompat pipeline: {error}", file=sys.stderr)
        return 2
    with ProgressLines(os.path.join(config.pipeline_root, "logs")) as lines:
        from tfx.orchestration.local.local_dag_runner import LocalDagRunner

        from tfx_pipeline.pipeline import create_pipeline

        LocalDagRunner().run(create_pipeline(config))
    return lines.status


if __name__ == "__main__":
    sys.exit(main())
