import random

import pytest
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_pb2,
    predict_pb2,
)

from tfcompat.serving import wire

PAIRS = {
    "TensorProto": tensor_pb2,
    "ModelSpec": model_pb2,
    "PredictRequest": predict_pb2,
    "PredictResponse": predict_pb2,
    "GetModelStatusRequest": get_model_status_pb2,
    "GetModelStatusResponse": get_model_status_pb2,
    "GetModelMetadataRequest": get_model_metadata_pb2,
    "GetModelMetadataResponse": get_model_metadata_pb2,
    "SignatureDefMap": get_model_metadata_pb2,
}
RANGES = {
    "TYPE_INT32": (-(2**31), 2**31 - 1),
    "TYPE_INT64": (-(2**63), 2**63 - 1),
    "TYPE_UINT32": (0, 2**32 - 1),
    "TYPE_UINT64": (0, 2**64 - 1),
}
SCALARS = {
    number: name
    for name, number in vars(wire._Field).items()
    if name.startswith("TYPE_")
}


@pytest.fixture(params=PAIRS)
def pair(request):
    """Our class and TensorFlow Serving's, of the same name."""
    return getattr(wire, request.param), getattr(
        PAIRS[request.param], request.param
    )


def compare(ours, theirs, seen):
    """Asserts that every field of ours is one of theirs, to the number."""
    if ours.full_name in seen:
        return
    seen.add(ours.full_name)
    for field in ours.fields:
        other = theirs.fields_by_name[field.name]
        assert field.number == other.number, field.full_name
        assert field.label == other.label, field.full_name
        kind = other.type
        if kind == wire._Field.TYPE_ENUM:
            kind = wire._Field.TYPE_INT32  # A varint, both.
        assert field.type == kind, field.full_name
        if field.message_type is not None:
            compare(field.message_type, other.message_type, seen)


def fill(message, draw, depth=0):
    """Sets a random choice of the fields to random values."""
    for field in message.DESCRIPTOR.fields:
        if draw.random() < 0.3 or (depth > 3 and field.message_type):
            continue
        repeated = field.label == wire._Field.LABEL_REPEATED
        if field.message_type is None:
            values = [scalar(field, draw) for _ in range(draw.randint(1, 3))]
            if repeated:
                getattr(message, field.name).extend(values)
            else:
                setattr(message, field.name, values[0])
        elif field.message_type.GetOptions().map_entry:
            for key in ("x", "", "ünï"):
                fill(getattr(message, field.name)[key], draw, depth + 1)
        elif repeated:
            for _ in range(2):
                fill(getattr(message, field.name).add(), draw, depth + 1)
        else:
            fill(getattr(message, field.name), draw, depth + 1)
    if message.DESCRIPTOR.name == "ModelSpec" and message.HasField("version"):
        message.ClearField("version_label")  # A oneof in the original.


def scalar(field, draw):
    kind = SCALARS[field.type]
    if kind in RANGES:
        return draw.choice([*RANGES[kind], draw.randint(0, 99)])
    if kind == "TYPE_STRING":
        return draw.choice(["", "ascii", "Grüße 👗"])
    if kind == "TYPE_BYTES":
        return draw.randbytes(draw.randint(0, 9))
    if kind == "TYPE_BOOL":
        return draw.random() < 0.5
    assert kind in ("TYPE_FLOAT", "TYPE_DOUBLE")
    return draw.choice([0.0, -0.0, 1.5, float("inf"), -float("inf")])


class TestSchema:
    def test_every_field_is_one_of_the_original(self, pair):
        ours, theirs = pair
        compare(ours.DESCRIPTOR, theirs.DESCRIPTOR, set())

    def test_every_line_of_the_schema_was_understood(self):
        fields = sum(
            len(message.DESCRIPTOR.fields) for message in wire._CLASSES.values()
        )
        assert fields == wire._SCHEMA.count("=")
        assert len(wire._CLASSES) == wire._SCHEMA.count("\nmessage ")

    def test_package_is_not_tensorflows(self, pair):
        ours, theirs = pair
        assert ours.DESCRIPTOR.full_name != theirs.DESCRIPTOR.full_name


@pytest.mark.parametrize("seed", range(20))
class TestRandomMessages:
    def test_theirs_reads_ours(self, pair, seed):
        ours, theirs = pair
        message = ours()
        fill(message, random.Random(seed))
        sent = message.SerializeToString(deterministic=True)
        received = theirs.FromString(sent)
        assert not received.UnknownFields()
        assert received.SerializeToString(deterministic=True) == sent
        assert ours.FromString(received.SerializeToString()) == message

    def test_ours_reads_theirs(self, pair, seed):
        # By way of ours, for which fields are in both; enums and all.
        ours, theirs = pair
        message = ours()
        fill(message, random.Random(~seed))
        original = theirs.FromString(message.SerializeToString())
        received = ours.FromString(original.SerializeToString())
        again = theirs.FromString(received.SerializeToString())
        assert again == original


class TestByHand:
    def test_predict_request(self):
        theirs = predict_pb2.PredictRequest()
        theirs.model_spec.name = "m"
        theirs.model_spec.version.value = 0  # Present, though zero.
        theirs.inputs["x"].float_val.append(1.5)
        ours = wire.PredictRequest.FromString(theirs.SerializeToString())
        assert ours.model_spec.name == "m"
        assert ours.model_spec.HasField("version")
        assert list(ours.inputs["x"].float_val) == [1.5]

    def test_a_label_alone_sets_no_version(self):
        spec = wire.ModelSpec(name="m", version_label="canary")
        theirs = model_pb2.ModelSpec.FromString(spec.SerializeToString())
        assert theirs.WhichOneof("version_choice") == "version_label"
