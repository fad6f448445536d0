"""Settings of a designer's training run."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class DesignerConfig:
    """Settings of a personalised designer, by default the paper's.

    Attributes:
        seed: Of weights, order and negatives.
        query_group: Group of what is designed for.
        target_group: Group of what is designed.
        image_size: Side of the images in pixels, a multiple of 16.
        width: Filters of the narrowest hidden layers of decoder and
            discriminator; all other widths follow it.
        trunk: What the encoder stands on: "vgg16", or "garment_encoder", the
            backbone of a trained garment encoder, which knows garments from
            the start as VGG16's published weights do.
        train_trunk: Whether training moves the trunk. Where it is all too
            good to spoil, a frozen one also costs a third less.
        trunk_weights: Local file of VGG16's published weights; "" starts at
            random.
        encoder: Finished run of a garment encoder; "" trains one here.
        dim: Size of codes and customers' vectors.
        metric_units: Width of the metric network's hidden layer.
        conditioning: What the decoder is told of the customer: "vector",
            "label" (ablation: discrete user label) or "nothing" (ablation:
            user unaware design).
        customers_left_out: How many customers, the last ones, training leaves
            out; their vectors are learnt afterwards, section 4.5.
        guidance_weight: lambda_1; 0 is the ablation without eq. 11.
        discriminator_weight: lambda_2.
        generator_weight: lambda_3.
        regularization: lambda of eq. 10.
        shrinkage: Of customers' vectors towards 1; not in the paper.
        discriminator_steps: Steps of the discriminator for each of the others.
        splits: Parts of the pair votes to learn from.
        batch_size: Liked pairs a step.
        epochs: How many epochs.
        epoch_steps: Steps an epoch; 0 for one pass over the liked pairs.
        learning_rate: Of Adam, for discriminator and decoder.
        judge_learning_rate: Of Adam, for encoder and metric network.
        customer_learning_rate: Of Adam, for customers' vectors.
        judge_steps: Steps of encoder, metric network and customers' vectors
            alone before Algorithm 1 starts. The paper has none; a decoder that
            has few steps should not spend them on vectors that mean nothing
            yet. Afterwards a tenth is left of the judge's learning rates.
        judge_batch_size: Liked pairs in each of those steps.
        decays: Whether all learning rates sink to 0 along a cosine; the
            paper's do not.
        average_rate: What a step leaves of the moving average of the
            decoder's weights, which designs are drawn with in the end; 0
            draws with the last step's. The paper has none: it trains long
            enough to do without.
        beta_1: Of Adam, for discriminator and decoder. The paper does not say;
            0.5 is DCGAN's.
        precision: "auto", "float32" or "mixed_bfloat16".
    """

    seed: int = 0
    query_group: str = "top"
    target_group: str = "bottom"
    image_size: int = 128
    width: int = 64
    trunk: str = "vgg16"
    train_trunk: bool = True
    trunk_weights: str = ""
    encoder: str = ""
    dim: int = 64
    metric_units: int = 64
    conditioning: str = "vector"
    customers_left_out: int = 0
    guidance_weight: float = 1.0
    discriminator_weight: float = 1.0
    generator_weight: float = 1.0
    regularization: float = 1e-6
    shrinkage: float = 0.0
    discriminator_steps: int = 2
    splits: tuple = ("train",)
    batch_size: int = 64
    epochs: int = 25
    epoch_steps: int = 0
    learning_rate: float = 2e-4
    judge_learning_rate: float = 2e-4
    customer_learning_rate: float = 2e-4
    judge_steps: int = 0
    judge_batch_size: int = 256
    decays: bool = False
    average_rate: float = 0.0
    beta_1: float = 0.5
    precision: str = "auto"
