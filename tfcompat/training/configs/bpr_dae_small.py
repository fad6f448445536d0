"""BPR-DAE with a learning rate chosen for the garment encoder's features."""

from tfcompat.training.compatibility import BPRDAEConfig

CONFIG = BPRDAEConfig(encoder_config="garment-encoder-small", learning_rate=0.1)
