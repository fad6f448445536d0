import io
import json
import subprocess
import sys

import grpc
import numpy as np
import pytest
from PIL import Image

from tests.serving.certificates import Authority
from tests.serving.fake_server import FakeServer, Refusal
from tfcompat.cli import main as cli

ITEMS = """item_id,image,group,category
t1,t1.png,top,shirt
b1,b1.png,bottom,skirt
b2,b2.png,bottom,jeans
"""


def png(colour):
    content = io.BytesIO()
    Image.new("RGB", (9, 7), colour).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "wardrobe"
    folder.mkdir()
    (folder / "items.csv").write_text(ITEMS)
    for name, colour in (("t1", "red"), ("b1", "green"), ("b2", "blue")):
        (folder / f"{name}.png").write_bytes(png(colour))
    return folder


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(png("yellow"))
    return path


@pytest.fixture
def server():
    with FakeServer() as server:
        yield server


@pytest.fixture
def query(server, monkeypatch):
    """Runs `tfcompat query` with these words; returns its exit status."""
    monkeypatch.setattr(cli, "_COMMANDS", ("query",))

    def run(question, *words, address=server.address):
        try:
            return cli.main(
                ["query", question, "--server", address, *map(str, words)]
            )
        except SystemExit as exit_:  # How argparse ends on wrong usage.
            return exit_.code

    return run


def found(*rows, **more):
    """A function that answers with these ids a row, less customers' `known`."""
    width = max(map(len, rows))
    ids = [[*row, *[""] * (width - len(row))] for row in rows]
    ids = [[text.encode() for text in row] for row in ids]

    def predict(signature, inputs):
        return {
            "item_id": np.array(ids, dtype=object),
            "score": np.array(
                [[1 / (1 + place) for place in range(width)]] * len(rows), "f4"
            ),
            **more,
        }

    return predict


class TestComplete:
    def test_prints_ids_and_scores(self, query, server, photo, capsys):
        server.predict = found(["b2", "b11"], known_customer=np.array([False]))
        assert query(
            "complete",
            *("--customer", "c1", "--query", photo),
            *("--group", "bottom", "--k", 2),
        ) == 0  # fmt: skip
        assert capsys.readouterr().out == (
            f"{photo}, customer c1 (unknown to the model)\n"
            "   1  b2   1.0000\n"
            "   2  b11  0.5000\n"
        )
        [request] = server.requests
        assert request.model_spec.name == "psa_net"
        assert request.model_spec.signature_name == "complete"
        assert request.inputs["query"].string_val[0] == photo.read_bytes()
        assert request.inputs["group"].string_val[0] == b"bottom"
        assert request.inputs["k"].tensor_content == b"\2\0\0\0"

    def test_json(self, query, server, photo, folder, capsys):
        server.predict = found(
            ["b1"], [], known_customer=np.array([True, True])
        )
        words = "--customer c1 --group bottom --json --model m --data".split()
        assert query("complete", "--query", photo, "t1", *words, folder) == 0
        assert json.loads(capsys.readouterr().out) == {
            "question": "complete",
            "model": "m",
            "answers": [
                {
                    "customer": "c1",
                    "known_customer": True,
                    "query": str(photo),
                    "items": [{"item_id": "b1", "score": 1.0}],
                },
                {
                    "customer": "c1",
                    "known_customer": True,
                    "query": "t1",
                    "items": [],
                },
            ],
        }

    def test_an_item_of_the_wardrobe_is_its_picture(
        self, query, server, folder
    ):
        server.predict = found(["b1"])
        assert query("complete", "--query", "t1", "--data", folder) == 0
        [request] = server.requests
        sent = request.inputs["query"].string_val[0]
        assert sent == (folder / "t1.png").read_bytes()
        assert set(request.inputs) == {"query", "k"}

    def test_nothing_found_is_said(self, query, server, photo, capsys):
        server.predict = found([])
        assert query("complete", "--query", photo) == 0
        assert "nothing found" in capsys.readouterr().out

    def test_save_writes_the_template(self, query, server, photo, tmp_path):
        template = np.array([b"\x89PNG template\0"], object)
        server.predict = found(["b1"], template=template)
        path = tmp_path / "new" / "template.png"
        words = ("--query", photo, "--model", "geco", "--save", path)
        assert query("complete", *words) == 0
        assert path.read_bytes() == b"\x89PNG template\0"

    def test_save_without_a_template_is_refused(
        self, query, server, photo, tmp_path, capsys
    ):
        server.predict = found(["b1"])
        path = tmp_path / "template.png"
        assert query("complete", "--query", photo, "--save", path) == 2
        assert "--save: this model" in capsys.readouterr().err
        assert not path.exists()


class TestOtherQuestions:
    def test_score_groups_the_candidates_of_a_query(
        self, query, server, folder, capsys
    ):
        server.predict = lambda signature, inputs: {
            "score": np.array([0.25, -0.5], "f4"),
            "known_customer": np.array([True, True]),
        }
        words = "--customer c1 --query t1 --candidate b1 b2 --data".split()
        assert query("score", *words, folder) == 0
        assert capsys.readouterr().out == (
            "t1, customer c1\n   1  b1  0.2500\n   2  b2  -0.5000\n"
        )
        assert server.requests[0].model_spec.name == "psa_net"
        assert query("score", *words, folder, "--json") == 0
        [answer] = json.loads(capsys.readouterr().out)["answers"]
        assert answer["items"] == [
            {"candidate": "b1", "score": 0.25},
            {"candidate": "b2", "score": -0.5},
        ]

    def test_score_of_items(self, query, server, capsys):
        server.predict = lambda signature, inputs: {
            "score": np.array([0.5, 0.25], "f4"),
            "known_customer": np.array([True, False]),
        }
        words = "--customer c1 c2 --item i5".split()
        assert query("score", *words) == 0
        assert capsys.readouterr().out == (
            "customer c1\n   1  i5  0.5000\n"
            "customer c2 (unknown to the model)\n   1  i5  0.2500\n"
        )
        assert server.requests[0].model_spec.name == "stynet"

    def test_recommend(self, query, server, capsys):
        server.predict = found(["i2"])
        assert query("recommend", "--customer", "c1", "--k", 1) == 0
        assert capsys.readouterr().out == "customer c1\n   1  i2  1.0000\n"
        assert server.requests[0].model_spec.signature_name == "recommend"

    def test_design_saves_one_file_a_row(self, query, server, photo, tmp_path):
        images = np.array([b"first", b"second"], object)
        server.predict = found(["i1"], ["i2"], image=images)
        words = ("--customer", "c1", "c2", "--query", photo)
        path = tmp_path / "design.png"
        assert query("design", *words, "--save", path) == 0
        assert (tmp_path / "design-1.png").read_bytes() == b"first"
        assert (tmp_path / "design-2.png").read_bytes() == b"second"
        assert not path.exists()

    def test_manipulate(self, query, server, photo):
        server.predict = found(["i1"])
        words = ("--query", photo, "--remove", "colour=red", "--add", "fit=x")
        assert query("manipulate", *words) == 0
        inputs = server.requests[0].inputs
        assert inputs["remove"].string_val[0] == b"colour=red"
        assert inputs["add"].string_val[0] == b"fit=x"

    def test_similar(self, query, server, photo):
        server.predict = found(["i1"])
        assert query("similar", "--query", photo, "--attribute", "fit") == 0
        [request] = server.requests
        assert request.inputs["attribute"].string_val[0] == b"fit"
        assert request.model_spec.name == "adde"

    def test_status(self, query, server, capsys):
        server.statuses = [(12, "END", "broken"), (7, "AVAILABLE", "")]
        assert query("status") == 0
        assert capsys.readouterr().out == (
            "      12  END  broken\n       7  AVAILABLE\n"
        )
        assert query("status", "--json", "--model", "m") == 0
        shown = json.loads(capsys.readouterr().out)
        assert shown["model"] == "m"
        assert shown["versions"][1] == {
            "version": 7,
            "state": "AVAILABLE",
            "error": "",
        }


class TestPage:
    def test_shows_query_garment_and_items(
        self, query, server, folder, photo, tmp_path
    ):
        server.predict = found(
            ["b1", "gone"], template=np.array([png("white")], object)
        )
        page = tmp_path / "page.html"
        words = ("--query", photo, "--group", "<bottom>", "--html", page)
        assert query("complete", *words, "--data", folder) == 0
        text = page.read_text(encoding="utf-8")
        assert text.count("data:image/png;base64,") == 3
        assert text.count("no picture") == 1  # Of "gone".
        assert "b1" in text and "0.5000" in text and "&lt;bottom&gt;" in text
        assert "http" not in text.replace("http://www.w3.org", "")

    def test_needs_the_wardrobe(self, query, photo, tmp_path, capsys):
        page = tmp_path / "page.html"
        assert query("complete", "--query", photo, "--html", page) == 2
        assert "--data" in capsys.readouterr().err


class TestBadInput:
    def check(self, query, capsys, words, said):
        assert query(*words) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1 or error.startswith("usage:")

    def test_no_such_picture(self, query, server, folder, capsys):
        self.check(
            query, capsys, ("similar", "--attribute", "a", "--query", "x.png"),
            "query: x.png: is no picture file (No such file or directory).",
        )  # fmt: skip
        self.check(
            query, capsys,
            ("complete", "--query", "x.png", "--data", folder),
            f"x.png: is no picture file (No such file or directory) and no "
            f"item of {folder}.",
        )  # fmt: skip
        assert server.requests == []

    def test_no_such_wardrobe(self, query, capsys):
        self.check(
            query, capsys, ("complete", "--query", "t1", "--data", "nowhere"),
            "nowhere: does not exist",
        )  # fmt: skip

    def test_lengths_that_do_not_go_together(self, query, photo, capsys):
        self.check(
            query, capsys,
            ("design", "--customer", "a", "b", "c", "--query", photo, photo),
            "--query has 2 values where others have 3",
        )  # fmt: skip

    @pytest.mark.parametrize("words", ["--k 0", "--k x", "--timeout -1"])
    def test_numbers_out_of_range(self, query, capsys, words):
        self.check(
            query, capsys, ("recommend", "--customer", "c", *words.split()),
            words.split()[0],
        )  # fmt: skip

    @pytest.mark.parametrize(
        "words, said",
        [
            ("--customer c", "give --query and --candidate, or --item"),
            ("--item i", "--item needs a --customer"),
            ("--item i --query q", "--item takes the place"),
        ],
    )
    def test_half_a_score(self, query, capsys, words, said):
        self.check(query, capsys, ("score", *words.split()), said)

    def test_nobody_answers(self, query, capsys):
        with FakeServer() as gone:
            address = gone.address
        assert query("status", address=address) == 2
        error = capsys.readouterr().err
        assert error.startswith(
            f"tfcompat query: {address}: no server answers ("
        )
        assert "`tfcompat serve`" in error and error.count("\n") == 1

    def test_no_address(self, query, capsys):
        assert query("status", address="localhost") == 2
        assert "host:port" in capsys.readouterr().err

    def test_half_a_certificate(self, query, capsys):
        self.check(
            query, capsys, ("status", "--tls-key", "key.pem"), "go together"
        )  # fmt: skip

    def test_unknown_model(self, query, server, capsys):
        def predict(signature, inputs):
            raise Refusal(
                grpc.StatusCode.NOT_FOUND,
                "Servable not found for request: Latest(m)",
            )

        server.predict = predict
        self.check(
            query, capsys, ("recommend", "--customer", "c", "--model", "m"),
            f"{server.address}: m: Servable not found for request: Latest(m) "
            "(NOT_FOUND)",
        )  # fmt: skip

    def test_what_the_server_refuses_is_one_line(self, query, server, capsys):
        def predict(signature, inputs):
            raise Refusal(
                grpc.StatusCode.INVALID_ARGUMENT,
                "row 0: no such\ncustomer\n\t [[{{node Assert}}]]",
            )

        server.predict = predict
        self.check(
            query, capsys, ("recommend", "--customer", "c"),
            "stynet: row 0: no such customer (INVALID_ARGUMENT)\n",
        )  # fmt: skip


class TestStart:
    def test_needs_no_tensorflow(self, server, folder):
        server.predict = found(["b1"])
        script = (
            "import sys\n"
            "from tfcompat.cli import main\n"
            "sys.modules['tensorflow'] = None\n"
            "main._COMMANDS = ('query',)\n"
            "sys.exit(main.main(sys.argv[1:]))\n"
        )
        words = f"query complete --query t1 --data {folder} --html".split()
        done = subprocess.run(
            [
                *(sys.executable, "-c", script, *words, folder / "page.html"),
                *("--server", server.address),
            ],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert "b1" in done.stdout


class TestTLS:
    def test_both_show_who_they_are(self, query, tmp_path, capsys):
        authority = Authority(tmp_path)
        key, certificate = authority.issue("localhost")
        credentials = grpc.ssl_server_credentials(
            [(key.read_bytes(), certificate.read_bytes())],
            authority.path.read_bytes(),
            require_client_auth=True,
        )
        with FakeServer(credentials=credentials) as server:
            server.statuses = [(7, "AVAILABLE", "")]
            address = server.address.replace("127.0.0.1", "localhost")
            own = ("--tls-key", key, "--tls-cert", certificate)
            words = ("--tls-ca", authority.path, *own)
            assert query("status", *words, address=address) == 0
            assert "AVAILABLE" in capsys.readouterr().out
            assert query("status", address=address) == 2
