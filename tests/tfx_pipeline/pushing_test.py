"""From a trained model to a server that answers by it, end to end."""

import pathlib
import shutil
import threading
import time

import pytest

from tests.tfx_pipeline.tiny_pipeline import TinyPipeline
from tfcompat.serving.client import Client
from tfcompat.serving.embedded_server import EmbeddedServer
from tfx_pipeline.last_run import read_last_run

pytestmark = pytest.mark.slow
DOCUMENTATION = pathlib.Path(__file__).parents[2] / "docs" / "pipeline.md"
DEFAULT_METADATA = "demo/pipeline/metadata.sqlite"
NOTHING_NEW = {"Evaluator": True, "ServingCheck": True, "Pusher": True}


class Customers:
    """Threads that ask a server all the time."""

    def __init__(self, address):
        self.answers, self.failures = [], []
        self._address = address
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(2)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self):
        with Client(self._address, retries=0) as client:
            while not self._stop.wait(0.02):
                try:
                    answer = client.predict("table", {"candidate": ["i0"]})
                    self.answers.append(
                        (answer.version, answer.outputs["score"].item())
                    )
                except Exception as error:
                    self.failures.append(error)

    def wait_for_version(self, version):
        for _ in range(300):
            if self.answers and self.answers[-1][0] == version:
                return
            time.sleep(0.1)
        raise AssertionError(f"{self.answers[-1:]}, {self.failures[:1]}")


@pytest.fixture(scope="class")
def tiny(tmp_path_factory):
    tiny = TinyPipeline(tmp_path_factory.mktemp("tiny"))
    tiny.train("first", 1.0)
    tiny.train("better", 3.0)
    tiny.train("worse", 0.0)
    return tiny


class TestPushing:
    """In order: each test goes on where the one before has stopped."""

    def test_server_takes_up_what_is_pushed_and_no_request_fails(self, tiny):
        assert tiny.run("first") == dict.fromkeys(NOTHING_NEW, False)
        assert tiny.versions == ["1"]
        with (
            EmbeddedServer(
                tiny.served, port=0, rest_port=None, poll_seconds=0.1
            ) as server,
            Customers(f"127.0.0.1:{server.port}") as customers,
        ):
            customers.wait_for_version(1)
            tiny.run("better")
            assert tiny.versions == ["1", "2"]
            customers.wait_for_version(2)
            # Rolled back, as docs/pipeline.md has it.
            (tiny.served / "table" / "2").rename(tiny.folder / "withdrawn")
            customers.wait_for_version(1)
            assert tiny.run("better") == NOTHING_NEW
            assert tiny.versions == ["1"]
            (tiny.folder / "withdrawn").rename(tiny.served / "table" / "2")
        assert not customers.failures
        scores = {
            1: tiny.votes.informed_scores(1.0)[0],
            2: tiny.votes.informed_scores(3.0)[0],
        }
        for version, score in customers.answers:
            assert score == scores[version]

    def test_run_with_nothing_new_is_served_from_the_cache(self, tiny):
        assert tiny.run("better") == NOTHING_NEW
        assert tiny.versions == ["1", "2"]
        pushed = read_last_run(tiny.config)["Pusher", "pushed_model"]
        assert pushed == f"{tiny.served}/table/2"

    def test_model_made_worse_is_not_pushed(self, tiny):
        tiny.run("worse")
        assert tiny.versions == ["1", "2"]
        left = read_last_run(tiny.config)
        assert left["Pusher", "pushed_model"] == ""
        page = pathlib.Path(left["Evaluator", "evaluation"], "evaluation.html")
        assert "Not blessed." in page.read_text()

    def test_emptied_folder_is_filled_again(self, tiny):
        shutil.rmtree(tiny.served / "table")
        ran = tiny.run("better")
        assert ran == {**NOTHING_NEW, "Pusher": False}
        assert tiny.versions == ["1"]

    def test_metadata_tell_what_the_documentation_says(self, tiny, capsys):
        look, unbless = python_blocks(DOCUMENTATION)
        names = {}
        exec(look.replace(DEFAULT_METADATA, tiny.config.metadata_path), names)
        printed = capsys.readouterr().out.splitlines()
        assert sum("not pushed" in line for line in printed) == 1
        assert sum(f"{tiny.served}/table/2" in line for line in printed) == 1
        uri = str(tiny.folder / "better")
        assert f"Model {uri}" in printed
        [model] = names["store"].get_artifacts_by_uri(uri)
        exec(unbless, {**names, "model_id": model.id})
        # What is not blessed any more is not pushed any more.
        shutil.rmtree(tiny.served / "table")
        assert tiny.run("better") == {**NOTHING_NEW, "Pusher": False}
        assert tiny.versions == []


def python_blocks(path):
    """The blocks of Python in a Markdown file."""
    blocks = path.read_text(encoding="utf-8").split("```python\n")[1:]
    return [block.split("```")[0] for block in blocks]
