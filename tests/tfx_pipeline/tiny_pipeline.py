"""The pipeline's last part over models and votes of our choice."""

import dataclasses
import pathlib

from tfx.dsl.components.common.importer import Importer
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.types.standard_artifacts import Examples, Model

from tests.tfx_pipeline.scored_votes import ScoredVotes, write_model
from tfx_pipeline.config import PipelineConfig
from tfx_pipeline.evaluation import make_evaluation
from tfx_pipeline.pipeline import assemble
from tfx_pipeline.pusher import make_pusher
from tfx_pipeline.serving_check import make_serving_check
from tfx_pipeline.validator import ReviewedSchema, read_schema_text

_SCHEMA = pathlib.Path(__file__).parents[2] / "tfx_pipeline" / "schema"


class TinyPipeline:
    """Evaluates, checks and pushes models that score by a table.

    Args:
        folder: Work folder.
    """

    def __init__(self, folder):
        self.folder = folder
        self.served = folder / "served"
        self.votes = ScoredVotes.random()
        self.votes.write(folder / "votes")
        self.config = PipelineConfig(
            name="tiny",
            wardrobe="",
            pipeline_root=str(folder / "root"),
            metadata_path=str(folder / "metadata.sqlite"),
            serving_dir=str(self.served),
            schema=str(_SCHEMA),
            bar_customer_roc_auc=0.6,
        )

    def train(self, name, share):
        """Makes a model that knows a share of the truth."""
        write_model(self.folder / name, self.votes.informed_scores(share))

    def run(self, model):
        """Runs it on a model.

        Returns:
            Dict from component to whether it was taken from the cache.
        """
        ran = set()
        before = self._executions()
        LocalDagRunner().run(self.make(model))
        for path in self._executions() - before:
            ran.add(path.parts[-4])
        return {name: name not in ran for name in _COMPONENTS}

    def make(self, model, **changes):
        config = dataclasses.replace(self.config, **changes)
        importers = [
            Importer(
                source_uri=str(self.folder / "votes"),
                artifact_type=Examples,
                properties={"split_names": '["test"]'},
            ).with_id("ExampleGen"),
            Importer(
                source_uri=str(self.folder / model), artifact_type=Model
            ).with_id("Trainer"),
        ]
        examples, trained = (node.outputs["result"] for node in importers)
        schema = ReviewedSchema(
            text=read_schema_text(str(_SCHEMA / "pair_votes/schema.pbtxt"))
        )
        resolver, evaluator = make_evaluation(
            config,
            model=trained,
            examples=examples,
            schema=schema.outputs["schema"],
        )
        check = make_serving_check(config, model=trained, examples=examples)
        push = make_pusher(
            config,
            model=trained,
            model_blessing=evaluator.outputs["blessing"],
            infra_blessing=check.outputs["blessing"],
        )
        return assemble(
            config, [*importers, schema, resolver, evaluator, check, push]
        )

    def _executions(self):
        root = self.folder / "root"
        return set(root.glob("*/.system/executor_execution/*"))

    @property
    def versions(self):
        return sorted(path.name for path in self.served.glob("table/*"))


_COMPONENTS = ("Evaluator", "ServingCheck", "Pusher")
