"""The validator's memory: what passed last, what failed last."""

import pytest
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import io_utils

from tests.tfx_pipeline.conftest import SCHEMA
from tests.tfx_pipeline.data_validation_test import ITEMS, VOTES, statistics
from tfcompat.data.errors import InputError
from tfx_pipeline.validator import Executor, read_schema_text

OTHER = ITEMS.assign(category="cape")


@pytest.fixture
def validate(tmp_path):
    """Function that validates a frame of items; returns the outputs' URIs."""
    (tmp_path / "items.csv").write_text("item_id\n1\n")
    number = iter(range(100))

    def artifact(kind, **files):
        made = kind()
        folder = tmp_path / str(next(number))
        made.uri = str(folder)
        for name, content in files.items():
            io_utils.write_bytes_file(f"{folder}/{name}", content)
        return made

    def validate(frame, accept_drift=False):
        found = statistics(frame)
        described = artifact(standard_artifacts.ExampleStatistics)
        described.split_names = artifact_utils.encode_split_names(["all"])
        described.set_string_custom_property("tfx_version", "1.16.0")
        io_utils.write_bytes_file(
            f"{described.uri}/Split-all/FeatureStats.pb",
            found.SerializeToString(),
        )
        reviewed = (SCHEMA / "items" / "schema.pbtxt").read_bytes()
        inferred = tfdv.infer_schema(found, infer_feature_shape=False)
        schemas = {
            "reviewed_schema": reviewed,
            "inferred_schema": str(inferred).encode(),
        }
        inputs = {"statistics": [described]}
        for name, text in schemas.items():
            inputs[name] = [
                artifact(standard_artifacts.Schema, **{"schema.pbtxt": text})
            ]
        outputs = {
            "anomalies": [artifact(standard_artifacts.ExampleAnomalies)],
            "schema": [artifact(standard_artifacts.Schema)],
        }
        Executor().Do(
            inputs,
            outputs,
            {
                "wardrobe": str(tmp_path),
                "table": "items",
                "schema_file": "reviewed/schema.pbtxt",
                "records": str(tmp_path / "records"),
                "accept_drift": int(accept_drift),
            },
        )
        return outputs

    return validate


class TestExecutor:
    def test_good_data_yield_a_schema_with_the_shops_columns(self, validate):
        outputs = validate(ITEMS)
        schema = tfdv.load_schema_text(
            f"{outputs['schema'][0].uri}/schema.pbtxt"
        )
        names = {feature.name for feature in schema.feature}
        assert {"item_id", "brand", "attr_color"} <= names
        (anomalies,) = outputs["anomalies"]
        assert anomalies.get_json_value_custom_property("blessed") == {"all": 1}

    def test_failure_names_file_schema_and_remedy(self, validate, tmp_path):
        with pytest.raises(InputError) as raised:
            validate(ITEMS.drop(columns="category"))
        assert str(raised.value) == (
            f"{tmp_path}/items.csv: is not what reviewed/schema.pbtxt expects, "
            "so nothing is trained: column category is missing or empty. "
            f"`tfcompat check {tmp_path}` names the lines."
        )

    def test_anomalies_of_a_failure_are_kept(self, validate, tmp_path):
        with pytest.raises(InputError):
            validate(ITEMS.drop(columns="category"))
        path = tmp_path / "records" / "rejected" / "Split-all" / "SchemaDiff.pb"
        kept = anomalies_pb2.Anomalies.FromString(path.read_bytes())
        assert list(kept.anomaly_info) == ["category"]

    def test_drift_is_from_what_passed_last(self, validate):
        validate(ITEMS)
        with pytest.raises(InputError, match="category has drifted"):
            validate(OTHER)
        validate(ITEMS)  # What failed was not taken for the new standard.

    def test_accepted_drift_is_the_new_standard(self, validate):
        validate(ITEMS)
        validate(OTHER, accept_drift=True)
        validate(OTHER)
        with pytest.raises(InputError, match="ACCEPT_DRIFT=true"):
            validate(ITEMS)

    def test_own_column_that_is_gone_is_drift(self, validate):
        less = ITEMS.drop(columns="attr_color")
        validate(ITEMS)
        with pytest.raises(InputError, match="attr_color is gone .*_DRIFT=tr"):
            validate(less)
        validate(less, accept_drift=True)
        validate(less)

    def test_accepting_drift_accepts_nothing_else(self, validate):
        with pytest.raises(InputError, match="column category is missing"):
            validate(ITEMS.drop(columns="category"), accept_drift=True)


class TestSchemaFile:
    def test_missing_one_is_named(self, tmp_path):
        with pytest.raises(InputError, match="schema.pbtxt: there is no such"):
            read_schema_text(str(tmp_path / "schema.pbtxt"))

    def test_broken_one_is_named(self, tmp_path):
        path = tmp_path / "schema.pbtxt"
        path.write_text("feature { nme: 'x' }")
        with pytest.raises(InputError, match="schema.pbtxt: is no schema.*nme"):
            read_schema_text(str(path))

    @pytest.mark.parametrize(
        "frame, name", [(ITEMS, "items"), (VOTES, "item_votes")]
    )
    def test_ours_names_every_fixed_column(self, frame, name):
        schema = tfdv.load_schema_text(str(SCHEMA / name / "schema.pbtxt"))
        named = {feature.name for feature in schema.feature}
        own = ("attr_", "survey_")
        assert {c for c in frame.columns if not c.startswith(own)} <= named
