"""What a trainer module is given."""

import dataclasses
import importlib
import json
from typing import Any

from tfcompat.training.execution import train_model
from tfcompat.training.run_folder import describe


@dataclasses.dataclass(frozen=True)
class TrainArgs:
    """What a stage is trained on, and where its results belong.

    Attributes:
        config: The stage's run config, a frozen dataclass.
        examples: Dict from example set ("items", "item_votes", "pair_votes")
            to the folder of its transformed examples.
        transform_graphs: Dict from example set to the folder of the graph.
        work: Local folder that is the same whenever the same is trained
            again, for what is not finished.
        model_run_dir: Folder of the finished run.
        serving_model_dir: Folder of the exported model.
        runs: Dict from stage ("encoder", "stage_one") to the folder of its
            finished run.
        manifest: Dict of what the shop's manifest says, by
            `tfx_pipeline.wardrobe_files.read_manifest`.
        base_model: Folder of an exported model to start from; "" for none.
        hyperparameters: Dict of settings that take the place of the config's.
        index: Kind of index that is exported.
    """

    config: Any
    examples: dict
    transform_graphs: dict
    work: str
    model_run_dir: str
    serving_model_dir: str = ""
    runs: dict = dataclasses.field(default_factory=dict)
    manifest: dict = dataclasses.field(default_factory=dict)
    base_model: str = ""
    hyperparameters: dict = dataclasses.field(default_factory=dict)
    index: str = "auto"


def dump_config(config):
    """A run config as one line of text, for `load_config`.

    Args:
        config: Frozen dataclass of a module that can be imported, for which
            a trainer is registered.

    Returns:
        str, the same for the same settings.
    """
    kind = type(config)
    text = {
        "module": kind.__module__,
        "class": kind.__qualname__,
        "trainer": train_model.dispatch(kind).__module__,
    }
    fields = describe(config)
    del fields["config"]
    return json.dumps({**text, **fields}, sort_keys=True)


def load_config(text):
    """Returns the run config that `dump_config` made a text of."""
    fields = json.loads(text)
    module = importlib.import_module(fields.pop("module"))
    kind = getattr(module, fields.pop("class"))
    importlib.import_module(fields.pop("trainer"))  # Knows how to train it.
    del fields["tfcompat_version"]
    return kind(
        **{
            # JSON knows lists only.
            name: tuple(value) if isinstance(value, list) else value
            for name, value in fields.items()
        }
    )
