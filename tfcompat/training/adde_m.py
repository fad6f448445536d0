"""Training run of ADDE-M: attribute manipulation."""

import dataclasses

import numpy as np
import tf_keras as keras

from tfcompat.data.attribute_batches import make_change_dataset
from tfcompat.data.attribute_tasks import make_attribute_changes
from tfcompat.data.errors import InputError
from tfcompat.data.id_splits import item_splits
from tfcompat.data.images import ImageStore
from tfcompat.layers.attribute_memory import AttributeMemory
from tfcompat.models.adde_m import ADDEM
from tfcompat.training.adde import (
    adde_features,
    adde_labels,
    load_adde,
    represent,
)
from tfcompat.training.best_epoch import BestEpoch, GrowingMargin
from tfcompat.training.change_search import (
    choose_change_weight,
    measure_changes,
)
from tfcompat.training.execution import stage, train_model
from tfcompat.training.fit import fit
from tfcompat.training.setting_checks import check_least, check_positive
from tfcompat.training.subspace_net import save_model

# Four kinds of rows share one mean, where the paper adds up four.
_CLASS_WEIGHT = 4 * 0.2
_PROTOTYPE_IMAGES = 100


@dataclasses.dataclass(frozen=True)
class ADDEMConfig:
    """Settings of ADDE-M; the paper's by default.

    Attributes:
        seed: Of triplets, order and prototypes.
        encoder: Run folder of an ADDE encoder; "" trains one here.
        encoder_config: Name of the run config of that one.
        backbone: "fine_tuned" goes on training the encoder's backbone,
            "frozen" takes its features as they are, computed once.
        most_changes: How many attributes change at once, from 1 on.
        triplets_per_item: Triplets of each training item.
        most_queries: Validation queries at most; they choose the epoch.
        k: Items found for a query; the epoch of the best NDCG is kept.
        consistency_weight: The paper's `w_c`.
        memory_weight: The paper's `w_mem`.
        change_weight: How much changed attributes count in a query; 1 in the
            paper. 0 takes the greatest of 1, 0.9 … 0.3 by which validation
            queries keep what was to stay (NDCG_o) as well as they do where
            nothing is changed, or the least if there is none.
        margin: Of the triplet losses, at first.
        margin_step: What it grows by every ten epochs.
        batch_size: Triplets a step.
        epochs: Passes over the triplets.
        learning_rate: Of Adam; halved for the last third of the epochs.
    """

    seed: int = 0
    encoder: str = ""
    encoder_config: str = "adde"
    backbone: str = "fine_tuned"
    most_changes: int = 1
    triplets_per_item: int = 1
    most_queries: int = 5000
    k: int = 30
    consistency_weight: float = 1.0
    memory_weight: float = 0.4
    change_weight: float = 1.0
    margin: float = 0.5
    margin_step: float = 0.1
    batch_size: int = 128
    epochs: int = 30
    learning_rate: float = 1e-4

    def __post_init__(self):
        if self.backbone not in ("fine_tuned", "frozen"):
            raise InputError(
                f"backbone must be fine_tuned or frozen, got {self.backbone!r}."
            )
        check_least(
            self,
            most_changes=1,
            triplets_per_item=1,
            most_queries=1,
            k=1,
            consistency_weight=0,
            memory_weight=0,
            change_weight=0,
            margin_step=0,
            batch_size=1,
            epochs=1,
        )
        check_positive(self, "margin", "learning_rate")


@train_model.register
def train_adde_m(config: ADDEMConfig, wardrobe, run):
    """Trains memory and encoder; returns the best epoch's validation."""
    # Here, for configs import their trainers.
    from tfcompat.training.config_files import load_config

    encoder_run = stage(
        run,
        "encoder",
        config.encoder,
        dataclasses.replace(
            load_config(config.encoder_config), seed=config.seed
        ),
        wardrobe,
    )
    encoder = load_adde(encoder_run)
    labels = adde_labels(encoder, wardrobe)
    changes = make_attribute_changes(
        wardrobe,
        attributes=tuple(labels.names),
        changes=tuple(range(1, config.most_changes + 1)),
        per_item=config.triplets_per_item,
        most_queries=config.most_queries,
        seed=config.seed,
    )
    if changes.values != labels.values:
        raise InputError(
            f"{encoder_run.path}: knows other values of attributes than "
            f"{wardrobe.folder}; train it on this wardrobe, and on all of its "
            "attributes where it brings attribute_changes.npz."
        )
    queries = changes.queries["valid"]
    if not len(queries):
        raise InputError(
            f"{wardrobe.folder}: no two validation items differ in "
            "so few attributes; the best epoch is chosen by those."
        )
    run.path.mkdir(parents=True, exist_ok=True)
    changes.save(run.path, wardrobe.items["item_id"])
    size = encoder_run.read_config()["image_size"]
    if config.backbone == "frozen":
        content = adde_features(encoder_run, wardrobe)
        encoder.backbone.trainable = False
    else:
        content = ImageStore(wardrobe.image_paths, size)
    keras.utils.set_random_seed(config.seed)
    model = ADDEM(
        encoder,
        AttributeMemory(labels.counts, encoder.dim, config.memory_weight),
        config.consistency_weight,
        config.change_weight or 1.0,
        name="adde_m",
    )
    model.build_from_config({"item_shape": [size, size, 3]})
    train_rows = np.flatnonzero(item_splits(wardrobe) == "train")
    model.memory.load_prototypes(
        mean_prototypes(encoder, content, labels, train_rows, config.seed)
    )

    def make_train(first_epoch):
        return make_change_dataset(
            changes.triplets,
            labels,
            content,
            batch_size=config.batch_size,
            seed=config.seed,
            first_epoch=first_epoch,
            epochs=config.epochs - first_epoch,
        )

    steps = -(-len(changes.triplets) // config.batch_size)
    losses = model.losses_of(config.margin)
    model.compile(
        keras.optimizers.Adam(
            keras.optimizers.schedules.PiecewiseConstantDecay(
                [max(config.epochs * 2 // 3, 1) * steps],
                [config.learning_rate, 0.5 * config.learning_rate],
            )
        ),
        loss=losses,
        loss_weights={
            **dict.fromkeys(labels.names, _CLASS_WEIGHT),
            "triplet": 1.0,
            "label_triplet": 1.0,
        },
    )
    best = BestEpoch(
        lambda model: _valid(
            measure_changes(model, content, labels, queries, config.k)
        ),
        # Top-k accuracy, which the released code goes by, is soon full.
        "valid_ndcg",
        run,
    )
    growing = GrowingMargin(
        [losses["triplet"], losses["label_triplet"]],
        config.margin,
        config.margin_step,
    )
    fit(
        model,
        make_train,
        run,
        epochs=config.epochs,
        steps=steps,
        callbacks=[growing, best],
        name="adde-m",
    )
    epoch = best.restore(model)
    chosen = run.read_history()[epoch - 1]
    found = {k: v for k, v in chosen.items() if k.startswith("valid_")}
    if not config.change_weight:
        found = _valid(
            choose_change_weight(model, content, labels, queries, config.k)
        )
    save_model(model, wardrobe, run)
    return {
        "best_epoch": epoch,
        "change_weight": model.change_weight,
        **found,
    }


def _valid(found):
    return {f"valid_{name}": value for name, value in found.items()}


def mean_prototypes(encoder, content, labels, rows, seed):
    """What each value looks like on average; float32 `[J, d]`.

    The mean of 100 random training images that have it, drawn with
    replacement; zero for a value that none has.
    """
    random = np.random.default_rng(seed)
    represented = represent(encoder, content, rows)
    prototypes = np.zeros((labels.num_values, encoder.dim), "float32")
    column_of = labels.owners
    for place in range(labels.num_values):
        attribute = column_of[place]
        value = place - labels.offsets[attribute]
        having = np.flatnonzero(labels.labels[rows, attribute] == value)
        if len(having):
            drawn = random.choice(having, _PROTOTYPE_IMAGES)
            prototypes[place] = represented[drawn, attribute].mean(axis=0)
    return prototypes
