"""Component that embeds the whole catalogue, for its index."""

import os

import apache_beam as beam
from tfx import types
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec
from tfx.types import artifact_utils, standard_artifacts
from tfx.types.component_spec import ChannelParameter, ComponentSpec
from tfx.utils import io_utils

from tfx_pipeline.photo_embedding import embed_photos, kept_folder
from tfx_pipeline.wardrobe_records import ALL

_PREFIX = "photos"


class _Spec(ComponentSpec):
    PARAMETERS = {}
    INPUTS = {
        "examples": ChannelParameter(type=standard_artifacts.Examples),
        "model": ChannelParameter(type=standard_artifacts.Model),
    }
    OUTPUTS = {
        "embeddings": ChannelParameter(type=standard_artifacts.InferenceResult)
    }


class Executor(BaseBeamExecutor):
    """Embeds items by a pair model that can be served."""

    def Do(self, input_dict, output_dict, exec_properties):
        model = artifact_utils.get_single_uri(input_dict["model"])
        split = artifact_utils.get_split_uri(input_dict["examples"], ALL)
        to = artifact_utils.get_single_uri(output_dict["embeddings"])
        with self._make_beam_pipeline() as pipeline:
            _ = (
                pipeline
                | beam.io.ReadFromTFRecord(io_utils.all_files_pattern(split))
                | embed_photos(kept_folder(model))
                | beam.io.WriteToTFRecord(
                    os.path.join(to, _PREFIX), file_name_suffix=".gz"
                )
            )


class BulkEmbedding(BaseBeamComponent):
    """Embeds every item's photo, by as many workers as Beam has.

    `tfx_pipeline.photo_embedding.read_known_photos` reads its output
    "embeddings".

    Args:
        examples: Channel of examples of items, with their photos.
        model: Channel of a pair model that can be served.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = BeamExecutorSpec(Executor)

    def __init__(self, examples, model):
        embeddings = types.Channel(type=standard_artifacts.InferenceResult)
        super().__init__(
            _Spec(examples=examples, model=model, embeddings=embeddings)
        )
