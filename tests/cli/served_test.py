"""From a run folder to answers over the network, as a user goes."""

import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.serving.client import Client
from tfcompat.serving.client_errors import BadRequest
from tfcompat.serving.embedded_server import EmbeddedServer
from tfcompat.training.trained_scorer import TrainedScorer


@pytest.fixture(scope="module")
def server(saved_models):
    with EmbeddedServer(saved_models, port=0, rest_port=0) as server:
        yield server


@pytest.fixture(scope="module")
def address(server):
    return f"127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def client(address):
    with Client(address, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def scorer(runs, wardrobe):
    return TrainedScorer(runs / "psa-net", wardrobe)


@pytest.fixture(scope="module")
def tops(wardrobe):
    return np.flatnonzero(wardrobe.items["group"] == "top")


def _photo(wardrobe, row):
    return wardrobe.image_paths[row].read_bytes()


class TestAnswers:
    def test_complete_is_what_the_run_ranks(
        self, client, scorer, wardrobe, tops
    ):
        for customer, query in ((0, tops[0]), (5, tops[3])):
            [answer] = client.complete(
                wardrobe.customers["customer_id"].iloc[customer],
                _photo(wardrobe, query),
                "bottom",
                k=100,
            )
            rows, scores = scorer.rank(customer, query, "bottom", 100)
            ids = wardrobe.items["item_id"]
            order = {item: i for i, item in enumerate(ids)}
            found = [order[item] for item in answer.item_ids]
            assert sorted(found) == sorted(rows.tolist())
            np.testing.assert_allclose(
                answer.scores, scores, rtol=1e-5, atol=1e-5
            )
            assert answer.known_customer

    def test_a_pair_has_one_score(self, client, wardrobe, tops):
        customer = wardrobe.customers["customer_id"].iloc[1]
        query = _photo(wardrobe, tops[1])
        [answer] = client.complete(customer, query, "bottom", k=3)
        rows = wardrobe.items.set_index("item_id").index.get_indexer(
            answer.item_ids
        )
        candidates = [_photo(wardrobe, row) for row in rows]
        scores = client.score(customer, query, candidates).scores
        np.testing.assert_allclose(scores, answer.scores, atol=1e-4)

    def test_a_stranger_is_answered_as_one(self, client, wardrobe, tops):
        query = _photo(wardrobe, tops[0])
        [answer] = client.complete("nobody", query, "bottom", k=2)
        assert not answer.known_customer
        assert len(answer.item_ids) == 2

    def test_recommend(self, client, wardrobe):
        known = wardrobe.customers["customer_id"].iloc[0]
        mine, strangers = client.recommend([known, "nobody"], k=4)
        assert mine.known_customer and not strangers.known_customer
        assert sorted(mine.scores, reverse=True) == mine.scores
        assert set(mine.item_ids) <= set(wardrobe.items["item_id"])

    def test_query_prints_what_the_client_hears(
        self, address, client, wardrobe, tops, capsys
    ):
        customer = wardrobe.customers["customer_id"].iloc[0]
        path = wardrobe.image_paths[tops[0]]
        [answer] = client.complete(customer, path, "bottom", k=3)
        capsys.readouterr()
        status = tfcompat_main(
            f"query complete --server {address} --customer {customer} "
            f"--query {path} --group bottom --k 3 --json"
        )
        printed = json.loads(capsys.readouterr().out)
        assert status == 0
        assert answer.item_ids[0] in json.dumps(printed)

    def test_the_report_shows_served_answers(
        self, address, runs, wardrobe_folder, tmp_path
    ):
        page = tmp_path / "report.html"
        status = tfcompat_main(
            f"report {runs / 'psa-net'} --data {wardrobe_folder} --out {page} "
            f"--customers 2 --server {address}"
        )
        assert status == 0
        assert page.read_text(encoding="utf-8").count("psa_net, served") == 2


def _bomb(width, height):
    """A PNG of that size, a few kB of file."""

    def chunk(kind, content):
        body = kind + content
        check = struct.pack(">I", zlib.crc32(body))
        return struct.pack(">I", len(content)) + body + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = zlib.compress(bytes((3 * width + 1) * 100), 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", lines)
        + chunk(b"IEND", b"")
    )


@pytest.fixture(scope="module")
def jpeg(tmp_path_factory, wardrobe, tops):
    path = tmp_path_factory.mktemp("jpeg") / "photo.jpg"
    with Image.open(wardrobe.image_paths[tops[0]]) as image:
        image.convert("RGB").resize((301, 207)).save(path, quality=90)
    return path.read_bytes()


class TestBadRequests:
    """Each is refused in words, and the next request is answered."""

    @pytest.fixture(autouse=True)
    def lives(self, client, wardrobe, tops):
        yield
        photo = _photo(wardrobe, tops[0])
        [answer] = client.complete("nobody", photo, "bottom", k=1)
        assert len(answer.item_ids) == 1

    @pytest.mark.parametrize(
        "spoil, words",
        [
            (lambda photo: bytes(range(256)) * 9, "no image"),
            (lambda photo: b"", "empty"),
            (lambda photo: photo[: len(photo) // 2], "truncated|cut|end"),
            (lambda photo: _bomb(10_000, 5_000), "pixels"),
        ],
    )
    def test_a_bad_photo_names_its_row(self, client, jpeg, spoil, words):
        photos = [jpeg, jpeg, spoil(jpeg)]
        with pytest.raises(BadRequest, match=f"(?i)({words})") as error:
            client.complete("nobody", photos, "bottom", k=1)
        assert error.value.row == 2

    @pytest.mark.parametrize(
        "change, words",
        [
            ({"group": ["hat"]}, "row 0.*hat.*bottom.*top"),
            ({"k": np.int32(0)}, "k"),
            ({"k": np.int32(2**31 - 1)}, "200000|200,000"),
            ({"customer_id": ["a", "b"]}, "0th-dimension"),
            ({"query": np.zeros(1, np.float32)}, "string"),
            ({"customer_id": np.zeros([1, 2], "S1")}, "."),
        ],
    )
    def test_a_bad_argument_is_named(self, client, jpeg, change, words):
        inputs = {
            "customer_id": ["nobody"],
            "query": [jpeg],
            "group": ["bottom"],
            "k": np.int32(1),
        }
        with pytest.raises(BadRequest, match=words):
            client.predict(
                "psa_net", {**inputs, **change}, signature="complete"
            )

    def test_too_many_rows_are_refused(self, client, jpeg):
        rows = 100_000
        with pytest.raises(BadRequest, match="1024|1,024"):
            client.predict(
                "psa_net",
                {
                    "customer_id": ["c"] * rows,
                    "query": [b"x"] * rows,
                    "candidate": [b"x"] * rows,
                },
            )

    def test_no_rows_are_no_error(self, client):
        nothing = np.zeros([0], "S1")
        answer = client.predict(
            "psa_net",
            {"customer_id": nothing, "query": nothing, "candidate": nothing},
        )
        assert answer.outputs["score"].shape == (0,)

    def test_unknown_items_are_named(self, client):
        with pytest.raises(BadRequest, match="row 1.*no-such-item"):
            client.score_items("nobody", ["top-0001", "no-such-item"])
