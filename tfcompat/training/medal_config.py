"""Settings of MEDAL."""

import dataclasses

from tfcompat.data.errors import InputError
from tfcompat.training.setting_checks import check_least, check_positive


@dataclasses.dataclass(frozen=True)
class MedalConfig:
    """Settings of a MEDAL run.

    The defaults are the paper's where it says something (224 and 96 px, 64K,
    128 dimensions) and otherwise DINO's for its small transformer; the rate is
    DINO's 5e-4 at a batch of 256. It departs from DINO in the schedules: the
    learning rate warms up for 3 % of the steps, weight decay stays at 0.04.

    Attributes:
        seed: Of weights, order, negatives and crops.
        splits: Outfits to learn from.
        worn: Folder of a wardrobe of `tfcompat harvest`, whose outfits, seen
            in photos, are learnt from besides; "" for none.
        clip: Where the frozen CLIP of the aids is: a folder, a name on the
            Hugging Face hub, or a run of clip-small; "" trains a small one on
            the wardrobe's own captions, without any pretrained weights, which
            `metrics.json`, report and model card then say.
        aids: What CLIP knows that stands in for items in further triplets,
            and that the transformer is brought near to: "text", "image", both
            or nothing.
        types: Product types that have meta-spaces: "categories", "groups", or
            "none" for a single space.
        kind: "category", the fine-grained one that retrieval is measured in,
            or "group": of which a triplet's wrong item is, the right one's.
            Wrong answers on validation outfits are of it, too.
        image_size: Side of images and global crops in pixels.
        local_size: Side of local crops in pixels.
        patch_size: Of the transformer; divides both.
        width: Of the transformer.
        depth: Number of its blocks.
        heads: Attention heads of a block.
        drop_path: Of its last block.
        vision_dim: Part of the embedding that the transformer gives.
        colour_dim: Part that the colours give; 0 leaves them out.
        colour_bins: Of the histogram: L, u, v.
        head_units: Prototypes of the self-supervised loss.
        head_hidden_units: Hidden units of its head.
        bottleneck: Size of the unit vector before the prototypes.
        local_crops: Local crops an item.
        crop_items: Most items of a batch that crops are taken of; 0 for all.
        batch_size: Triplets a step.
        epochs: Passes over the pairs.
        learning_rate: Peak of the cosine schedule.
        weight_decay: Of AdamW.
        momentum: Of the teacher, at first.
        teacher_temperature: Of the self-supervised loss.
        margin: Of the triplets.
        distillation_weight: Of the self-supervised loss; 0 leaves it out.
        aid_weight: Of the triplets with the aids.
        alignment_weight: Of what brings the transformer near to the aids.
        precision: "auto", "float32" or "mixed_bfloat16".
    """

    seed: int = 0
    splits: tuple = ("train",)
    worn: str = ""
    clip: str = ""
    aids: tuple = ("text",)
    types: str = "categories"
    kind: str = "category"
    image_size: int = 224
    local_size: int = 96
    patch_size: int = 16
    width: int = 384
    depth: int = 12
    heads: int = 6
    drop_path: float = 0.1
    vision_dim: int = 96
    colour_dim: int = 32
    colour_bins: tuple = (6, 8, 8)
    head_units: int = 65536
    head_hidden_units: int = 2048
    bottleneck: int = 256
    local_crops: int = 8
    crop_items: int = 0
    batch_size: int = 64
    epochs: int = 100
    learning_rate: float = 1.25e-4
    weight_decay: float = 0.04
    momentum: float = 0.996
    teacher_temperature: float = 0.04
    margin: float = 0.3
    distillation_weight: float = 1.0
    aid_weight: float = 1.0
    alignment_weight: float = 0.3
    precision: str = "auto"

    def __post_init__(self):
        check_least(
            self,
            image_size=1,
            local_size=1,
            patch_size=1,
            width=1,
            depth=1,
            heads=1,
            vision_dim=1,
            colour_dim=0,
            head_units=1,
            head_hidden_units=1,
            bottleneck=1,
            local_crops=0,
            crop_items=0,
            batch_size=1,
            epochs=1,
            weight_decay=0,
            distillation_weight=0,
            aid_weight=0,
            alignment_weight=0,
        )
        check_positive(self, "learning_rate", "teacher_temperature", "margin")
        for name in ("drop_path", "momentum"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(
                    f"{name} must be from 0 to 1, got {getattr(self, name)}."
                )
        if self.width % self.heads:
            raise InputError(
                f"heads must divide width {self.width}, got {self.heads}."
            )
        if len(self.colour_bins) != 3 or min(self.colour_bins) < 2:
            raise InputError(
                "colour_bins must be three numbers of at least 2, got "
                f"{','.join(map(str, self.colour_bins))}."
            )
        for size in ("image_size", "local_size"):
            if getattr(self, size) % self.patch_size:
                raise InputError(
                    f"{size} {getattr(self, size)} must be a multiple of "
                    f"patch_size {self.patch_size}."
                )
        if self.types not in ("categories", "groups", "none"):
            raise InputError(
                f"types must be categories, groups or none, got {self.types}."
            )
        if self.kind not in ("category", "group"):
            raise InputError(
                f"kind must be category or group, got {self.kind}."
            )
        unknown = sorted(set(self.aids) - {"text", "image"})
        if unknown:
            raise InputError(f"aids must be text or image, got {unknown[0]}.")
