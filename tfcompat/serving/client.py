"""The client: questions to a server, in Python's own terms.

Imports neither TensorFlow nor its stubs.
"""

from tfcompat.serving import answer_reading as reading
from tfcompat.serving import question_rows as asking
from tfcompat.serving import wire
from tfcompat.serving.answers import (
    Design,
    Prediction,
    Ranking,
    Scores,
    Signature,
    VersionStatus,
)
from tfcompat.serving.retries import Retries
from tfcompat.serving.served_model import ServedModel
from tfcompat.serving.server_calls import ServerCalls
from tfcompat.serving.tensor_arrays import as_array, fill_tensor
from tfcompat.serving.wire_channel import ClientTLS, WireChannel


class Client:
    """Asks a server: ours, or TensorFlow Serving with our models.

    One client serves any number of threads. Every question is a batch: a list
    has a row an entry, and a single value stands for all rows (all single
    values: one row). Images are the bytes of a JPEG or PNG file, or its path;
    ids are text. `k` is a number, or a list of one a row. The answer is a list
    too, of an entry a row; `Scores` holds it in arrays.

    Large batches travel in several messages, one after the other; the answer
    is one, in the caller's order, and rows in error messages are the
    caller's. No rows: no message.

    Where only the client is wanted, `pip install --no-deps tfcompat` and `pip
    install grpcio protobuf numpy` will do: 25 MB to fetch and 79 MB on disk
    (grpcio 1.85, protobuf 7.36, numpy 2.2, Linux x86-64), where TensorFlow
    2.16 alone is 591 MB and 1.7 GB. Protobuf may be any from 3.20 on.

    Every question also takes

    - `model`: name of the model, or `ServedModel` for a version or label.
    - `timeout`: seconds that the call may take, instead of the client's.

    and raises

    - ClientError: one of its kinds, with the server's own message.
    - InputError: if an image file cannot be read.
    - ValueError: if an argument cannot be sent, before anything is.

    Args:
        address: "host:port" of the server's gRPC port, or "unix:/path".
        timeout: Seconds that a call may take, all its messages and
            repetitions together.
        retries: How often a message is sent again to a server that is
            UNAVAILABLE; or `Retries`, to say more.
        tls: `ClientTLS`; None sends everything in the clear.
        rows_per_message: Rows of a message at most.
        bytes_per_message: Bytes of images and text of a message at most; a
            larger row goes alone.

    Raises:
        InputError: If a file of `tls` cannot be read.
        ValueError: If an argument is out of range.
    """

    def __init__(
        self,
        address: str = "127.0.0.1:8500",
        *,
        timeout: float = 10.0,
        retries: int | Retries = 3,
        tls: ClientTLS | None = None,
        rows_per_message: int = 256,
        bytes_per_message: int = 16 * 2**20,
    ):
        for name, value in (
            ("timeout", timeout),
            ("rows_per_message", rows_per_message),
            ("bytes_per_message", bytes_per_message),
        ):
            if not value > 0:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.address = address
        self.timeout = timeout
        self.retries = (
            retries if isinstance(retries, Retries) else Retries(retries)
        )
        self.tls = tls
        self.rows_per_message = rows_per_message
        self.bytes_per_message = bytes_per_message
        self._calls = ServerCalls(
            WireChannel(address, tls),
            self.timeout,
            self.retries,
            self.rows_per_message,
            self.bytes_per_message,
        )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """Ends the connection; later calls raise ValueError."""
        self._calls.channel.close()

    def score(
        self,
        customers,
        queries,
        candidates,
        *,
        model: str | ServedModel = "psa_net",
        timeout: float | None = None,
    ) -> Scores:
        """How well each candidate goes with its query, for its customer.

        Calls `serving_default`.

        Args:
            customers: Ids; None for models that know no customers (geco).
            queries: Images.
            candidates: Images.
        """
        return self._ask(
            reading.read_scores,
            model,
            "",
            timeout,
            customers=_ids("customers", customers),
            queries=asking.make_images("queries", queries),
            candidates=asking.make_images("candidates", candidates),
        )

    def score_items(
        self, customers, item_ids, *, model="stynet", timeout=None
    ) -> Scores:
        """How much each customer likes an item by itself.

        Calls `serving_default`.

        Args:
            customers: Ids.
            item_ids: Ids of the catalogue.
        """
        return self._ask(
            reading.read_scores,
            model,
            "",
            timeout,
            customers=_ids("customers", customers),
            item_ids=_ids("item_ids", item_ids),
        )

    def complete(
        self, customers, queries, group, k=10, *, model="psa_net", timeout=None
    ) -> list[Ranking]:
        """The items of a group that go best with each query.

        Calls `complete`.

        Args:
            customers: Ids; None for models that know none (geco, medal).
            queries: Images.
            group: The group, such as "bottom", or one a row; None for models
                that have but one (geco).
            k: How many items; fewer come back where the group has fewer.
        """
        return self._ask(
            reading.read_rankings,
            model,
            "complete",
            timeout,
            customers=_ids("customers", customers),
            queries=asking.make_images("queries", queries),
            group=_ids("group", group),
            k=asking.make_counts("k", k),
        )

    def recommend(
        self, customers, k=10, *, model="stynet", timeout=None
    ) -> list[Ranking]:
        """The items that each customer likes best.

        Calls `recommend`.

        Args:
            customers: Ids.
            k: How many items.
        """
        return self._ask(
            reading.read_rankings,
            model,
            "recommend",
            timeout,
            customers=_ids("customers", customers),
            k=asking.make_counts("k", k),
        )

    def design(
        self, customers, queries, *, model="designer", timeout=None
    ) -> list[Design]:
        """A new garment for each customer that goes with the query.

        Calls `design`.

        Args:
            customers: Ids.
            queries: Images.
        """
        return self._ask(
            reading.read_designs,
            model,
            "design",
            timeout,
            customers=_ids("customers", customers),
            queries=asking.make_images("queries", queries),
        )

    def manipulate(
        self, queries, *, remove="", add="", k=10, model="adde", timeout=None
    ) -> list[Ranking]:
        """The items most like each query with some attributes changed.

        Calls `manipulate`.

        Args:
            queries: Images.
            remove: What to take away, `attribute=value`; "" for nothing.
            add: What to put in, likewise.
            k: How many items.
        """
        return self._ask(
            reading.read_rankings,
            model,
            "manipulate",
            timeout,
            queries=asking.make_images("queries", queries),
            remove=_ids("remove", remove),
            add=_ids("add", add),
            k=asking.make_counts("k", k),
        )

    def similar(
        self, queries, attribute, k=10, *, model="adde", timeout=None
    ) -> list[Ranking]:
        """The items most like each query in one attribute.

        Calls `similar`.

        Args:
            queries: Images.
            attribute: The attribute, or one a row.
            k: How many items.
        """
        return self._ask(
            reading.read_rankings,
            model,
            "similar",
            timeout,
            queries=asking.make_images("queries", queries),
            attribute=_ids("attribute", attribute),
            k=asking.make_counts("k", k),
        )

    def predict(
        self,
        model: str,
        inputs: dict,
        *,
        signature: str = "",
        version: int | None = None,
        label: str | None = None,
        outputs=(),
        timeout: float | None = None,
    ) -> Prediction:
        """Calls any signature of any SavedModel, in one message.

        Args:
            model: Its name.
            inputs: Dict from name to array, or to what makes one: Python's
                numbers become float32 and int32, arrays keep their type.
            signature: Name of the signature; "" for `serving_default`.
            version: Version of the model; None for the newest.
            label: Label of a version instead.
            outputs: Names of the outputs wanted; none for all.
        """
        chosen = ServedModel(model, version, label)
        request = wire.PredictRequest(
            model_spec=chosen.spec(signature), output_filter=outputs
        )
        for name, values in inputs.items():
            try:
                fill_tensor(request.inputs[name], as_array(values))
            except ValueError as error:
                raise ValueError(f"`inputs[{name!r}]`: {error}.") from error
        response = self._calls.predict(request, timeout)
        return Prediction(
            {
                name: reading.read_tensor(response, name)
                for name in response.outputs
            },
            response.model_spec.version.value,
            response.model_spec.signature_name,
        )

    def status(
        self, model: str, *, version: int | None = None, timeout=None
    ) -> list[VersionStatus]:
        """Where a model's versions stand, highest first.

        Calls `GetModelStatus`. A version that is listed need not answer: look
        at its state.

        Args:
            model: Its name.
            version: Only this version.
        """
        return self._calls.statuses(ServedModel(model, version).spec(), timeout)

    def metadata(
        self, model: str | ServedModel, *, timeout=None
    ) -> dict[str, Signature]:
        """What each signature of a model takes and gives, by its name.

        Calls `GetModelMetadata`.
        """
        return self._calls.signatures(_served(model).spec(), timeout)

    def wait_until_ready(
        self,
        model: str,
        timeout: float = 60.0,
        *,
        version: int | None = None,
    ):
        """Returns once a model answers, however long its server is to start.

        Args:
            model: Its name.
            timeout: Seconds to wait.
            version: Wait for this version.

        Raises:
            DeadlineExceeded: If it is not ready by then; the message says
                what was the matter last.
        """
        self._calls.wait_until_available(
            ServedModel(model, version).spec(), timeout
        )

    def _ask(self, read, model, signature, timeout, **columns):
        """Asks by the arguments that are given, and reads the answer."""
        given = {
            n: column for n, column in columns.items() if column is not None
        }
        parts = self._calls.ask(_served(model).spec(signature), given, timeout)
        return read(parts, "customers" in given)


def _ids(name, values):
    return None if values is None else asking.make_ids(name, values)


def _served(model):
    return model if isinstance(model, ServedModel) else ServedModel(model)
