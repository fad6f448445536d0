"""Future work: customer embeddings learnt end to end. PSA-Net, section V."""

from tfcompat.training.subspace_net import SubspaceConfig

CONFIG = SubspaceConfig(customers="learned")
