import subprocess
import sys
import textwrap

import grpc
import numpy as np
import pytest

from tests.serving.certificates import Authority
from tests.serving.fake_server import FakeServer
from tfcompat.data.errors import InputError
from tfcompat.serving import Client
from tfcompat.serving.client_errors import ServerUnavailable
from tfcompat.serving.wire_channel import ClientTLS


def double(signature, inputs):
    return {"y": inputs["x"] * 2}


def ask(address, tls):
    with Client(address, tls=tls, retries=0) as client:
        return client.predict("m", {"x": 4}).outputs["y"].item()


class TestWithoutTensorFlow:
    def test_the_client_works_where_it_cannot_be_imported(self):
        # In a process of its own, in which importing it raises.
        script = """
        import sys

        class Nowhere:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in ("tensorflow", "tensorflow_serving"):
                    raise ImportError(f"{name} is not to be imported")

        sys.meta_path.insert(0, Nowhere())
        from tfcompat.serving import Client

        with Client(sys.argv[1]) as client:
            client.wait_until_ready("m", timeout=20)
            assert client.metadata("m") == {}
            for answer in client.complete("c", [b"q", b"r"], "bottom", k=2):
                print(answer)
        assert "tensorflow" not in sys.modules
        try:
            import tensorflow
        except ImportError:
            print("and no TensorFlow")
        """
        with FakeServer() as server:
            server.statuses = [(1, "AVAILABLE", "")]
            server.predict = lambda signature, inputs: {
                "item_id": np.array([[b"a", b"b"], [b"c", b""]], object),
                "score": np.array([[1, 0.5], [1, -np.inf]], "f4"),
                "known_customer": np.array([True, False]),
            }
            done = subprocess.run(
                [sys.executable, "-c", textwrap.dedent(script), server.address],
                capture_output=True,
                text=True,
                timeout=60,
            )
        assert done.stdout.splitlines() == [
            "Ranking(item_ids=['a', 'b'], scores=[1.0, 0.5], "
            "known_customer=True, template=None)",
            "Ranking(item_ids=['c'], scores=[1.0], "
            "known_customer=False, template=None)",
            "and no TensorFlow",
        ], done.stderr


class TestTLS:
    @pytest.fixture(scope="class")
    def authority(self, tmp_path_factory):
        return Authority(tmp_path_factory.mktemp("certificates"))

    @pytest.fixture(scope="class")
    def server(self, authority):
        key, certificate = authority.issue("shop.example")
        credentials = grpc.ssl_server_credentials(
            [(key.read_bytes(), certificate.read_bytes())],
            authority.path.read_bytes(),
            require_client_auth=True,
        )
        with FakeServer(double, credentials) as server:
            yield server

    def test_both_show_who_they_are(self, authority, server):
        key, certificate = authority.issue("customer.example")
        tls = ClientTLS(authority.path, key, certificate, "shop.example")
        assert ask(server.address, tls) == 8

    def test_a_client_without_a_certificate_is_not_let_in(
        self, authority, server
    ):
        tls = ClientTLS(authority.path, server_name="shop.example")
        with pytest.raises(ServerUnavailable):
            ask(server.address, tls)

    def test_a_server_of_another_name_is_not_trusted(self, authority, server):
        key, certificate = authority.issue("customer.example")
        tls = ClientTLS(authority.path, key, certificate, "other.example")
        with pytest.raises(ServerUnavailable):
            ask(server.address, tls)

    def test_arguments(self, tmp_path):
        with pytest.raises(ValueError, match="go together"):
            ClientTLS(key="key.pem")
        with pytest.raises(InputError, match="missing.pem: No such file"):
            Client("h:1", tls=ClientTLS(tmp_path / "missing.pem"))


class TestUnixSocket:
    def test_address(self, tmp_path):
        address = f"unix:{tmp_path}/socket"
        with FakeServer(double, address=address):
            assert ask(address, None) == 8
