"""Lets TensorFlow trace Keras's own code as it is."""

from tensorflow.python.autograph.core import config

# AutoGraph leaves the module `keras` alone but does not know its other name:
# it rewrites all of tf_keras, and the first step takes a minute, not seconds.
# Only private names reach the list; nothing but speed depends on it.
_RULE = config.DoNotConvert("tf_keras")


def trace_keras_unconverted():
    """Spares tf_keras AutoGraph's rewriting; safe to call twice.

    What users write in `call` is still converted.
    """
    if _RULE not in config.CONVERSION_RULES:
        config.CONVERSION_RULES = (_RULE, *config.CONVERSION_RULES)
