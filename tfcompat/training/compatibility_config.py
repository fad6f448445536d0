"""Settings of GECo and its baselines, by default the paper's."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class CompatibilityConfig:
    """What GECo and all of its baselines are told.

    Attributes:
        seed: Of weights, order and noise.
        query_group: Group of what is asked for.
        candidate_group: Group of what is found.
        pairs: Where pairs are: "questions", "outfits", "votes" or "auto"; see
            `tfcompat.data.compatible_pairs`.
        splits: Parts to learn from.
    """

    seed: int = 0
    query_group: str = "top"
    candidate_group: str = "bottom"
    pairs: str = "auto"
    splits: tuple = ("train",)


@dataclasses.dataclass(frozen=True)
class RandomConfig(CompatibilityConfig):
    """Random scores: nothing to set."""


@dataclasses.dataclass(frozen=True)
class PopularityConfig(CompatibilityConfig):
    """In how many pairs a candidate is: nothing to set."""


@dataclasses.dataclass(frozen=True)
class TrainedCompatibilityConfig(CompatibilityConfig):
    """What those are told that are trained step by step.

    Attributes:
        batch_size: Pairs a step; each has the others' candidates for
            negatives.
        epochs: Passes over the pairs.
        learning_rate: Of the optimiser.
        precision: "auto", "float32" or "mixed_bfloat16".
    """

    batch_size: int = 64
    epochs: int = 50
    learning_rate: float = 1e-4
    precision: str = "auto"


@dataclasses.dataclass(frozen=True)
class GECoConfig(TrainedCompatibilityConfig):
    """Settings of GECo, by default those for FashionTaobaoTB.

    Attributes:
        image_size: Side of the images in pixels.
        backbone: Name that `make_backbone` knows; or "fine_tuned", the
            backbone of a trained garment encoder, which knows garments from
            the start as published weights do; or "frozen", its features,
            looked up once, which leaves the two projections to be trained.
        trained_convolutions: Of a "frozen" backbone, how many convolutions at
            its end are trained all the same, at a fraction of what
            "fine_tuned" costs: what the others see is looked up, too.
        weights: Local file of the backbone's weights; "" starts at random.
        encoder: Finished run of a garment encoder, for the latter two;
            "" trains one here.
        encoder_config: Run config of that.
        pixels: What the backbone takes: "imagenet" (mean 0, deviation 1) or
            "unit" ([0, 1]); a garment encoder's takes [0, 1] in any case.
        generator: Finished run of CIGM; "" trains one here.
        generator_config: Run config of that.
        template_noise: Whether templates are drawn with CIGM's noise, one
            draw for a query, as in the authors' code. Off, a query has the
            same template always.
        designer: Finished run whose designs are a further part of the query,
            with "design" in `query_parts`.
        query_parts: What the query is composed of, see `GECo`.
        customer_dim: Size of a customer's vector, with "customer".
        text_dim: Size of an item's text vector, with "text".
        embedding_dim: Size of the space of queries and candidates.
        bpr_weight: alpha.
        info_nce_weight: beta.
        temperature: tau.
        regularization: gamma.
        dropout_rate: Of the features that are projected.
        unit_length: Whether a score is the cosine of two embeddings; else it
            is their dot product, as printed.
        beta_1: Of Adam.
        beta_2: Of Adam.
        decay_epochs: Epochs between two decays of the learning rate.
        decay_rate: What it is multiplied by.
    """

    image_size: int = 128
    backbone: str = "resnet18"
    trained_convolutions: int = 0
    weights: str = ""
    encoder: str = ""
    encoder_config: str = "garment-encoder"
    pixels: str = "imagenet"
    generator: str = ""
    generator_config: str = "cigm"
    template_noise: bool = False
    designer: str = ""
    query_parts: tuple = ("item", "template")
    customer_dim: int = 32
    text_dim: int = 256
    embedding_dim: int = 128
    bpr_weight: float = 0.5
    info_nce_weight: float = 1.0
    temperature: float = 0.5
    regularization: float = 0.01
    dropout_rate: float = 0.0
    unit_length: bool = True
    beta_1: float = 0.5
    beta_2: float = 0.99
    decay_epochs: int = 8
    decay_rate: float = 0.1


@dataclasses.dataclass(frozen=True)
class BPRDAEConfig(TrainedCompatibilityConfig):
    """Settings of BPR-DAE, by default those of GECo's authors.

    Attributes:
        encoder: Finished run of the garment encoder whose features stand for
            AlexNet's; "" trains one here.
        encoder_config: Run config of that.
        hidden_dim: Size of the codes.
        reconstruction_weight: mu.
        weight_decay: lambda.
        momentum: Of gradient descent.
    """

    batch_size: int = 128
    epochs: int = 30
    learning_rate: float = 0.01
    encoder: str = ""
    encoder_config: str = "garment-encoder"
    hidden_dim: int = 512
    reconstruction_weight: float = 0.01
    weight_decay: float = 0.01
    momentum: float = 0.9


@dataclasses.dataclass(frozen=True)
class MGCMConfig(TrainedCompatibilityConfig):
    """Settings of MGCM, by default those of GECo's authors.

    Attributes:
        image_size: Side of the images in pixels, a power of 2.
        width: Filters of the first block; all others follow it.
        latent_dim: Size of the latent space of items.
        template_weight: beta, of the likeness to the template.
        adversarial_weight: mu.
        l1_weight: Of the template's distance to the true candidate.
        beta_1: Of Adam.
        weight_decay: nu.
    """

    batch_size: int = 420
    epochs: int = 60
    learning_rate: float = 2e-4
    image_size: int = 64
    width: int = 64
    latent_dim: int = 128
    template_weight: float = 0.01
    adversarial_weight: float = 0.1
    l1_weight: float = 10_000.0
    beta_1: float = 0.5
    weight_decay: float = 0.01


@dataclasses.dataclass(frozen=True)
class Pix2PixCMConfig(MGCMConfig):
    """Settings of Pix2PixCM: those of MGCM."""
