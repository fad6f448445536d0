"""A finished designer's run, ready to design for any wardrobe it fits."""

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.vocabulary import Vocabulary


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
        if "target_group" not in self.config:
            raise InputError(
                f"{run.path}: is a run of {self.config.get('config')}, which "
                "designs nothing."
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

    def design(self, customers, queries, batch_size=64):
        """Designs for customers and query items of the wardrobe.

        Args:
            customers: int `[n]`, customer rows of the wardrobe, -1 = unknown.
            queries: int `[n]`, item rows of the wardrobe.
            batch_size: Designs at a time.

        Returns:
            float32 `[n, s, s, 3]` in [0, 1].
        """
        customers = self.customer_rows(customers)
        queries = np.asarray(queries, "int32")
        designs = [
            self.model.predict_on_batch(
                {
                    "query": self.images.batch(tf.constant(queries[part])),
                    "customer": tf.constant(customers[part]),
                }
            )
            for part in (
                slice(start, start + batch_size)
                for start in range(0, len(queries), batch_size)
            )
        ]
        return np.concatenate(designs)
