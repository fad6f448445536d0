"""Settings of the GAN baselines' training runs; by default the published.

CIGM is one of them: Pix2pix with noise, and the first stage of GECo.
"""

import dataclasses

from tfcompat.data.errors import InputError

_SMALLEST = 16  # Pixels; the discriminators halve an image four times.


@dataclasses.dataclass(frozen=True)
class GANBaselineConfig:
    """What all GAN baselines are told.

    Attributes:
        seed: Of weights, order, negatives and noise.
        query_group: Group of what is designed for.
        target_group: Group of what is designed.
        image_size: Side of the images in pixels: a power of 2, at least 16.
        width: Filters of the first hidden layer; all others follow it.
        splits: Parts of the pair votes to learn from.
        batch_size: Liked pairs a step.
        epochs: How many epochs.
        epoch_steps: Steps an epoch; 0 for one pass over the liked pairs.
        learning_rate: Of Adam.
        beta_1: Of Adam.
        precision: "auto", "float32" or "mixed_bfloat16".
    """

    seed: int = 0
    query_group: str = "top"
    target_group: str = "bottom"
    image_size: int = 64
    width: int = 64
    splits: tuple = ("train",)
    batch_size: int = 64
    epochs: int = 25
    epoch_steps: int = 0
    learning_rate: float = 2e-4
    beta_1: float = 0.5
    precision: str = "auto"

    def __post_init__(self):
        size = self.image_size
        if size < _SMALLEST or size & (size - 1):
            raise InputError(
                f"image_size must be a power of 2, at least {_SMALLEST}, got "
                f"{size}."
            )


@dataclasses.dataclass(frozen=True)
class Pix2pixConfig(GANBaselineConfig):
    """Settings of Pix2pix; with `noise_dim` 1024 those of CIGM.

    The paper's batches are of 1 to 10 images; batch size and epochs are those
    of CIGM.

    Attributes:
        noise_dim: Numbers of Gaussian noise at the bottleneck.
        dropout_rate: Of the decoder's three innermost blocks.
        l1_weight: lambda.
    """

    image_size: int = 128
    epochs: int = 200
    noise_dim: int = 0
    dropout_rate: float = 0.5
    l1_weight: float = 100.0


@dataclasses.dataclass(frozen=True)
class CIGMConfig(Pix2pixConfig):
    """Settings of CIGM, the template generator of GECo, by default published.

    Pix2pix with Gaussian noise at the bottleneck, dropout in two blocks only,
    and, at 128 pixels, a discriminator without padding, of 8x8 logits.

    Attributes:
        pairs: Where the pairs to learn from are: "questions", "outfits",
            "votes", or "auto"; see `tfcompat.data.compatible_pairs`.
    """

    noise_dim: int = 1024
    pairs: str = "auto"


@dataclasses.dataclass(frozen=True)
class DiscoGANConfig(GANBaselineConfig):
    """Settings of DiscoGAN.

    A step is three of the authors' iterations, so the batch is three times
    theirs of 64. They stop by eye; the epochs are ours.

    Attributes:
        early_rate: Weight of the reconstruction at first.
        late_rate: The same later on.
        early_iterations: When that is, in iterations; where `epoch_steps` is
            given at most a third of all, for the authors' 10,000 are more
            than a short run has.
        weight_decay: Of all weights.
    """

    batch_size: int = 192
    epochs: int = 100
    early_rate: float = 0.01
    late_rate: float = 0.5
    early_iterations: int = 10_000
    weight_decay: float = 1e-5

    def __post_init__(self):
        super().__post_init__()
        if self.batch_size < 3:
            raise InputError(
                "batch_size must be at least 3, one pair for each of a step's "
                f"three iterations, got {self.batch_size}."
            )


@dataclasses.dataclass(frozen=True)
class DomainTransferConfig(GANBaselineConfig):
    """Settings of pixel-level domain transfer.

    Attributes:
        code_dim: Size of the code between encoder and decoder.
    """

    width: int = 128
    batch_size: int = 128
    code_dim: int = 64


@dataclasses.dataclass(frozen=True)
class CompatibilityFamilyConfig(GANBaselineConfig):
    """Settings of MrCGAN's stage 1.

    Attributes:
        dim: Size of the space of embeddings and prototypes.
        num_prototypes: K.
        pull_weight: lambda_m, of the mean distance of liked pairs.
    """

    batch_size: int = 100
    epochs: int = 5
    learning_rate: float = 1e-3
    beta_1: float = 0.9
    dim: int = 64
    num_prototypes: int = 2
    pull_weight: float = 0.5


@dataclasses.dataclass(frozen=True)
class MrCGANConfig(GANBaselineConfig):
    """Settings of MrCGAN's stage 2.

    Attributes:
        family: Finished run of stage 1; "" trains one here.
        family_epochs: Of stage 1, when it is trained here.
        noise_dim: Size of z.
        near_margin: m_enc.
        apart_margin: m_prj.
        penalty_weight: Of DRAGAN's gradient penalty.
    """

    batch_size: int = 100
    epochs: int = 400
    family: str = ""
    family_epochs: int = 5
    noise_dim: int = 20
    near_margin: float = 0.05
    apart_margin: float = 0.2
    penalty_weight: float = 0.5
