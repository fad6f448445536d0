"""TensorFlow Serving's messages, without TensorFlow.

The published stubs (`tensorflow-serving-api`) import all of TensorFlow. What
travels knows nothing of that: here are the messages that our client needs,
with TensorFlow Serving's field numbers, so that the bytes are the same. They
live in a pool and a package of their own, so that nothing collides when the
published stubs are loaded too.

Departs from the originals in what the bytes do not show: enums are `int32`,
and fields that the client never reads or writes are left out.

Reference: `tensorflow_serving/apis/*.proto` and
`tensorflow/core/framework/tensor.proto`, version 2.16.
"""

import re

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "tfcompat.wire"
_SCHEMA = """
message Int64Value { int64 value = 1; }
message Any { string type_url = 1; bytes value = 2; }
message Dim { int64 size = 1; string name = 2; }
message TensorShapeProto { repeated Dim dim = 2; bool unknown_rank = 3; }
message TensorProto {
  int32 dtype = 1;
  TensorShapeProto tensor_shape = 2;
  int32 version_number = 3;
  bytes tensor_content = 4;
  repeated float float_val = 5;
  repeated double double_val = 6;
  repeated int32 int_val = 7;
  repeated bytes string_val = 8;
  repeated float scomplex_val = 9;
  repeated int64 int64_val = 10;
  repeated bool bool_val = 11;
  repeated double dcomplex_val = 12;
  repeated int32 half_val = 13;
  repeated uint32 uint32_val = 16;
  repeated uint64 uint64_val = 17;
}
message ModelSpec {
  string name = 1;
  Int64Value version = 2;
  string signature_name = 3;
  string version_label = 4;
}
message PredictRequest {
  ModelSpec model_spec = 1;
  map<string, TensorProto> inputs = 2;
  repeated string output_filter = 3;
}
message PredictResponse {
  map<string, TensorProto> outputs = 1;
  ModelSpec model_spec = 2;
}
message StatusProto { int32 error_code = 1; string error_message = 2; }
message ModelVersionStatus {
  int64 version = 1;
  int32 state = 2;
  StatusProto status = 3;
}
message GetModelStatusRequest { ModelSpec model_spec = 1; }
message GetModelStatusResponse {
  repeated ModelVersionStatus model_version_status = 1;
}
message GetModelMetadataRequest {
  ModelSpec model_spec = 1;
  repeated string metadata_field = 2;
}
message GetModelMetadataResponse {
  ModelSpec model_spec = 1;
  map<string, Any> metadata = 2;
}
message TensorInfo {
  string name = 1;
  int32 dtype = 2;
  TensorShapeProto tensor_shape = 3;
}
message SignatureDef {
  map<string, TensorInfo> inputs = 1;
  map<string, TensorInfo> outputs = 2;
  string method_name = 3;
}
message SignatureDefMap { map<string, SignatureDef> signature_def = 1; }
"""

_MESSAGE = re.compile(r"message (\w+) \{(.*?)\}", re.DOTALL)
_FIELD = re.compile(
    r"(?:(repeated) )?(?:map<string, (\w+)>|(\w+)) (\w+) = (\d+);"
)
_Field = descriptor_pb2.FieldDescriptorProto


def _make_messages(schema):
    """Dict from name to message class, from text in proto3's own form."""
    file = descriptor_pb2.FileDescriptorProto(
        name="tfcompat/wire.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, body in _MESSAGE.findall(schema):
        message = file.message_type.add(name=name)
        for repeated, value, kind, field, number in _FIELD.findall(body):
            if value:  # A map is a repeated message of key and value.
                kind = "".join(map(str.title, field.split("_"))) + "Entry"
                entry = message.nested_type.add(name=kind)
                entry.options.map_entry = True
                _add_field(entry, "key", 1, "string")
                _add_field(entry, "value", 2, value)
                kind = f"{name}.{kind}"
            _add_field(message, field, int(number), kind, repeated or value)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        message.name: _make_class(
            pool, pool.FindMessageTypeByName(f"{_PACKAGE}.{message.name}")
        )
        for message in file.message_type
    }


def _add_field(message, name, number, kind, repeated=False):
    field = message.field.add(
        name=name,
        number=number,
        label=_Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL,
    )
    scalar = getattr(_Field, f"TYPE_{kind.upper()}", None)
    if scalar is None:
        field.type = _Field.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{kind}"
    else:
        field.type = scalar


def _make_class(pool, descriptor):
    if hasattr(message_factory, "GetMessageClass"):  # Protobuf 4.22 and later.
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


_CLASSES = _make_messages(_SCHEMA)
TensorProto = _CLASSES["TensorProto"]
ModelSpec = _CLASSES["ModelSpec"]
PredictRequest = _CLASSES["PredictRequest"]
PredictResponse = _CLASSES["PredictResponse"]
GetModelStatusRequest = _CLASSES["GetModelStatusRequest"]
GetModelStatusResponse = _CLASSES["GetModelStatusResponse"]
GetModelMetadataRequest = _CLASSES["GetModelMetadataRequest"]
GetModelMetadataResponse = _CLASSES["GetModelMetadataResponse"]
SignatureDefMap = _CLASSES["SignatureDefMap"]
