"""How requests are merged into batches: TensorFlow Serving's parameters."""

import dataclasses
import os
import pathlib

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    text_format,
    wrappers_pb2,
)

# The message is not in the tensorflow-serving-api package, and its numbers do
# not matter in text; the names and the wrapping are TensorFlow Serving's.
_WRAPPED_FIELDS = {
    "max_batch_size": "Int64Value",
    "batch_timeout_micros": "Int64Value",
    "max_enqueued_batches": "Int64Value",
    "num_batch_threads": "Int64Value",
    "thread_pool_name": "StringValue",
    "enable_large_batch_splitting": "BoolValue",
    "max_execution_batch_size": "Int64Value",
}


@dataclasses.dataclass(frozen=True)
class BatchingParameters:
    """Settings of the batching of one model.

    Read from `batching_params.pbtxt` in a version folder, or from the file of
    `--batching_parameters_file`. What is left out has TensorFlow Serving's
    default.

    Args:
        max_batch_size: Most rows of one batch, or, with
            `enable_large_batch_splitting`, of one request.
        batch_timeout_micros: Longest wait for a batch to fill, microseconds.
        max_enqueued_batches: Full batches that may wait; beyond them a
            request is refused.
        num_batch_threads: Batches that may run at a time.
        allowed_batch_sizes: Sizes, increasing, that a batch is padded to;
            empty leaves it as it is.
        enable_large_batch_splitting: Whether a request may be spread over
            several batches.
        max_execution_batch_size: Most rows of one batch when requests are
            split; None stands for `max_batch_size`.
        pad_variable_length_inputs: Whether inputs of differing trailing
            dimensions are padded to fit in one batch.

    Raises:
        ValueError: If a number is out of range or `allowed_batch_sizes` does
            not increase up to the largest batch.
    """

    max_batch_size: int = 1000
    batch_timeout_micros: int = 0
    max_enqueued_batches: int = 10
    num_batch_threads: int = dataclasses.field(
        default_factory=lambda: os.cpu_count() or 1
    )
    allowed_batch_sizes: tuple[int, ...] = ()
    enable_large_batch_splitting: bool = False
    max_execution_batch_size: int | None = None
    pad_variable_length_inputs: bool = False

    def __post_init__(self):
        for name in ("max_batch_size", "num_batch_threads"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be positive; was {getattr(self, name)}"
                )
        for name in ("batch_timeout_micros", "max_enqueued_batches"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"{name} must be non-negative; was {getattr(self, name)}"
                )
        if not 1 <= self.largest_batch <= self.max_batch_size:
            raise ValueError(
                "max_execution_batch_size must be positive and at most "
                f"max_batch_size; was {self.largest_batch}"
            )
        self._check_allowed_batch_sizes()

    @property
    def largest_batch(self):
        """Most rows that run at once."""
        if self.enable_large_batch_splitting:
            return self.max_execution_batch_size or self.max_batch_size
        return self.max_batch_size

    def _check_allowed_batch_sizes(self):
        sizes = self.allowed_batch_sizes
        if not sizes:
            return
        if any(a >= b for a, b in zip((0, *sizes), sizes, strict=False)):
            raise ValueError(
                "allowed_batch_sizes entries must be monotonically increasing; "
                f"were {list(sizes)}"
            )
        if sizes[-1] != self.largest_batch:
            name = "max_batch_size"
            if self.enable_large_batch_splitting:
                name = "max_execution_batch_size"
            raise ValueError(
                f"Last entry in allowed_batch_sizes must match {name}; last "
                f"entry was {sizes[-1]}; expected {self.largest_batch}"
            )

    @classmethod
    def parse(cls, text):
        """Reads TensorFlow Serving's text format of `BatchingParameters`.

        Args:
            text: As `max_batch_size { value: 32 } allowed_batch_sizes: 32`.

        Returns:
            The `BatchingParameters`.

        Raises:
            ValueError: If the text is malformed, names an unknown field, or
                holds a number that is out of range.
        """
        try:
            message = text_format.Parse(text, _message_class()())
        except text_format.ParseError as error:
            raise ValueError(f"malformed batching parameters: {error}") from (
                error
            )
        given = {
            field.name: getattr(message, field.name)
            for field, _ in message.ListFields()
        }
        given.pop("thread_pool_name", None)  # There is nothing to name here.
        for name in given.keys() & _WRAPPED_FIELDS.keys():
            given[name] = given[name].value
        if "allowed_batch_sizes" in given:
            given["allowed_batch_sizes"] = tuple(given["allowed_batch_sizes"])
        return cls(**given)

    @classmethod
    def read(cls, path):
        """Reads a file in the format of `parse`.

        Raises:
            OSError: If it cannot be read.
            ValueError: As `parse`, with the file's name.
        """
        try:
            return cls.parse(pathlib.Path(path).read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error


def _message_class():
    """Returns the class of the protocol message `BatchingParameters`."""
    fields = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="tfcompat/batching_parameters.proto",
        package="tfcompat",
        syntax="proto3",
        dependency=[wrappers_pb2.DESCRIPTOR.name],
    )
    message = file.message_type.add(name="BatchingParameters")
    for number, (name, wrapper) in enumerate(_WRAPPED_FIELDS.items(), start=1):
        message.field.add(
            name=name,
            number=number,
            type=fields.TYPE_MESSAGE,
            type_name=f".google.protobuf.{wrapper}",
            label=fields.LABEL_OPTIONAL,
        )
    message.field.add(
        name="allowed_batch_sizes",
        number=len(message.field) + 1,
        type=fields.TYPE_INT64,
        label=fields.LABEL_REPEATED,
    )
    message.field.add(
        name="pad_variable_length_inputs",
        number=len(message.field) + 1,
        type=fields.TYPE_BOOL,
        label=fields.LABEL_OPTIONAL,
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    descriptor = pool.FindMessageTypeByName("tfcompat.BatchingParameters")
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)
