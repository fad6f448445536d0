import tf_keras as keras
from tensorflow.python.autograph.core import config
from tensorflow.python.autograph.impl import conversion

import tfcompat.models  # noqa: F401  Installs the rule.
from tfcompat.tracing import trace_keras_unconverted


def user_code():
    return 1


class TestTracing:
    def test_keras_is_left_as_it_is_and_user_code_is_converted(self):
        assert conversion.is_allowlisted(keras.Model.train_step)
        assert not conversion.is_allowlisted(user_code)

    def test_installing_twice_changes_nothing(self):
        before = config.CONVERSION_RULES
        trace_keras_unconverted()
        assert config.CONVERSION_RULES is before
