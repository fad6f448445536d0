"""A small wardrobe of a shop, and one run of the pipeline over it."""

import contextlib
import dataclasses
import logging
import pathlib

import pytest

from tests.tfx_pipeline.trained_stages import stages  # noqa: F401
from tfcompat.data.wardrobe import Wardrobe

SCHEMA = pathlib.Path(__file__).parents[2] / "tfx_pipeline" / "schema"


@pytest.fixture(scope="session")
def shop_folder(wardrobe, tmp_path_factory):
    """A wardrobe folder that tests may change if they put it back.

    Unlike the simulator's, it has a numeric answer, customers who vote on
    pairs alone, and rows that say less than others.
    """
    customers = wardrobe.customers.assign(
        survey_height=[150.0 + row for row in range(len(wardrobe.customers))]
    )
    customers.loc[3, "survey_height"] = None
    customers.loc[4, "survey_style"] = ""
    votes = wardrobe.item_votes
    items = wardrobe.items.copy()
    items.loc[0, ["brand", "attr_color"]] = ""
    items.loc[1, ["price", "attr_color_l"]] = None
    items.loc[2, "text"] = 'red, "very"\nred'
    folder = tmp_path_factory.mktemp("shop") / "wardrobe"
    dataclasses.replace(
        wardrobe,
        items=items,
        customers=customers,
        item_votes=votes[votes["customer"] > 1],
        outfits=wardrobe.outfits[:0],
        questions=wardrobe.questions[:0],
    ).save(folder)
    return folder


@pytest.fixture(scope="session")
def shop(shop_folder):
    return Wardrobe.load(shop_folder)


@dataclasses.dataclass
class Runs:
    """Runs the pipeline as far as Transform.

    Attributes:
        config: `PipelineConfig`.
        outputs: Dict from component and key to the URI of what the first run
            made.
    """

    config: object
    outputs: dict = dataclasses.field(default_factory=dict)

    @property
    def wardrobe(self):
        return pathlib.Path(self.config.wardrobe)

    def run(self, **changes):
        """Runs it once more.

        Args:
            **changes: Of the config.

        Returns:
            Dict from component to "COMPLETE", "CACHED" or "FAILED", and
            the exception that ended the run or None.
        """
        from tfx.orchestration.local.local_dag_runner import LocalDagRunner

        from tfx_pipeline.pipeline import assemble, make_example_sets

        config = dataclasses.replace(self.config, **changes)
        sets = make_example_sets(config)
        components = [
            part for made in sets.values() for part in made.components
        ]
        before = self._executions()
        error = None
        try:
            LocalDagRunner().run(assemble(config, components))
        except Exception as raised:
            error = raised
        executions = self._executions()
        states = {
            executions[key][0]: executions[key][1]
            for key in executions.keys() - before.keys()
        }
        return states, error

    def output(self, component, key):
        """URI of what the first run made."""
        return self.outputs[component, key]

    def transformed(self, name):
        from tfx_pipeline.transformed_examples import TransformedSet

        return TransformedSet(
            self.output(f"Transform_{name}", "transformed_examples"),
            self.output(f"Transform_{name}", "transform_graph"),
        )

    def _executions(self):
        from ml_metadata.proto.metadata_store_pb2 import Execution
        from tfx.orchestration import metadata

        with metadata.Metadata(
            metadata.sqlite_metadata_connection_config(
                self.config.metadata_path
            )
        ) as connection:
            store = connection.store
            names = {kind.id: kind.name for kind in store.get_execution_types()}
            found = {}
            for execution in store.get_executions():
                contexts = store.get_contexts_by_execution(execution.id)
                nodes = [
                    context.name.split(".", 1)[1]
                    for context in contexts
                    if "." in context.name
                    and context.name.startswith(f"{self.config.name}.")
                ]
                found[execution.id] = (
                    nodes[0] if nodes else names[execution.type_id],
                    Execution.State.Name(execution.last_known_state),
                )
            return found


@pytest.fixture(scope="session")
def pipeline_runs(shop_folder, tmp_path_factory):
    """`Runs` after one run."""
    from tfx_pipeline.config import PipelineConfig

    logging.getLogger("absl").setLevel(logging.CRITICAL)
    root = tmp_path_factory.mktemp("pipeline")
    runs = Runs(
        PipelineConfig(
            name="tfcompat",
            wardrobe=str(shop_folder),
            pipeline_root=str(root),
            metadata_path=str(root / "metadata.sqlite"),
            serving_dir=str(root / "models"),
            schema=str(SCHEMA),
        )
    )
    states, error = runs.run()
    if error is not None:
        raise error
    assert set(states.values()) == {"COMPLETE"}, states
    for folder in root.glob("*/*/[0-9]*"):
        component, key, _ = folder.relative_to(root).parts
        runs.outputs[component, key] = str(folder)
    return runs


@pytest.fixture(scope="session")
def trained(pipeline_runs, tmp_path_factory):
    """The shop's wardrobe, put together of what Transform has made."""
    from tfx_pipeline.trained_wardrobe import read_trained_wardrobe

    return read_trained_wardrobe(
        tmp_path_factory.mktemp("work"),
        pipeline_runs.transformed("items"),
        pipeline_runs.transformed("item_votes"),
        pipeline_runs.transformed("pair_votes"),
    )


@pytest.fixture
def changed():
    """Function that yields a file to change and puts it back afterwards."""

    @contextlib.contextmanager
    def changed(path):
        content = path.read_bytes()
        try:
            yield path
        finally:
            path.write_bytes(content)

    return changed
