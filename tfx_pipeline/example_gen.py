"""ExampleGen for wardrobes: which files, which splits, when to run again."""

from tfx.components import FileBasedExampleGen
from tfx.components.example_gen import (
    base_example_gen_executor,
    driver,
    input_processor,
)
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec
from tfx.proto import example_gen_pb2
from tfx.utils import proto_utils

from tfcompat.data import splits
from tfx_pipeline import wardrobe_files, wardrobe_records

ITEMS, ITEM_VOTES, PAIR_VOTES = "items", "item_votes", "pair_votes"
OUTFITS = "outfits"
# What every pipeline makes; outfits only where a model learns from them.
EXAMPLE_SETS = (ITEMS, ITEM_VOTES, PAIR_VOTES)
_IMAGES = "images"
# What each example set is made of.
_SOURCES = {
    ITEMS: (ITEMS, _IMAGES),
    ITEM_VOTES: (ITEM_VOTES, ITEMS, "customers"),
    PAIR_VOTES: (PAIR_VOTES, ITEMS, "customers"),
    OUTFITS: (OUTFITS, ITEMS),
}


def split_names(example_set):
    """Names of the splits of an example set."""
    if example_set == ITEMS:
        return (wardrobe_records.ALL,)
    return splits.SPLITS


class _WardrobeFiles(input_processor.InputProcessor):
    """Tells by its files whether a wardrobe changed."""

    def __init__(self, splits, range_config, input_base):
        super().__init__(splits, range_config)
        self._wardrobe = input_base

    def get_input_fingerprint(self, span, version):
        sources = [split.name for split in self._splits]
        return wardrobe_files.fingerprint(
            self._wardrobe,
            [name for name in sources if name != _IMAGES],
            images=_IMAGES in sources,
        )

    def get_pattern_for_span_version(self, pattern, span, version):
        return pattern  # Wardrobes have no spans.

    def get_latest_span(self):
        return 0


class WardrobeDriver(driver.FileBasedDriver):
    """Looks at what files hold where TFX's driver looks at when they were
    written, and at the images that the table of items names."""

    def get_input_processor(
        self, splits, range_config=None, input_base_uri=None
    ):
        return _WardrobeFiles(splits, range_config, input_base_uri)


class _Executor(base_example_gen_executor.BaseExampleGenExecutor):
    """Makes one example set; subclasses say which."""

    example_set = None
    make_examples = None

    def GetInputSourceToExamplePTransform(self):
        raise NotImplementedError("Splits are made from several files.")

    def GenerateExamplesByBeam(self, pipeline, exec_properties):
        return type(self).make_examples(pipeline, exec_properties["input_base"])

    def Do(self, input_dict, output_dict, exec_properties):
        # TFX names an artifact's splits after what is read; ours are made.
        names = split_names(self.example_set)
        made = proto_utils.proto_to_json(_input(dict.fromkeys(names, "*")))
        super().Do(
            input_dict, output_dict, {**exec_properties, "input_config": made}
        )


class ItemsExecutor(_Executor):
    """Makes examples of items."""

    example_set = ITEMS
    make_examples = wardrobe_records.item_examples


class ItemVotesExecutor(_Executor):
    """Makes examples of votes on items."""

    example_set = ITEM_VOTES
    make_examples = wardrobe_records.item_vote_examples


class PairVotesExecutor(_Executor):
    """Makes examples of votes on pairs."""

    example_set = PAIR_VOTES
    make_examples = wardrobe_records.pair_vote_examples


class OutfitsExecutor(_Executor):
    """Makes examples of outfits."""

    example_set = OUTFITS
    make_examples = wardrobe_records.outfit_examples


_EXECUTORS = {
    executor.example_set: executor
    for executor in (
        ItemsExecutor,
        ItemVotesExecutor,
        PairVotesExecutor,
        OutfitsExecutor,
    )
}


class WardrobeExampleGen(FileBasedExampleGen):
    """Makes one of a wardrobe's example sets.

    It runs again when what the set is made of changed: new pair votes alone
    leave items and item votes as they are. Values are not judged here, so
    that wrong ones reach the statistics and the validator.

    Args:
        wardrobe: The wardrobe folder.
        example_set: "items" (one split, "all"), "item_votes", "pair_votes" or
            "outfits" (train, valid, test).
    """

    DRIVER_CLASS = WardrobeDriver

    def __init__(self, wardrobe, example_set):
        # Runners without our driver go by these patterns.
        patterns = {name: f"{name}.*" for name in _SOURCES[example_set]}
        if _IMAGES in patterns:
            patterns[_IMAGES] = "*/*"
        super().__init__(
            input_base=wardrobe,
            input_config=_input(patterns),
            custom_executor_spec=BeamExecutorSpec(_EXECUTORS[example_set]),
        )


def _input(patterns):
    return example_gen_pb2.Input(
        splits=[
            example_gen_pb2.Input.Split(name=name, pattern=pattern)
            for name, pattern in patterns.items()
        ]
    )
