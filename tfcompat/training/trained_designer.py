"""A finished designer's run, ready to design for any wardrobe it fits."""

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.vocabulary import Vocabulary

DESIGNERS = (
    "CIGMConfig",
    "DesignerConfig",
    "DiscoGANConfig",
    "DomainTransferConfig",
    "MrCGANConfig",
    "Pix2pixConfig",
)


class TrainedDesigner:
    """Designs with the model of a run folder, ours or a baseline's.

    Args:
        path: Folder of a finished run of a designer.
        wardrobe: `Wardrobe` whose rows are designed for; customers that the
            model has not seen are strangers to it.

    Attributes:
        config: The run's settings, a dict.
        model: The Keras model.
        images: `ImageStore` of the wardrobe at the model's size.

    Raises:
        InputError: If the folder is no finished run of a designer.
    """

    def __init__(self, path, wardrobe):
        run = RunFolder(path)
        self.config = run.read_config()
        kind = self.config.get("config")
        if kind not in DESIGNERS:
            raise InputError(
                f"{run.path}: is a run of {kind}, which designs nothing."
            )
        run.require_finished()
        self.model = keras.saving.load_model(
            run.model / "model.keras", compile=False
        )
        self.images = ImageStore(
            wardrobe.image_paths, self.config["image_size"]
        )
        known = Vocabulary(**run.read_json("model/vocabulary.json")).customers
        places = {customer: row for row, customer in enumerate(known)}
        self._rows = np.array(
            [
                places.get(customer, -1)
                for customer in wardrobe.customers["customer_id"]
            ]
            + [-1],
            "int32",
        )

    def customer_rows(self, customers):
        """int32 `[n]`: the model's rows of a wardrobe's customers, or -1."""
        return self._rows[np.asarray(customers)]

    def predict_on_batch(self, inputs):
        """Designs for a batch of `make_query_dataset`, as Keras models do.

        Args:
            inputs: Dict of the batch, with customer rows of the wardrobe.

        Returns:
            float32 `[b, s, s, 3]` in [0, 1].
        """
        customers = self.customer_rows(inputs["customer"])
        return self.model.predict_on_batch(
            {"query": inputs["query"], "customer": tf.constant(customers)}
        )

    def design(self, customers, queries, batch_size=64):
        """Designs for customers and query items of the wardrobe.

        Args:
            customers: int `[n]`, customer rows of the wardrobe, -1 = unknown.
            queries: int `[n]`, item rows of the wardrobe.
            batch_size: Designs at a time.

        Returns:
            float32 `[n, s, s, 3]` in [0, 1].
        """
        customers = np.asarray(customers, "int32")
        queries = np.asarray(queries, "int32")
        designs = [
            self.predict_on_batch(
                {
                    "query": self.images.batch(tf.constant(queries[part])),
                    "customer": customers[part],
                }
            )
            for part in (
                slice(start, start + batch_size)
                for start in range(0, len(queries), batch_size)
            )
        ]
        return np.concatenate(designs)


def designs(path):
    """Whether the run in a folder is one of a model that designs."""
    return RunFolder(path).read_config().get("config") in DESIGNERS
