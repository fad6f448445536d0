import json

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.nested_parts import NestedParts


@keras.saving.register_keras_serializable(package="tests")
class Sum(NestedParts, keras.layers.Layer):
    part_names = ("first", "second")

    def __init__(self, first, second=None, scale=1, **kwargs):
        super().__init__(**kwargs)
        self.first, self.second, self.scale = first, second, scale

    def call(self, x):
        return self.scale * self.first(x)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


class TestNestedParts:
    def test_parts_come_back_as_they_were(self):
        layer = Sum(Sum(keras.layers.Softmax(), scale=2), scale=3, name="sum")
        config = json.loads(json.dumps(layer.get_config()))
        before = json.dumps(config)
        again = Sum.from_config(config)
        assert json.dumps(config) == before  # The caller's own.
        assert (again.name, again.scale, again.second) == ("sum", 3, None)
        assert again.first.scale == 2
        x = tf.constant([[1.0, 2.0]])
        tf.debugging.assert_near(again(x), 6 * tf.nn.softmax(x))
