import os

import pytest

from tfcompat.serving.batching_parameters import BatchingParameters


class TestParse:
    def test_text_of_tensorflow_serving_is_read(self):
        parameters = BatchingParameters.parse(
            """
            # A comment.
            max_batch_size { value: 32 }
            batch_timeout_micros { value: 2000 }
            max_enqueued_batches { value: 100 }
            num_batch_threads { value: 3 }
            thread_pool_name { value: "mine" }
            allowed_batch_sizes: 8
            allowed_batch_sizes: [16, 32]
            pad_variable_length_inputs: true
            """
        )
        assert parameters == BatchingParameters(
            max_batch_size=32,
            batch_timeout_micros=2000,
            max_enqueued_batches=100,
            num_batch_threads=3,
            allowed_batch_sizes=(8, 16, 32),
            pad_variable_length_inputs=True,
        )

    def test_defaults_are_tensorflow_servings(self):
        parameters = BatchingParameters.parse("")
        assert parameters.max_batch_size == 1000
        assert parameters.batch_timeout_micros == 0
        assert parameters.max_enqueued_batches == 10
        assert parameters.num_batch_threads == os.cpu_count()
        assert parameters.allowed_batch_sizes == ()
        assert not parameters.pad_variable_length_inputs

    def test_zero_that_is_given_is_not_the_default(self):
        text = "max_enqueued_batches { value: 0 }"
        assert BatchingParameters.parse(text).max_enqueued_batches == 0

    def test_split_requests_have_two_sizes(self):
        parameters = BatchingParameters.parse(
            "max_batch_size { value: 128 }"
            " max_execution_batch_size { value: 32 }"
            " enable_large_batch_splitting { value: true }"
            " allowed_batch_sizes: 32"
        )
        assert parameters.max_batch_size == 128
        assert parameters.largest_batch == 32

    def test_execution_size_counts_only_when_requests_are_split(self):
        text = "max_batch_size {value: 128} max_execution_batch_size {value: 9}"
        assert BatchingParameters.parse(text).largest_batch == 128

    @pytest.mark.parametrize(
        "text, words",
        [
            ("max_batch_size: 3", "malformed"),
            ("max_batch_sise { value: 3 }", "max_batch_sise"),
            ("max_batch_size { value: 0 }", "max_batch_size must be positive"),
            ("num_batch_threads { value: -1 }", "num_batch_threads must be"),
            ("batch_timeout_micros { value: -1 }", "must be non-negative"),
            (
                "max_batch_size { value: 8 } allowed_batch_sizes: [4, 4, 8]",
                "monotonically increasing",
            ),
            (
                "max_batch_size { value: 8 } allowed_batch_sizes: [2, 4]",
                "must match max_batch_size; last entry was 4; expected 8",
            ),
            (
                "max_batch_size { value: 8 } max_execution_batch_size "
                "{ value: 9 } enable_large_batch_splitting { value: true }",
                "at most max_batch_size; was 9",
            ),
        ],
    )
    def test_what_is_wrong_is_said(self, text, words):
        with pytest.raises(ValueError, match=words):
            BatchingParameters.parse(text)


class TestRead:
    def test_the_file_is_named(self, tmp_path):
        path = tmp_path / "batching_params.pbtxt"
        path.write_text("max_batch_size { value: 7 }")
        assert BatchingParameters.read(path).max_batch_size == 7
        path.write_text("nonsense")
        with pytest.raises(
            ValueError, match="batching_params.pbtxt: malformed"
        ):
            BatchingParameters.read(path)
