"""TLS of the server, with and without clients' certificates."""

import grpc
import pytest
from grpc import StatusCode
from tensorflow_serving.apis.prediction_service_pb2_grpc import (
    PredictionServiceStub,
)

from tests.serving import saved_models
from tests.serving.certificates import Authority
from tests.serving.stock_client import check, floats, request, start
from tfcompat.data.errors import InputError
from tfcompat.serving.tls import TLSFiles


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("saved_models")
    saved_models.publish(root / "affine", 1)
    return root


class TestTLS:
    @pytest.fixture(scope="class")
    def authority(self, tmp_path_factory):
        return Authority(tmp_path_factory.mktemp("certificates"))

    def ask(self, server, credentials):
        options = [("grpc.ssl_target_name_override", "server.test")]
        with grpc.secure_channel(
            f"127.0.0.1:{server.port}", credentials, options
        ) as channel:
            stub = PredictionServiceStub(channel)
            response = stub.Predict(request(x=floats(1)), timeout=5)
        return list(response.outputs["y"].float_val)

    def test_server_with_a_certificate(self, root, authority):
        files = TLSFiles(*authority.issue("server.test"))
        trusted = authority.path.read_bytes()
        with start(root, tls=files) as server:
            credentials = grpc.ssl_channel_credentials(trusted)
            assert self.ask(server, credentials) == [2.5]
            with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
                with pytest.raises(grpc.RpcError):
                    check(channel)

    def test_clients_need_one_too(self, root, authority):
        key, certificate = authority.issue("client.test")
        files = TLSFiles(*authority.issue("server.test"), authority.path)
        trusted = authority.path.read_bytes()
        with start(root, tls=files) as server:
            known = grpc.ssl_channel_credentials(
                trusted, key.read_bytes(), certificate.read_bytes()
            )
            assert self.ask(server, known) == [2.5]
            with pytest.raises(grpc.RpcError) as caught:
                self.ask(server, grpc.ssl_channel_credentials(trusted))
            assert caught.value.code() is StatusCode.UNAVAILABLE

    def test_files_that_are_wrong(self, root, authority, tmp_path):
        key, certificate = authority.issue("server.test")
        other_key, _ = authority.issue("other.test")
        no_pem = tmp_path / "no.pem"
        no_pem.write_text("not a certificate")
        for files, words in (
            (TLSFiles(tmp_path / "gone", certificate), "gone: No such file"),
            (TLSFiles(other_key, certificate), "unencrypted private key"),
            (TLSFiles(key, no_pem), "no.pem and"),
            (TLSFiles(key, certificate, no_pem), "holds no certificate"),
        ):
            with pytest.raises(InputError, match=words):
                start(root, tls=files)
