"""A servable of one multiplication, for tests of publishing."""

import numpy as np
import tensorflow as tf


class Doubler(tf.Module):
    """Multiplies by a variable; refuses negative numbers."""

    def __init__(self, name="doubler", factor=2.0, size=1):
        super().__init__(name=name)
        self.factor = tf.Variable(tf.fill([size], factor))
        self.unused = tf.Variable(3.0)
        self.example = np.float32([1, 2])
        self.sources = {}
        self.card = {
            "title": "Doubler",
            "description": "Doubles a number.",
            "data": {"wardrobe": "numbers", "counts": {"items": 2}},
            "metrics": {"test": {"roc_auc": 0.75, "auprc": float("nan")}},
            "seed": 7,
            "limits": ["Halving."],
        }
        self.signatures = {
            "serving_default": tf.function(
                self._double,
                input_signature=[
                    tf.TensorSpec([None], tf.float32, name="number"),
                    tf.TensorSpec([None], tf.string, name="unit"),
                ],
            )
        }

    def _double(self, number, unit):
        with tf.control_dependencies(
            [tf.debugging.assert_non_negative(number, "number is negative")]
        ):
            return {"double": number * self.factor[0], "unit": unit}

    def examples(self):
        units = [b"m"] * len(self.example)
        return {"serving_default": [{"number": self.example, "unit": units}]}
