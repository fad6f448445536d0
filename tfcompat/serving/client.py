"""The client: questions to a server, in Python's own terms.

Imports neither TensorFlow nor its stubs.
"""

from tfcompat.serving.answer_reading import (
    read_designs,
    read_rankings,
    read_scores,
)
from tfcompat.serving.answers import Design, Ranking, Scores
from tfcompat.serving.model_client import ModelClient
from tfcompat.serving.served_model import ServedModel


class Client(ModelClient):
    """Asks a server, ours or TensorFlow Serving, about our models.

    Every question is a batch: a list has a row an entry, and a single value
    stands for all rows (all single values: one row). Images are the bytes of
    a JPEG or PNG file, or its path; ids are text. `k` is a number, or a list
    of one a row. The answer is a list too, of an entry a row; `Scores` holds
    it in arrays.

    Large batches travel in several messages, one after the other; the answer
    is one, in the caller's order, and rows in error messages are the
    caller's. No rows: no message.

    Every question also takes

    - `model`: name of the model, or `ServedModel` for a version or label.
    - `timeout`: seconds that the call may take, instead of the client's.

    and raises

    - ClientError: one of its kinds, with the server's own message.
    - InputError: if an image file cannot be read.
    - ValueError: if an argument cannot be sent, before anything is.

    The arguments of the constructor are those of `ModelClient`, which has
    what can be asked of any SavedModel: `predict`, `status`, `metadata`,
    `wait_until_ready`.

    Where only the client is wanted, `pip install --no-deps .` in the clone and
    `pip install grpcio protobuf numpy` will do, on Python 3.10: 25 MB to fetch
    and 79 MB on disk (grpcio 1.85, protobuf 7.36, numpy 2.2, Linux x86-64),
    where TensorFlow 2.16 alone is 591 MB and 1.7 GB. Protobuf may be any from
    3.20 on.
    """

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
            read_scores,
            model,
            "",
            timeout,
            customers=customers,
            queries=queries,
            candidates=candidates,
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
            read_scores,
            model,
            "",
            timeout,
            customers=customers,
            item_ids=item_ids,
        )

    def complete(
        self, customers, queries, group, k=10, *, model="psa_net", timeout=None
    ) -> list[Ranking]:
        """The items of a group that go best with each query.

        Calls `complete`.

        Args:
            customers: Ids; None for models that know none (geco, medal).
            queries: Images. For models that complete outfits (adde) a row is
                a list of images: the items so far.
            group: The group, such as "bottom", or one a row; None for models
                that have but one (geco).
            k: How many items; fewer come back where the group has fewer.
        """
        return self._ask(
            read_rankings,
            model,
            "complete",
            timeout,
            customers=customers,
            queries=queries,
            group=group,
            k=k,
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
            read_rankings,
            model,
            "recommend",
            timeout,
            customers=customers,
            k=k,
        )

    def design(
        self, customers, queries, k=10, *, model="designer", timeout=None
    ) -> list[Design]:
        """A new garment for each customer that goes with the query.

        With it come the real items that look most like it.

        Calls `design`.

        Args:
            customers: Ids.
            queries: Images.
            k: How many items.
        """
        return self._ask(
            read_designs,
            model,
            "design",
            timeout,
            customers=customers,
            queries=queries,
            k=k,
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
            read_rankings,
            model,
            "manipulate",
            timeout,
            queries=queries,
            remove=remove,
            add=add,
            k=k,
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
            read_rankings,
            model,
            "similar",
            timeout,
            queries=queries,
            attribute=attribute,
            k=k,
        )
