"""GECo for a CPU: 64 pixels, the end of a garment encoder fine-tuned.

Two of the encoder's five convolutions are trained; what the others see of
items and templates is looked up, so that a pass over 7,000 pairs takes
seconds. `--set trained_convolutions=0` leaves two projections of frozen
features, `--set backbone=fine_tuned` trains the whole network.
"""

from tfcompat.training.compatibility import GECoConfig

CONFIG = GECoConfig(
    image_size=64,
    backbone="frozen",
    trained_convolutions=2,
    generator_config="cigm-small",
    encoder_config="garment-encoder-small",
    epochs=12,
    batch_size=128,
    learning_rate=2e-3,
    temperature=0.2,
    dropout_rate=0.2,
)
