"""Client and command against the signatures of models still to come."""

import json

import pytest

from tests.command import tfcompat_main
from tests.serving.planned_models import (
    PNG,
    write_adde,
    write_designer,
    write_geco,
)
from tests.serving.saved_models import publish
from tfcompat.serving import Client
from tfcompat.serving.answers import Design, Ranking
from tfcompat.serving.embedded_server import EmbeddedServer


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    publish(root / "designer", 1, write_designer)
    publish(root / "geco", 1, write_geco)
    publish(root / "adde", 1, write_adde)
    with EmbeddedServer(root, port=0, rest_port=None) as server:
        yield f"127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def client(address):
    with Client(address) as client:
        yield client


class TestClient:
    def test_design(self, client):
        assert client.design(["c1", "c2"], b"q", k=[1, 2]) == [
            Design(PNG + b"c1", ["q0"], [0.0], True),
            Design(PNG + b"c2", ["q0", "q1"], [0.0, -1.0], False),
        ]

    def test_score_without_customers(self, client):
        answer = client.score(None, [b"abc", b"a"], b"xy", model="geco")
        assert answer.scores.tolist() == [1, -1]
        assert answer.known_customers is None

    def test_complete_without_customer_and_group(self, client):
        assert client.complete(
            None, [b"a", b"b"], None, [1, 2], model="geco"
        ) == [
            Ranking(["a0"], [0.0], None, PNG + b"a"),
            Ranking(["b0", "b1"], [0.0, -1.0], None, PNG + b"b"),
        ]

    def test_manipulate(self, client):
        answers = client.manipulate(
            [b"q", b"r"], remove=["colour=red", ""], add="fit=slim", k=1
        )
        assert [answer.item_ids for answer in answers] == [
            ["q-colour=red+fit=slim0"],
            ["r-+fit=slim0"],
        ]

    def test_similar(self, client):
        [answer] = client.similar(b"q", "colour", k=2)
        assert answer == Ranking(["q:colour0", "q:colour1"], [0.0, -1.0])

    def test_complete_an_outfit(self, client, tmp_path):
        path = tmp_path / "shoes.jpg"
        path.write_bytes(b"shoes")
        outfits = [[b"top", path], [b"hat"]]
        answers = client.complete(None, outfits, "bottom", 1, model="adde")
        # Filled up to eight, so that requests can be merged.
        assert [answer.item_ids for answer in answers] == [
            ["top|shoes|||||||bottom0"],
            ["hat||||||||bottom0"],
        ]

    def test_a_large_outfit_and_single_images_beside_it(self, client):
        outfits = [[b"x"] * 9, b"y"]
        big, one = client.complete(None, outfits, "hat", 1, model="adde")
        assert big.item_ids == ["x|" * 9 + "hat0"]
        assert one.item_ids == ["y" + "|" * 9 + "hat0"]

    def test_an_empty_outfit_is_refused(self, client):
        with pytest.raises(ValueError, match="row 1 .* at least one image"):
            client.complete(None, [[b"x"], []], "hat", model="adde")


class TestQuery:
    @pytest.fixture
    def ask(self, address, tmp_path, capsys):
        """Asks by the command; the ids of each answer."""
        photos = [tmp_path / name for name in ("a", "b")]
        for photo in photos:
            photo.write_bytes(photo.name.encode())

        def run(question, words):
            line = words.format(*photos, save=tmp_path / "saved.png")
            status = tfcompat_main(
                f"query {question} --server {address} --json {line}"
            )
            assert status == 0
            answers = json.loads(capsys.readouterr().out)["answers"]
            return [[i["item_id"] for i in one["items"]] for one in answers]

        return run

    @pytest.mark.parametrize(
        "question, words, ids",
        [
            (
                "manipulate",
                "--query {0} --remove c=red --add c=blue --k 1",
                [["a-c=red+c=blue0"]],
            ),
            ("similar", "--query {0} {1} --attribute c --k 1",
             [["a:c0"], ["b:c0"]]),
            ("complete", "--model geco --query {0} --k 2", [["a0", "a1"]]),
            (
                "complete",
                "--model adde --outfit {0} {1} --group hat --k 1",
                [["a|b|||||||hat0"]],
            ),
        ],
    )  # fmt: skip
    def test_finds_items(self, ask, question, words, ids):
        assert ask(question, words) == ids

    def test_saves_the_design(self, ask, tmp_path):
        words = "--customer c1 --query {0} --k 2 --save {save}"
        assert ask("design", words) == [["a0", "a1"]]
        assert (tmp_path / "saved.png").read_bytes() == PNG + b"c1"
