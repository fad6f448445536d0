"""The DAG: components and what flows between them, nothing else."""

import dataclasses
import os

from tfx.components import SchemaGen, StatisticsGen, Transform
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import transform_pb2

from tfx_pipeline import example_gen, validator
from tfx_pipeline.catalogue_index import make_catalogue_index
from tfx_pipeline.evaluation import make_evaluation
from tfx_pipeline.pusher import make_pusher
from tfx_pipeline.run_configs import choose_run_configs
from tfx_pipeline.serving_check import make_serving_check
from tfx_pipeline.training import make_trainers


@dataclasses.dataclass(frozen=True)
class ExampleSet:
    """The components that make one example set ready to learn from."""

    example_gen: BaseComponent
    reviewed_schema: BaseComponent
    statistics_gen: BaseComponent
    schema_gen: BaseComponent
    example_validator: BaseComponent
    transform: BaseComponent

    @property
    def components(self):
        return [getattr(self, f.name) for f in dataclasses.fields(self)]


def create_pipeline(config, managed=False):
    """Wires the pipeline.

    Args:
        config: `tfx_pipeline.config.PipelineConfig`.
        managed: Whether it runs on Kubeflow or Vertex, which know TFX's own
            resolver strategies alone.

    Returns:
        `tfx.orchestration.pipeline.Pipeline`, for any of TFX's runners.

    Raises:
        InputError: If a reviewed schema is missing.
    """
    sets = make_example_sets(config)
    trainers = make_trainers(config, sets)
    embedding, index = make_catalogue_index(sets, trainers)
    model = index.outputs["indexed"]
    votes = sets[example_gen.PAIR_VOTES]
    resolver, evaluator = make_evaluation(
        config,
        model=model,
        examples=votes.example_gen.outputs["examples"],
        schema=votes.example_validator.outputs["schema"],
        managed=managed,
    )
    check = make_serving_check(
        config, model=model, examples=votes.example_gen.outputs["examples"]
    )
    pusher = make_pusher(
        config,
        model=model,
        model_blessing=evaluator.outputs["blessing"],
        infra_blessing=check.outputs["blessing"],
    )
    prepared = [part for made in sets.values() for part in made.components]
    return assemble(
        config,
        [
            *prepared,
            *trainers.components,
            embedding,
            index,
            resolver,
            evaluator,
            check,
            pusher,
        ],
    )


def assemble(config, components):
    """Makes a pipeline of components.

    Args:
        config: `PipelineConfig`.
        components: List of TFX components.

    Returns:
        `Pipeline`.
    """
    return Pipeline(
        pipeline_name=config.name,
        pipeline_root=config.pipeline_root,
        metadata_connection_config=sqlite_metadata_connection_config(
            config.metadata_path
        ),
        components=components,
        enable_cache=config.cache,
        beam_pipeline_args=list(config.beam_args),
    )


def make_example_sets(config):
    """Makes what leads from the wardrobe to transformed examples.

    Nothing is transformed, and so nothing trained, before every example set
    is valid.

    Args:
        config: `PipelineConfig`.

    Returns:
        Dict from name ("items", "item_votes", "pair_votes", and "outfits"
        where a model learns from them) to `ExampleSet`.
    """
    names = [*example_gen.EXAMPLE_SETS]
    if any(
        example_gen.OUTFITS in beside.module.EXAMPLE_SETS
        for beside in choose_run_configs(config).beside
    ):
        names.append(example_gen.OUTFITS)
    sets = {name: make_example_set(config, name) for name in names}
    items = sets[example_gen.ITEMS].example_validator
    for made in sets.values():
        if made.example_validator is not items:
            # What is wrong with items is wrong with votes on them as well.
            made.example_validator.add_upstream_node(items)
        for other in sets.values():
            if other is not made:
                made.transform.add_upstream_node(other.example_validator)
    return sets


def make_example_set(config, name):
    """Makes the components of one example set.

    Args:
        config: `PipelineConfig`.
        name: Of the set, also that of its wardrobe table, schema folder and
            preprocessing function.

    Returns:
        `ExampleSet`.
    """
    schema_file = os.path.join(config.schema, name, validator.SCHEMA_FILE)
    generator = example_gen.WardrobeExampleGen(
        wardrobe=config.wardrobe, example_set=name
    )
    reviewed = validator.ReviewedSchema(
        text=validator.read_schema_text(schema_file)
    )
    statistics = StatisticsGen(
        examples=generator.outputs["examples"],
        schema=reviewed.outputs["schema"],
    )
    inferred = SchemaGen(
        statistics=statistics.outputs["statistics"], infer_feature_shape=False
    )
    valid = validator.StrictExampleValidator(
        statistics=statistics.outputs["statistics"],
        reviewed_schema=reviewed.outputs["schema"],
        inferred_schema=inferred.outputs["schema"],
        wardrobe=config.wardrobe,
        table=name,
        schema_file=schema_file,
        records=os.path.join(config.pipeline_root, "validation", name),
        accept_drift=config.accept_drift,
    )
    splits = example_gen.split_names(name)
    transform = Transform(
        examples=generator.outputs["examples"],
        schema=valid.outputs["schema"],
        preprocessing_fn=f"tfx_pipeline.preprocessing.{name}_fn",
        # Rows are for every customer and item, whichever split has them.
        splits_config=transform_pb2.SplitsConfig(
            analyze=splits, transform=splits
        ),
        disable_analyzer_cache=True,
        disable_statistics=True,
    )
    return ExampleSet(
        generator.with_id(f"ExampleGen_{name}"),
        reviewed.with_id(f"ReviewedSchema_{name}"),
        statistics.with_id(f"StatisticsGen_{name}"),
        inferred.with_id(f"SchemaGen_{name}"),
        valid.with_id(f"ExampleValidator_{name}"),
        transform.with_id(f"Transform_{name}"),
    )
