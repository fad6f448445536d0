"""A run of a tiny designer, finished without any training."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.training.designer import DesignerConfig, build_designer
from tfcompat.training.garment_encoder import load_garment_encoder
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.subspace_net import save_model


def write_designer_run(path, wardrobe, encoder, **settings):
    """Writes the run folder of a designer at its random start.

    Args:
        path: Folder to make.
        wardrobe: `Wardrobe`.
        encoder: Finished run of a garment encoder of 32 pixels.
        **settings: Fields of `DesignerConfig`.

    Returns:
        `RunFolder`.
    """
    config = DesignerConfig(
        image_size=32,
        width=2,
        trunk="garment_encoder",
        encoder=str(encoder),
        dim=8,
        metric_units=4,
        **settings,
    )
    run = RunFolder.start(path, config)
    keras.utils.set_random_seed(0)
    trunk = load_garment_encoder(encoder).backbone
    trunk.trainable = False
    designer = build_designer(config, trunk, len(wardrobe.customers), 1)
    # At its start it draws everything grey, and customers are nearly alike.
    for weight in designer.decoder.trainable_weights:
        if weight.shape.rank > 1:
            fan_in = weight.shape.num_elements() / weight.shape[-1]
            weight.assign(weight / tf.math.reduce_std(weight) / fan_in**0.5)
    designer.customers.vectors.assign(
        1.0 + 3.0 * (designer.customers.vectors - 1.0)
    )
    save_model(designer, wardrobe, run)
    run.write_history([{"epoch": 1, "loss": 1.0}])
    run.write_json("metrics.json", {"loss": 1.0})
    return run
