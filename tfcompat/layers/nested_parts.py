"""Config of models that are put together from other layers."""

import tf_keras as keras


class NestedParts:
    """Saves and restores the layers that a model is given.

    Stands before `keras.Model` or `keras.layers.Layer` among the bases of a
    class that names its parts. `get_config` of the class adds whatever else
    its constructor takes.

    Attributes:
        part_names: Tuple of str: arguments of the constructor, and attributes
            of the object, that are Keras objects or None.
    """

    part_names = ()

    def get_config(self):
        return {
            **super().get_config(),
            **{
                name: keras.saving.serialize_keras_object(getattr(self, name))
                for name in self.part_names
            },
        }

    @classmethod
    def from_config(cls, config):
        parts = {
            name: keras.saving.deserialize_keras_object(config[name])
            for name in cls.part_names
            if name in config  # A file may be older than a part.
        }
        return cls(**{**config, **parts})
