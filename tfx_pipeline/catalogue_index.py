"""Component that makes a model's index of embeddings made elsewhere."""

import json
import pathlib
import tempfile

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types.artifact_utils import get_single_uri
from tfx.types.channel import Channel
from tfx.types.component_spec import ChannelParameter, ComponentSpec
from tfx.types.standard_artifacts import (
    Examples,
    InferenceResult,
    Model,
    ModelRun,
    TransformGraph,
)
from tfx.utils import path_utils

from tfcompat.export.pair_building import build_pair_servable
from tfcompat.export.pair_model import PairModel
from tfcompat.export.saved_model import write_saved_model
from tfcompat.export.serving_options import ServingOptions
from tfx_pipeline.bulk_embedding import BulkEmbedding
from tfx_pipeline.example_signature import ExampleServable
from tfx_pipeline.photo_embedding import kept_folder, read_known_photos
from tfx_pipeline.trained_wardrobe import read_trained_wardrobe
from tfx_pipeline.trainers.examples import IMAGES, NoVotes
from tfx_pipeline.trainers.running import fetch_folder
from tfx_pipeline.transformed_examples import TransformedSet


def make_catalogue_index(sets, trainers):
    """Makes the components that put the catalogue into stage 2's model.

    Args:
        sets: What `tfx_pipeline.pipeline.make_example_sets` made.
        trainers: What `tfx_pipeline.training.make_trainers` made.

    Returns:
        Tuple of the components: the embedding of the catalogue, and the
        index, whose output "indexed" is what is evaluated and pushed.
    """
    model = trainers.stage_two.outputs["model"]
    embedding = BulkEmbedding(
        examples=sets["items"].example_gen.outputs["examples"], model=model
    )
    index = CatalogueIndex(
        model=model,
        embeddings=embedding.outputs["embeddings"],
        encoder=trainers.encoder.outputs["model_run"],
        **{
            name: sets[name].transform.outputs["transformed_examples"]
            for name in ("items", "pair_votes")
        },
        **{
            f"{name}_graph": sets[name].transform.outputs["transform_graph"]
            for name in ("items", "pair_votes")
        },
    )
    return (
        embedding.with_id("BulkEmbedding"),
        index.with_id("CatalogueIndex"),
    )


class _Spec(ComponentSpec):
    PARAMETERS = {}
    INPUTS = {
        "model": ChannelParameter(type=Model),
        "embeddings": ChannelParameter(type=InferenceResult),
        "encoder": ChannelParameter(type=ModelRun),
        "items": ChannelParameter(type=Examples),
        "items_graph": ChannelParameter(type=TransformGraph),
        "pair_votes": ChannelParameter(type=Examples),
        "pair_votes_graph": ChannelParameter(type=TransformGraph),
    }
    OUTPUTS = {"indexed": ChannelParameter(type=Model)}


class Executor(BaseExecutor):
    """Exports a pair model again, with photos that Beam has looked at."""

    def Do(self, input_dict, output_dict, exec_properties):
        uris = {
            name: get_single_uri(artifacts)
            for name, artifacts in input_dict.items()
        }
        sets = {
            name: TransformedSet(uris[name], uris[f"{name}_graph"])
            for name in ("items", "pair_votes")
        }
        with tempfile.TemporaryDirectory(prefix="tfcompat-index-") as work:
            kept = fetch_folder(kept_folder(uris["model"]), work)
            wardrobe = read_trained_wardrobe(
                fetch_folder(uris["encoder"], work) / IMAGES,
                sets["items"],
                NoVotes(),
                sets["pair_votes"],
            )
            servable = _make_servable(
                kept, wardrobe, read_known_photos(uris["embeddings"])
            )
            write_saved_model(
                ExampleServable(servable, wardrobe, uris["pair_votes_graph"]),
                path_utils.serving_model_dir(
                    get_single_uri(output_dict["indexed"])
                ),
            )


def _make_servable(kept, wardrobe, known):
    kept = pathlib.Path(kept)
    options = json.loads((kept / "options.json").read_text(encoding="utf-8"))
    return build_pair_servable(
        PairModel.load(kept), wardrobe, ServingOptions(**options), known=known
    )


class CatalogueIndex(BaseComponent):
    """Exports a pair model with an index of the embedded catalogue.

    Args:
        model: Channel of a pair model that can be served.
        embeddings: Channel of what `BulkEmbedding` made with it.
        encoder: Channel of the garment encoder's run, which keeps the photos.
        items: Channel of the transformed items.
        items_graph: Channel of the graph that transformed them.
        pair_votes: Channel of the transformed votes on pairs.
        pair_votes_graph: Channel of the graph that transformed them.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(self, **inputs):
        super().__init__(_Spec(indexed=Channel(type=Model), **inputs))
