"""The files for TensorFlow Serving by Docker and Kubernetes.

Neither can be run here. What can: their form, and their probes against a
server that answers like TensorFlow Serving.
"""

import pathlib
import subprocess

import pytest
import yaml

import tfcompat.serving
from tests.serving.saved_models import publish, write_affine, write_broken
from tfcompat.serving.embedded_server import EmbeddedServer
from tfcompat.serving.model_config import read_model_config

FOLDER = pathlib.Path(tfcompat.serving.__file__).parent


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((FOLDER / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def kubernetes():
    documents = yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())
    return {document["kind"]: document for document in documents}


def _probes(compose, kubernetes):
    [container] = kubernetes["Deployment"]["spec"]["template"]["spec"][
        "containers"
    ]
    return [
        *(
            service["healthcheck"]["test"][1:]
            for service in compose["services"].values()
        ),
        container["readinessProbe"]["exec"]["command"],
        container["startupProbe"]["exec"]["command"],
    ]


def _ask(probe, port):
    *shell, script = probe
    return subprocess.run(
        [*shell, script.replace("/8501", f"/{port}")],
        capture_output=True,
        timeout=20,
    ).returncode


class TestProbes:
    @pytest.mark.parametrize(
        "write, is_ready", [(write_affine, True), (write_broken, False)]
    )
    def test_they_read_the_state(
        self, tmp_path, compose, kubernetes, write, is_ready
    ):
        publish(tmp_path / "psa_net", 1, write)
        with EmbeddedServer(
            tmp_path, port=0, rest_port=0, load_retries=0
        ) as server:
            for probe in _probes(compose, kubernetes):
                assert (_ask(probe, server.rest_port) == 0) is is_ready

    def test_no_server_is_not_ready(self, compose, kubernetes):
        for probe in _probes(compose, kubernetes):
            assert _ask(probe, 1) != 0


class TestFiles:
    def test_models_config_is_read_as_tensorflow_serving_does(self):
        config = read_model_config(FOLDER / "models.config")
        [model] = config.model_config_list.config
        assert (model.name, model.base_path) == ("psa_net", "/models/psa_net")

    def test_both_start_the_same_server(self, compose, kubernetes):
        [container] = kubernetes["Deployment"]["spec"]["template"]["spec"][
            "containers"
        ]
        service = compose["services"]["serving"]
        assert container["image"] == service["image"]
        assert "--enable_per_model_batching_parameters" in service["command"]
        for flag in container["args"]:
            name = flag.split("=")[0]
            given = [*service["command"], *service["entrypoint"]]
            assert any(other.startswith(name) for other in given), name

    def test_mounted_files_are_there(self, compose):
        for volume in compose["services"]["serving"]["volumes"][1:]:
            source = volume.split(":")[0]
            assert (FOLDER / source).is_file()
