import threading
import time

import grpc
import numpy as np
import pytest
import tensorflow as tf

from tests.serving.fake_server import FakeServer, Refusal
from tfcompat.data.errors import InputError
from tfcompat.serving import Client
from tfcompat.serving.answers import Design, Ranking
from tfcompat.serving.client_errors import (
    AccessDenied,
    BadRequest,
    ClientError,
    DeadlineExceeded,
    ModelNotFound,
    ServerBusy,
    ServerFailed,
    ServerUnavailable,
)
from tfcompat.serving.retries import Retries
from tfcompat.serving.served_model import ServedModel

INVALID = grpc.StatusCode.INVALID_ARGUMENT


def column(*values):
    return np.array(values, dtype=object)


def scores(signature, inputs):
    """Each query's length; c1 is known."""
    return {
        "score": np.array([len(query) for query in inputs["query"]], "f4"),
        "known_customer": inputs["customer_id"] == b"c1",
    }


def rankings(signature, inputs):
    """Each row's query, then padding."""
    item_ids = [[query, b"second", b""] for query in inputs["query"]]
    return {
        "item_id": np.array(item_ids, dtype=object).reshape(-1, 3),
        "score": np.array([[0.5, 0.25, -np.inf]] * len(item_ids), "f4"),
    }


@pytest.fixture
def server():
    with FakeServer() as server:
        yield server


@pytest.fixture
def client(server):
    with Client(server.address) as client:
        yield client


def inputs_of(request):
    return {
        name: tf.make_ndarray(tensor).tolist()
        for name, tensor in request.inputs.items()
    }


class TestScore:
    def test_one_row(self, server, client):
        server.predict = scores
        answer = client.score("c1", b"photo", b"other")
        assert answer.scores.tolist() == [5.0]
        assert answer.scores.dtype == np.float32
        assert answer.known_customers == [True]
        [request] = server.requests
        assert request.model_spec.name == "psa_net"
        assert request.model_spec.signature_name == ""
        assert not request.model_spec.HasField("version")
        assert inputs_of(request) == {
            "customer_id": [b"c1"],
            "query": [b"photo"],
            "candidate": [b"other"],
        }

    def test_one_value_stands_for_all_rows(self, server, client):
        server.predict = scores
        answer = client.score(["c1", "ä"], b"q", [b"x", b"y"])
        assert answer.known_customers == [True, False]
        assert inputs_of(server.requests[0]) == {
            "customer_id": [b"c1", "ä".encode()],
            "query": [b"q", b"q"],
            "candidate": [b"x", b"y"],
        }

    def test_paths_are_read_as_they_are(self, server, client, tmp_path):
        path = tmp_path / "photo.jpg"
        path.write_bytes(b"\xff\xd8 pixels \0\0")
        server.predict = scores
        client.score("c1", path, [str(path), b"x"])
        inputs = inputs_of(server.requests[0])
        assert inputs["query"] == [b"\xff\xd8 pixels \0\0"] * 2
        assert inputs["candidate"] == [b"\xff\xd8 pixels \0\0", b"x"]

    def test_models_without_customers(self, server, client):
        server.predict = lambda signature, inputs: {
            "score": np.ones(len(inputs["query"]), "f4")
        }
        answer = client.score(None, b"q", b"c", model="geco")
        assert answer.known_customers is None
        assert set(server.requests[0].inputs) == {"query", "candidate"}
        assert server.requests[0].model_spec.name == "geco"

    def test_no_rows_need_no_server(self, server, client):
        answer = client.score([], [], [])
        assert answer.scores.shape == (0,)
        assert answer.known_customers == []
        assert client.recommend([]) == []
        assert client.design([], []) == []
        assert server.requests == []

    def test_score_items(self, server, client):
        server.predict = lambda signature, inputs: {
            "score": np.array([0.25, -1], "f4"),
            "known_customer": np.array([True, True]),
        }
        answer = client.score_items("c1", ["a", "b"])
        assert answer.scores.tolist() == [0.25, -1]
        assert server.requests[0].model_spec.name == "stynet"
        assert inputs_of(server.requests[0]) == {
            "customer_id": [b"c1", b"c1"],
            "item_id": [b"a", b"b"],
        }

    def test_a_version_or_a_label_can_be_asked(self, server, client):
        server.predict = scores
        for model in (
            ServedModel("m", version=0),
            ServedModel("m", label="canary"),
        ):
            client.score("c1", b"q", b"c", model=model)
        first, second = (request.model_spec for request in server.requests)
        assert first.HasField("version") and first.version.value == 0
        assert second.version_label == "canary"
        with pytest.raises(ValueError, match="not both"):
            ServedModel("m", 1, "canary")


class TestRankings:
    def test_padding_is_taken_off(self, server, client):
        server.predict = rankings
        answers = client.complete("c1", [b"one", b"two"], "bottom", k=3)
        assert answers == [
            Ranking(["one", "second"], [0.5, 0.25]),
            Ranking(["two", "second"], [0.5, 0.25]),
        ]
        [request] = server.requests
        assert request.model_spec.signature_name == "complete"
        assert inputs_of(request) == {
            "customer_id": [b"c1", b"c1"],
            "query": [b"one", b"two"],
            "group": [b"bottom", b"bottom"],
            "k": [3, 3],
        }
        assert request.inputs["k"].dtype == tf.int32

    def test_an_item_of_infinitely_low_score_stays(self, server, client):
        server.predict = lambda signature, inputs: {
            "item_id": column(b"a", b"b").reshape(1, 2),
            "score": np.array([[1, -np.inf]], "f4"),
        }
        [answer] = client.complete("c", b"q", "bottom")
        assert answer == Ranking(["a", "b"], [1.0, -np.inf])

    def test_k_may_differ_by_row(self, server, client):
        server.predict = rankings
        client.complete("c", [b"x", b"y"], ["top", "bottom"], k=[1, 7])
        assert inputs_of(server.requests[0])["k"] == [1, 7]
        assert inputs_of(server.requests[0])["group"] == [b"top", b"bottom"]

    def test_recommend(self, server, client):
        server.predict = lambda signature, inputs: {
            "item_id": column(b"a", b"").reshape(2, 1),
            "score": np.zeros([2, 1], "f4"),
            "known_customer": np.array([True, False]),
        }
        answers = client.recommend(["c1", "c2"], 1)
        assert answers == [Ranking(["a"], [0.0], True), Ranking([], [], False)]
        assert server.requests[0].model_spec.signature_name == "recommend"
        assert set(server.requests[0].inputs) == {"customer_id", "k"}

    def test_geco_gives_a_template_and_takes_no_group(self, server, client):
        server.predict = lambda signature, inputs: {
            **rankings(signature, inputs),
            "template": column(b"\x89PNG \0"),
        }
        [answer] = client.complete(None, b"q", None, model="geco")
        assert answer.template == b"\x89PNG \0"
        assert answer.known_customer is None
        assert set(server.requests[0].inputs) == {"query", "k"}


class TestLaterModels:
    """Their models are not written yet: DESIGN.md's names, a fake servable."""

    def test_design(self, server, client):
        server.predict = lambda signature, inputs: {
            **rankings(signature, inputs),
            "image": column(b"png"),
            "known_customer": np.array([False]),
        }
        [answer] = client.design("c1", b"photo", k=2)
        assert answer == Design(b"png", ["photo", "second"], [0.5, 0.25], False)
        [request] = server.requests
        assert request.model_spec.name == "designer"
        assert request.model_spec.signature_name == "design"
        assert set(request.inputs) == {"customer_id", "query", "k"}

    def test_manipulate(self, server, client):
        server.predict = rankings
        [answer] = client.manipulate(b"q", remove="colour=red", k=2)
        assert answer == Ranking(["q", "second"], [0.5, 0.25])
        [request] = server.requests
        assert request.model_spec.name == "adde"
        assert request.model_spec.signature_name == "manipulate"
        assert inputs_of(request) == {
            "query": [b"q"],
            "remove": [b"colour=red"],
            "add": [b""],
            "k": [2],
        }

    def test_similar(self, server, client):
        server.predict = rankings
        client.similar([b"q", b"r"], "colour")
        [request] = server.requests
        assert request.model_spec.signature_name == "similar"
        assert inputs_of(request) == {
            "query": [b"q", b"r"],
            "attribute": [b"colour", b"colour"],
            "k": [10, 10],
        }


class TestChunks:
    def rows_sent(self, server):
        return [
            request.inputs["query"].tensor_shape.dim[0].size
            for request in server.requests
        ]

    def test_rows_are_parted_and_joined_in_order(self, server):
        server.predict = scores
        queries = [b"x" * length for length in range(7)]
        with Client(server.address, rows_per_message=3) as client:
            answer = client.score("c1", queries, b"c")
        assert answer.scores.tolist() == list(range(7))
        assert answer.known_customers == [True] * 7
        assert self.rows_sent(server) == [3, 3, 1]

    def test_bytes_part_them_too_and_a_large_row_goes_alone(self, server):
        server.predict = scores
        # A row is its query and 2 bytes of customer and candidate; at most 10.
        queries = [b"x" * length for length in (3, 3, 20, 8, 1)]
        with Client(server.address, bytes_per_message=10) as client:
            answer = client.score("c", queries, b"c")
        assert answer.scores.tolist() == [3, 3, 20, 8, 1]
        assert self.rows_sent(server) == [2, 1, 1, 1]

    def test_rows_times_k_stays_within_what_models_answer(self, server, client):
        server.predict = rankings
        client.complete("c", [b"q"] * 9, "bottom", k=50_000)  # 200,000 / k.
        assert self.rows_sent(server) == [4, 4, 1]
        server.requests.clear()
        client.complete("c", [b"q"] * 2, "bottom", k=[300_000, 1])
        assert self.rows_sent(server) == [1, 1]

    def test_rows_may_be_ragged_between_messages(self, server):
        def predict(signature, inputs):
            width = len(inputs["query"][0])
            ids = [[b"%d" % place for place in range(width)]]
            return {
                "item_id": np.array(ids, dtype=object),
                "score": np.zeros([1, width], "f4"),
            }

        server.predict = predict
        with Client(server.address, rows_per_message=1) as client:
            answers = client.complete("c", [b"a", b"bbb"], "bottom")
        assert [answer.item_ids for answer in answers] == [
            ["0"],
            ["0", "1", "2"],
        ]

    def test_rows_in_messages_are_the_callers(self, server):
        def predict(signature, inputs):
            for row, query in enumerate(inputs["query"]):
                if query == b"bad":
                    raise Refusal(
                        INVALID, f"row {row}: no image of the item row 1"
                    )
            return scores(signature, inputs)

        server.predict = predict
        queries = [b"good"] * 5 + [b"bad"]
        with Client(server.address, rows_per_message=4) as client:
            with pytest.raises(BadRequest) as error:
                client.score("c", queries, b"c")
        # The second message's row 1 is the caller's 4 + 1; ids stay.
        assert error.value.message == "row 5: no image of the item row 1"
        assert error.value.row == 5

    def test_answers_of_over_4_megabytes_arrive(self, server, client):
        server.predict = lambda signature, inputs: {
            "y": np.zeros(1_100_000, "f4")
        }
        assert client.predict("m", {"x": 1}).outputs["y"].nbytes == 4_400_000


class TestPredict:
    def test_any_signature(self, server, client):
        server.predict = lambda signature, inputs: {
            "y": inputs["x"] * 2,
            "name": column(b"\xff"),
        }
        answer = client.predict(
            "half_plus_two",
            {"x": [[1.5]], "ids": ["a"]},
            signature="twice",
            version=3,
            outputs=["y"],
        )
        assert answer.outputs["y"].tolist() == [[3.0]]
        assert answer.outputs["name"].tolist() == [b"\xff"]
        assert answer.version == 7
        assert answer.signature == "twice"
        [request] = server.requests
        assert request.model_spec.version.value == 3
        assert list(request.output_filter) == ["y"]
        assert request.inputs["x"].dtype == tf.float32

    def test_an_input_that_is_no_tensor_is_named(self, client):
        with pytest.raises(ValueError, match=r"`inputs\['x'\]`.*rectangular"):
            client.predict("m", {"x": [[1], [2, 3]]})

    def test_metadata(self, server, client):
        signature = server.signatures.signature_def["serving_default"]
        x = signature.inputs["x"]
        x.dtype = 7
        x.tensor_shape.dim.add(size=-1)
        signature.inputs["k"].dtype = 3
        signature.inputs["k"].tensor_shape.unknown_rank = True
        signature.outputs["y"].dtype = 1
        found = client.metadata("m")["serving_default"]
        assert found.inputs["x"].dtype == "string"
        assert found.inputs["x"].shape == (-1,)
        assert found.inputs["k"].shape is None
        assert found.outputs["y"].shape == ()


class TestArguments:
    @pytest.mark.parametrize(
        "arguments, words",
        [
            ((["a", "b"], [b"q"], b"c"), "`queries` has 1 rows.*`customers`"),
            ((5, b"q", b"c"), "`customers` is 5"),
            ((["a", None], b"q", b"c"), "`customers` row 1 is None"),
            (("a", None, b"c"), "`queries` is None"),
            (("a", [1.5], b"c"), "`queries` row 0 is 1.5"),
        ],
    )
    def test_wrong_ones_are_named(self, server, client, arguments, words):
        with pytest.raises(ValueError, match=words):
            client.score(*arguments)
        assert server.requests == []

    @pytest.mark.parametrize("k", [0, -1, 2**31, 1.0, True, [3, 0], None])
    def test_k_is_a_positive_number(self, client, k):
        with pytest.raises(ValueError, match="`k`"):
            client.complete(["c", "d"], b"q", "bottom", k=k)

    def test_a_missing_file_is_named_with_its_row(self, client, tmp_path):
        path = tmp_path / "missing.jpg"
        with pytest.raises(InputError, match="`queries` row 1: .*missing.jpg"):
            client.score("c", [b"q", path], b"c")

    @pytest.mark.parametrize(
        "address", ["", "localhost", "http://localhost:8501", "unix:", "a b:1"]
    )
    def test_address_must_have_a_port(self, address):
        with pytest.raises(ValueError, match="`address`"):
            Client(address)

    def test_numbers_must_be_positive(self):
        for name in ("timeout", "rows_per_message", "bytes_per_message"):
            with pytest.raises(ValueError, match=f"`{name}`.*got 0"):
                Client(**{name: 0})

    def test_a_closed_client_says_so(self, server):
        with Client(server.address) as client:
            pass
        with pytest.raises(ValueError, match="closed"):
            client.recommend("c")


class TestErrors:
    @pytest.mark.parametrize(
        "code, kind",
        [
            ("INVALID_ARGUMENT", BadRequest),
            ("FAILED_PRECONDITION", BadRequest),
            ("NOT_FOUND", ModelNotFound),
            ("RESOURCE_EXHAUSTED", ServerBusy),
            ("DEADLINE_EXCEEDED", DeadlineExceeded),
            ("PERMISSION_DENIED", AccessDenied),
            ("UNIMPLEMENTED", ServerFailed),
            ("INTERNAL", ServerFailed),
        ],
    )
    def test_each_code_has_a_kind(self, server, client, code, kind):
        def predict(signature, inputs):
            raise Refusal(grpc.StatusCode[code], "what the server says")

        server.predict = predict
        with pytest.raises(kind) as error:
            client.recommend("c")
        assert isinstance(error.value, ClientError)
        assert error.value.code is grpc.StatusCode[code]
        assert str(error.value) == f"what the server says ({code})"
        assert error.value.message == "what the server says"
        assert len(server.requests) == 1

    @pytest.mark.parametrize(
        "message",
        [
            "row 3: k is [1]\nor so",
            "assertion failed: [row 3: k is [1] or so]\n\t [[{{node A}}]]",
            "row 3: k is [1] or so\n\t [[{{function_node f}}{{node A}}]]",
        ],
    )
    def test_notes_on_the_graph_are_left_out(self, message):
        error = BadRequest(INVALID, message)
        assert error.message == message
        assert error.reason == "row 3: k is [1] or so"
        assert error.row == 3

    @pytest.mark.parametrize(
        "message, row, moved",
        [
            ("row 0: bad", 0, "row 4: bad"),
            ("Row 12 of the batch: bad", 12, "Row 16 of the batch: bad"),
            ("1500 rows are too many", None, "1500 rows are too many"),
            ("arrow 3", None, "arrow 3"),
        ],
    )
    def test_the_row_of_a_message(self, message, row, moved):
        error = BadRequest(INVALID, message)
        assert error.row == row
        assert error.moved(4).message == moved

    @pytest.mark.parametrize(
        "outputs, words",
        [
            ({}, "no `item_id`, only nothing"),
            ({"score": np.zeros([1, 1], "f4")}, "no `item_id`, only score"),
            (
                {
                    "item_id": column(b"a"),
                    "score": np.zeros([1, 1], "f4"),
                },
                r"`item_id` of shape \[1\] for 1 rows",
            ),
            (
                {
                    "item_id": column(b"a", b"b").reshape(2, 1),
                    "score": np.zeros([2, 1], "f4"),
                },
                r"`item_id` of shape \[2, 1\] for 1 rows",
            ),
        ],
    )
    def test_an_answer_of_another_model_is_told(
        self, server, client, outputs, words
    ):
        server.predict = lambda signature, inputs: outputs
        with pytest.raises(ServerFailed, match=words):
            client.recommend("c")


class TestRetries:
    def flaky(self, server, failures):
        left = [failures]

        def predict(signature, inputs):
            if left[0]:
                left[0] -= 1
                raise Refusal(grpc.StatusCode.UNAVAILABLE, "draining")
            return scores(signature, inputs)

        server.predict = predict

    def test_an_unavailable_server_is_asked_again(self, server):
        self.flaky(server, 2)
        slept = []
        retries = Retries(2, sleep=slept.append, jitter=lambda: 1.0)
        with Client(server.address, retries=retries) as client:
            assert client.score("c1", b"q", b"c").scores.tolist() == [1]
        assert len(server.requests) == 3
        assert slept == pytest.approx([0.1, 0.2])

    def test_only_so_often(self, server):
        self.flaky(server, 9)
        with Client(server.address, retries=1) as client:
            with pytest.raises(ServerUnavailable, match="draining"):
                client.score("c1", b"q", b"c")
        assert len(server.requests) == 2

    def test_nobody_there(self, unused_address):
        with Client(unused_address, retries=0) as client:
            with pytest.raises(ServerUnavailable):
                client.recommend("c")

    def test_a_server_that_comes_back_is_found_at_once(self, unused_address):
        # Attempts at 0, 0.1, 0.3 and 0.7 s; left to itself, gRPC would not
        # look for a server again before 0.8 s.
        def sleep(seconds):
            if not servers:
                server = FakeServer(scores, address=unused_address)
                servers.append(server.__enter__())
            time.sleep(seconds)

        servers = []
        retries = Retries(3, sleep=sleep, jitter=lambda: 1.0)
        with Client(unused_address, retries=retries) as client:
            assert client.score("c1", b"q", b"c").scores.tolist() == [1]
        servers[0].__exit__()


@pytest.fixture
def unused_address():
    with FakeServer() as server:
        return server.address


class TestDeadlines:
    def test_every_message_has_one(self, server):
        server.predict = scores
        with Client(server.address, timeout=70) as client:
            client.score("c1", b"q", b"c")
            client.score("c1", b"q", b"c", timeout=30)
        first, second = server.seconds_left
        assert 50 < first < 75
        assert 10 < second < 35

    def test_a_slow_server_is_left(self, server, client):
        done = threading.Event()

        def predict(signature, inputs):
            done.wait(60)
            return scores(signature, inputs)

        server.predict = predict
        with pytest.raises(DeadlineExceeded):
            client.score("c1", b"q", b"c", timeout=0.2)
        done.set()

    def test_all_messages_share_one(self, server):
        def predict(signature, inputs):
            time.sleep(0.15)
            return scores(signature, inputs)

        server.predict = predict
        with Client(server.address, rows_per_message=1) as client:
            with pytest.raises(DeadlineExceeded):
                client.score("c1", [b"q"] * 20, b"c", timeout=0.4)
        assert len(server.requests) <= 3


class TestStatus:
    def test_versions_and_states(self, server, client):
        server.statuses = [(8, "END", "broken"), (7, "AVAILABLE", "")]
        newest, oldest = client.status("m")
        assert (newest.version, newest.state, newest.error) == (
            8,
            "END",
            "broken",
        )
        assert (oldest.version, oldest.state) == (7, "AVAILABLE")

    def test_unknown_model(self, client):
        with pytest.raises(ModelNotFound, match="any versions of model m"):
            client.status("m")

    def test_waits_for_a_server_that_loads(self, server):
        states = iter(["START", "LOADING", "AVAILABLE"])
        server.statuses = []

        def sleep(seconds):
            server.statuses = [(1, next(states), "")]

        with Client(server.address, retries=Retries(sleep=sleep)) as client:
            client.wait_until_ready("m")
        assert server.statuses[0][1] == "AVAILABLE"

    def test_says_what_it_waited_for(self, server, client):
        server.statuses = [(2, "END", "no such file")]
        with pytest.raises(
            DeadlineExceeded,
            match=r"m was not ready after 0.3 s: version 2 is END \(no such",
        ):
            client.wait_until_ready("m", timeout=0.3)

    def test_nobody_there(self, unused_address):
        with Client(unused_address) as client:
            with pytest.raises(DeadlineExceeded, match="UNAVAILABLE"):
                client.wait_until_ready("m", timeout=0.3)


class TestThreads:
    def test_one_client_serves_many(self, server, client):
        server.predict = scores
        answers = {}

        def ask(length):
            queries = [b"x" * length] * 3
            for _ in range(5):
                answers[length] = client.score("c", queries, b"c").scores

        threads = [
            threading.Thread(target=ask, args=(length,)) for length in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for length in range(8):
            assert answers[length].tolist() == [length] * 3
