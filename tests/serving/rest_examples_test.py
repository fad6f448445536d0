import grpc
import numpy as np
import pytest
from tensorflow_serving.apis.classification_pb2 import ClassificationResult
from tensorflow_serving.apis.input_pb2 import Input
from tensorflow_serving.apis.regression_pb2 import RegressionResult

from tests.serving.single_model import refused
from tfcompat.serving.rest_examples import (
    fill_examples,
    make_classifications,
    make_regressions,
)
from tfcompat.serving.rest_json import parse_body

INVALID = grpc.StatusCode.INVALID_ARGUMENT


def read(text):
    examples_input = Input()
    fill_examples(parse_body(text.encode()), examples_input)
    return examples_input


def features(example):
    """Dict from name to the kind of a feature and its values."""
    return {
        name: (kind, list(getattr(feature, kind).value) if kind else [])
        for name, feature in example.features.feature.items()
        for kind in [feature.WhichOneof("kind")]
    }


class TestExamples:
    def test_the_literal_decides_the_kind(self):
        [example] = read(
            '{"examples": [{"i": 2, "f": 2.0, "list": [0.5, NaN], "yes": true,'
            ' "text": "ä", "bytes": {"b64": "/w=="}, "none": []}]}'
        ).example_list.examples
        found = features(example)
        nan = found["list"][1].pop()
        assert np.isnan(nan)
        assert found == {
            "i": ("int64_list", [2]),
            "f": ("float_list", [2.0]),
            "list": ("float_list", [0.5]),
            "yes": ("int64_list", [1]),
            "text": ("bytes_list", ["ä".encode()]),
            "bytes": ("bytes_list", [b"\xff"]),
            "none": (None, []),
        }

    def test_context_is_shared(self):
        given = read('{"context": {"c": 1}, "examples": [{"x": 2}, {}]}')
        assert given.WhichOneof("kind") == "example_list_with_context"
        shared = given.example_list_with_context
        assert features(shared.context) == {"c": ("int64_list", [1])}
        assert [features(example) for example in shared.examples] == [
            {"x": ("int64_list", [2])},
            {},
        ]

    @pytest.mark.parametrize(
        "text, words",
        [
            ("{}", "key 'examples' is expected and was not found"),
            ('{"examples": {}}', "Expecting 'examples' value to be an list"),
            ('{"examples": []}', "'examples' value is an empty array"),
            ('{"examples": [1]}', "must be JSON object but got JSON Number"),
            (
                '{"examples": [{"x": null}]}',
                "Feature: x has element with unexpected JSON type: Null",
            ),
            (
                '{"examples": [{"x": [[1]]}]}',
                "Feature: x has element with unexpected JSON type: Array",
            ),
            (
                '{"examples": [{"x": {"y": 1}}]}',
                "Feature: x has element with unexpected JSON type: Object",
            ),
            (
                '{"examples": [{"x": [1, 2.0]}]}',
                "Unexpected element type in feature: x expecting type: int64",
            ),
            (
                '{"examples": [{"x": [1.5, "a"]}]}',
                "Unexpected element type in feature: x expecting type: float",
            ),
            ('{"examples": [{"x": 1e39}]}', "without loss of precision"),
            (
                '{"examples": [{"x": 9223372036854775808}]}',
                "Feature: x has uint64 element. Only int64 is supported.",
            ),
        ],
    )
    def test_what_is_no_example(self, text, words):
        with refused(INVALID) as caught:
            read(text)
        assert words in caught.value.message


class TestResults:
    def test_classifications(self):
        result = ClassificationResult()
        for score in (0.1, 1):
            row = result.classifications.add()
            row.classes.add(label="even", score=score)
            row.classes.add(label="odd", score=1 - score)
        assert make_classifications(result) == {
            "results": [
                [["even", 0.1], ["odd", 0.9]],
                [["even", 1.0], ["odd", 0.0]],
            ]
        }

    def test_regressions(self):
        result = RegressionResult()
        result.regressions.add(value=0.1)
        result.regressions.add(value=float("inf"))
        assert make_regressions(result) == {"results": [0.1, float("inf")]}

    def test_nothing_is_an_error(self):
        with refused(INVALID):
            make_classifications(ClassificationResult())
        with refused(INVALID):
            make_regressions(RegressionResult())
