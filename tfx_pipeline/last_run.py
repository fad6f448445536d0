"""Where the last run of the pipeline left what, from ML Metadata.

python -m tfx_pipeline.last_run

prints a line for each output: component, output and folder, with tabs between
them. Settings are those of the local runner. Of Pusher it prints the version
that was pushed, and nothing where none was.
"""

import os
import sys

import ml_metadata
from ml_metadata.proto import metadata_store_pb2

from tfcompat.data.errors import InputError
from tfx_pipeline.config import load_config
from tfx_pipeline.local_runner import DEFAULTS

_PUSHED = "PushedModel"


def read_last_run(config):
    """Finds what the last run made or took from the cache.

    Args:
        config: `tfx_pipeline.config.PipelineConfig`.

    Returns:
        Dict from (component, output) to the artifact's URI, or to where it was
        pushed; "" for what was not.

    Raises:
        InputError: If the pipeline has not run.
    """
    missing = InputError(
        f"{config.metadata_path}: knows no run of {config.name}."
    )
    if not os.path.exists(config.metadata_path):
        raise missing
    connection = metadata_store_pb2.ConnectionConfig()
    connection.sqlite.filename_uri = config.metadata_path
    store = ml_metadata.MetadataStore(connection)
    nodes = {
        context.id: context.name.removeprefix(f"{config.name}.")
        for context in store.get_contexts_by_type("node")
        if context.name.startswith(f"{config.name}.")
    }
    runs = [
        run
        for run in store.get_contexts_by_type("pipeline_run")
        if any(
            parent.name == config.name
            for parent in store.get_parent_contexts_by_context(run.id)
        )
    ]
    if not runs:
        raise missing
    last = max(runs, key=lambda run: run.id)
    found = {}
    for execution in store.get_executions_by_context(last.id):
        [node] = [
            nodes[context.id]
            for context in store.get_contexts_by_execution(execution.id)
            if context.id in nodes
        ]
        for event in store.get_events_by_execution_ids([execution.id]):
            if event.type == metadata_store_pb2.Event.OUTPUT:
                [artifact] = store.get_artifacts_by_id([event.artifact_id])
                output = event.path.steps[0].key
                found[node, output] = _place(artifact)
    return found


def _place(artifact):
    if artifact.type != _PUSHED:
        return artifact.uri
    return artifact.custom_properties["pushed_destination"].string_value


def main():
    """Prints it; returns the exit status."""
    try:
        found = read_last_run(load_config(DEFAULTS))
    except InputError as error:
        print(f"tfcompat pipeline: {error}", file=sys.stderr)
        return 2
    for (component, output), place in sorted(found.items()):
        if place:
            print(component, output, place, sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main())
