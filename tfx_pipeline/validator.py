"""ExampleValidator that stops the run."""

import logging
import os
import shlex

import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx import types
from tfx.components.example_validator.executor import (
    ARTIFACT_PROPERTY_BLESSED_KEY,
    BLESSED_VALUE,
    DEFAULT_FILE_NAME,
    NOT_BLESSED_VALUE,
)
from tfx.components.statistics_gen.stats_artifact_utils import (
    BINARY_PB_BASENAME,
    load_statistics,
)
from tfx.dsl.component.experimental.annotations import (
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.dsl.io import fileio
from tfx.types import artifact_utils, standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)
from tfx.utils import io_utils, writer_utils

from tfcompat.data.errors import InputError
from tfx_pipeline.anomalies_in_words import findings_in_words
from tfx_pipeline.data_validation import complete_schema, find_anomalies
from tfx_pipeline.wardrobe_files import find_table

SCHEMA_FILE = "schema.pbtxt"
_ACCEPTED, _REJECTED = "accepted", "rejected"

logger = logging.getLogger(__name__)


@component
def ReviewedSchema(
    text: Parameter[str], schema: OutputArtifact[standard_artifacts.Schema]
):
    """Brings a schema file's text into the pipeline.

    TFX's ImportSchemaGen knows the file by its name alone: it would go on
    serving the old schema from its cache when the file was edited.
    """
    io_utils.write_string_file(os.path.join(schema.uri, SCHEMA_FILE), text)


def read_schema_text(path):
    """Reads a schema file.

    Args:
        path: Of a `schema.pbtxt`, on any of TFX's file systems.

    Returns:
        Its text.

    Raises:
        InputError: If it is not there or no schema.
    """
    try:
        text = io_utils.read_string_file(path)
        text_format.Parse(text, schema_pb2.Schema())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{path}: there is no such schema.") from error
    except (UnicodeDecodeError, text_format.ParseError) as error:
        raise InputError(f"{path}: is no schema: {error}") from error
    return text


class _Spec(ComponentSpec):
    PARAMETERS = {
        "wardrobe": ExecutionParameter(type=str),
        "table": ExecutionParameter(type=str),
        "schema_file": ExecutionParameter(type=str),
        "records": ExecutionParameter(type=str),
        "accept_drift": ExecutionParameter(type=int),
    }
    INPUTS = {
        "statistics": ChannelParameter(
            type=standard_artifacts.ExampleStatistics
        ),
        "reviewed_schema": ChannelParameter(type=standard_artifacts.Schema),
        "inferred_schema": ChannelParameter(type=standard_artifacts.Schema),
    }
    OUTPUTS = {
        "anomalies": ChannelParameter(type=standard_artifacts.ExampleAnomalies),
        "schema": ChannelParameter(type=standard_artifacts.Schema),
    }


class Executor(BaseExecutor):
    """Validates an example set; raises an `InputError` in words."""

    def Do(self, input_dict, output_dict, exec_properties):
        artifact = artifact_utils.get_single_instance(input_dict["statistics"])
        names = artifact_utils.decode_split_names(artifact.split_names)
        # Whatever order TFX lists them in, train is what counts.
        names.sort(key=lambda name: name not in ("all", "train"))
        statistics = {
            name: load_statistics(artifact, name).proto() for name in names
        }
        schema = complete_schema(
            _read_schema(input_dict["reviewed_schema"]),
            _read_schema(input_dict["inferred_schema"]),
        )
        records = exec_properties["records"]
        accepted = os.path.join(records, _ACCEPTED, BINARY_PB_BASENAME)
        previous = None
        if fileio.exists(accepted) and not exec_properties["accept_drift"]:
            previous = tfdv.load_stats_binary(accepted)
        anomalies = find_anomalies(statistics, schema, previous)
        _write(anomalies, output_dict["anomalies"])
        findings = findings_in_words(anomalies, statistics, schema, previous)
        if findings:
            # TFX removes what a failed component has written.
            for name, found in anomalies.items():
                folder = os.path.join(records, _REJECTED, f"Split-{name}")
                writer_utils.write_anomalies(
                    os.path.join(folder, DEFAULT_FILE_NAME), found
                )
            raise InputError(_message(findings, exec_properties))
        schema_path = os.path.join(
            artifact_utils.get_single_uri(output_dict["schema"]), SCHEMA_FILE
        )
        io_utils.write_pbtxt_file(schema_path, schema)
        io_utils.write_bytes_file(
            accepted, statistics[names[0]].SerializeToString()
        )


def _read_schema(artifacts):
    folder = artifact_utils.get_single_uri(artifacts)
    return io_utils.SchemaReader().read(io_utils.get_only_uri_in_dir(folder))


def _write(anomalies, artifacts):
    """Writes anomalies as TFX's own validator does."""
    artifact = artifact_utils.get_single_instance(artifacts)
    artifact.split_names = artifact_utils.encode_split_names(list(anomalies))
    blessed = {}
    for name, found in anomalies.items():
        folder = artifact_utils.get_split_uri([artifact], name)
        writer_utils.write_anomalies(
            os.path.join(folder, DEFAULT_FILE_NAME), found
        )
        clean = not found.anomaly_info and not found.data_missing
        blessed[name] = BLESSED_VALUE if clean else NOT_BLESSED_VALUE
    artifact.set_json_value_custom_property(
        ARTIFACT_PROPERTY_BLESSED_KEY, blessed
    )


def _message(findings, properties):
    wardrobe = properties["wardrobe"]
    advice = []
    if not all(finding.is_drift for finding in findings):
        command = f"tfcompat check {shlex.quote(wardrobe)}"
        advice.append(f"`{command}` names the lines.")
    if any(finding.is_drift for finding in findings):
        advice.append(
            "If the data are meant to differ from the last run's, accept that "
            "once with TFCOMPAT_PIPELINE_ACCEPT_DRIFT=true."
        )
    return (
        f"{find_table(wardrobe, properties['table'])}: is not what "
        f"{properties['schema_file']} expects, so nothing is trained: "
        f"{'; '.join(finding.text for finding in findings)}. "
        f"{' '.join(advice)}"
    )


class StrictExampleValidator(BaseComponent):
    """Validates an example set and stops the run if something is wrong.

    Its output `schema` is what later components read the examples by: the
    reviewed schema and the shop's own columns. They can only run after it.

    The statistics that passed last are kept beside the artifacts, for the
    schema's drift comparators, and so are the anomalies that failed last.

    Args:
        statistics: Channel of the set's statistics.
        reviewed_schema: Channel of the schema that somebody has looked at.
        inferred_schema: Channel of the schema that SchemaGen made.
        wardrobe: The wardrobe folder, to name in errors.
        table: Its table that the examples are made of.
        schema_file: Where the reviewed schema comes from, likewise.
        records: Folder to keep statistics and anomalies in.
        accept_drift: Whether to compare with nothing this time.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(
        self,
        statistics,
        reviewed_schema,
        inferred_schema,
        wardrobe,
        table,
        schema_file,
        records,
        accept_drift=False,
    ):
        super().__init__(
            _Spec(
                statistics=statistics,
                reviewed_schema=reviewed_schema,
                inferred_schema=inferred_schema,
                wardrobe=wardrobe,
                table=table,
                schema_file=schema_file,
                records=records,
                accept_drift=int(accept_drift),
                anomalies=types.Channel(
                    type=standard_artifacts.ExampleAnomalies
                ),
                schema=types.Channel(type=standard_artifacts.Schema),
            )
        )
