"""The client against the embedded server: both ends are ours."""

import http.client
import json

import numpy as np
import pytest
import tensorflow as tf

from tests.serving.saved_models import (
    publish,
    write_affine,
    write_broken,
    write_text,
)
from tfcompat.serving import Client
from tfcompat.serving.answers import Ranking
from tfcompat.serving.client_errors import (
    BadRequest,
    DeadlineExceeded,
    ModelNotFound,
)
from tfcompat.serving.embedded_server import EmbeddedServer
from tfcompat.serving.served_model import ServedModel


def write_shop(folder):
    """psa_net's signatures: the score is how long the texts are together;
    `complete` finds items a to e, of which a row gets k.
    """

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.string, name)
            for name in ("customer_id", "query", "candidate")
        ]
    )
    def score(customer_id, query, candidate):
        lengths = tf.strings.length(query) + tf.strings.length(candidate)
        return {
            "score": tf.cast(lengths, tf.float32),
            "known_customer": customer_id == "c1",
        }

    @tf.function(
        input_signature=[
            *(
                tf.TensorSpec([None], tf.string, name)
                for name in ("customer_id", "query", "group")
            ),
            tf.TensorSpec(None, tf.int32, "k"),
        ]
    )
    def complete(customer_id, query, group, k):
        rows = tf.shape(query)[0]
        bad = tf.where(group == "hat")[:, 0]
        message = tf.strings.join(
            ["row ", tf.strings.as_string(tf.reduce_min(bad)), ": no hats"]
        )
        check = tf.raw_ops.Assert(condition=tf.size(bad) == 0, data=[message])
        with tf.control_dependencies([check]):
            k = tf.broadcast_to(k, [rows])
        width = tf.minimum(tf.reduce_max(k), 5)
        places = tf.range(width)[None]
        item_id = tf.gather(tf.constant(["a", "b", "c", "d", "ä"]), places)
        asked = places < k[:, None]
        return {
            "item_id": tf.where(asked, item_id, ""),
            "score": tf.where(asked, -tf.cast(places, tf.float32), -np.inf),
            "known_customer": customer_id == "c1",
        }

    tf.saved_model.save(
        tf.Module(),
        str(folder),
        signatures={"serving_default": score, "complete": complete},
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    publish(root / "psa_net", 1, write_shop)
    publish(root / "affine", 1, write_affine, offset=1.0)
    publish(root / "affine", 2, write_affine, offset=2.0)
    publish(root / "text", 1, write_text)
    publish(root / "broken", 1, write_broken)
    return root


@pytest.fixture(scope="module")
def server(root):
    with EmbeddedServer(
        root, port=0, rest_port=0, load_retries=0, poll_seconds=0.05
    ) as server:
        yield server


@pytest.fixture
def client(server):
    with Client(f"127.0.0.1:{server.port}", rows_per_message=2) as client:
        yield client


class TestQuestions:
    def test_score(self, client):
        answer = client.score(["c1", "c2", "c1"], [b"q", b"qq", b""], b"ccc")
        assert answer.scores.tolist() == [4, 5, 3]
        assert answer.known_customers == [True, False, True]

    def test_complete(self, client):
        answers = client.complete("c1", [b"q"] * 3, "bottom", k=[1, 9, 2])
        assert answers == [
            Ranking(["a"], [0.0], True),
            Ranking(["a", "b", "c", "d", "ä"], [0.0, -1, -2, -3, -4], True),
            Ranking(["a", "b"], [0.0, -1.0], True),
        ]

    def test_a_bad_row_is_the_callers(self, client):
        groups = ["top", "top", "top", "hat"]
        with pytest.raises(BadRequest, match="row 3: no hats") as error:
            client.complete("c1", b"q", groups)
        assert error.value.row == 3

    def test_any_model(self, client):
        answer = client.predict("text", {"text": ["top", "ä"]})
        assert answer.outputs["upper"].tolist() == [b"TOP", "ä".encode()]
        assert answer.outputs["index"].tolist() == [0, -1]
        assert answer.outputs["index"].dtype == np.int64
        assert (answer.version, answer.signature) == (1, "serving_default")

    def test_newest_and_older_version(self, client, root):
        answer = client.predict("affine", {"x": [0.0]})
        assert (answer.outputs["y"].tolist(), answer.version) == ([2.0], 2)
        publish(root / "affine", 3, write_affine, offset=3.0)
        client.wait_until_ready("affine", version=3)
        answer = client.predict("affine", {"x": [0.0]})
        assert (answer.outputs["y"].tolist(), answer.version) == ([3.0], 3)

    def test_a_type_is_never_cast(self, client):
        with pytest.raises(BadRequest, match="to be float but double"):
            client.predict("affine", {"x": np.zeros(1)})


class TestModels:
    def test_metadata(self, client):
        complete = client.metadata("psa_net")["complete"]
        assert complete.inputs["query"].dtype == "string"
        assert complete.inputs["query"].shape == (-1,)
        assert complete.inputs["k"].shape is None
        assert set(complete.outputs) == {"item_id", "score", "known_customer"}

    def test_unknown_ones(self, client):
        for ask in (
            lambda: client.predict("nobody", {"x": 1}),
            lambda: client.score("c", b"q", b"c", model=ServedModel("text", 9)),
            lambda: client.metadata("nobody"),
            lambda: client.status("nobody"),
        ):
            with pytest.raises(ModelNotFound):
                ask()

    def test_unknown_signature(self, client):
        with pytest.raises(BadRequest, match='"recommend" not found'):
            client.recommend("c1", model="psa_net")

    def test_a_broken_one_says_why(self, client):
        [version] = client.status("broken")
        assert version.state == "END" and version.error
        with pytest.raises(DeadlineExceeded, match="version 1 is END"):
            client.wait_until_ready("broken", timeout=0.5)


class TestRest:
    def test_the_same_answer(self, server, client):
        connection = http.client.HTTPConnection("127.0.0.1", server.rest_port)
        rows = [
            {"customer_id": "c1", "query": {"b64": "cQ=="}, "candidate": "xy"},
            {"customer_id": "c2", "query": {"b64": "/w=="}, "candidate": ""},
        ]
        connection.request(
            "POST",
            "/v1/models/psa_net:predict",
            json.dumps({"instances": rows}),
        )
        predictions = json.loads(connection.getresponse().read())["predictions"]
        connection.close()
        answer = client.score(["c1", "c2"], [b"q", b"\xff"], [b"xy", b""])
        assert [row["score"] for row in predictions] == answer.scores.tolist()
        assert [row["known_customer"] for row in predictions] == (
            answer.known_customers
        )
