"""Compiling for Kubeflow; running what was compiled is not tested."""

import importlib.util
import json
import os
import pathlib
import subprocess

import pytest

from tfcompat.data.errors import InputError
from tfx_pipeline import kubeflow_runner
from tfx_pipeline.kubeflow_runner import compile_pipeline, main

ROOT = pathlib.Path(__file__).parents[2]
PYTHON = ROOT / ".venv" / "kubeflow" / "bin" / "python"
IMAGE = "registry.example/tfcompat:1"


@pytest.fixture
def settings(monkeypatch):
    """Sets fields by the environment."""

    def settings(**fields):
        for name, value in fields.items():
            variable = f"TFCOMPAT_PIPELINE_{name.upper()}"
            monkeypatch.setenv(variable, value)

    for variable in [name for name in os.environ if "TFCOMPAT_" in name]:
        monkeypatch.delenv(variable)
    return settings


class TestWithoutKfp:
    def test_folders_have_no_defaults(self, settings, capsys):
        settings(wardrobe="gs://shop/wardrobe", serving_dir="gs://shop/models")
        assert main(["--image", IMAGE, "--out", "job.json"]) == 2
        assert "pipeline_root is not set" in capsys.readouterr().err

    @pytest.mark.skipif(
        importlib.util.find_spec("kfp") is not None, reason="kfp is installed"
    )
    def test_script_is_named_that_installs_it(self, settings, tmp_path):
        settings(
            wardrobe="gs://shop/wardrobe",
            pipeline_root="gs://shop/pipeline",
            serving_dir="gs://shop/models",
        )
        config = kubeflow_runner.load_config(kubeflow_runner._DEFAULTS)
        with pytest.raises(InputError, match="kubeflow/compile.sh"):
            compile_pipeline(config, tmp_path / "job.json", IMAGE)


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """The compiled pipeline, as a dict."""
    if not PYTHON.exists():
        pytest.skip("no kfp here: tfx_pipeline/kubeflow/compile.sh installs it")
    path = tmp_path_factory.mktemp("kubeflow") / "job.json"
    folders = {
        f"TFCOMPAT_PIPELINE_{name.upper()}": f"gs://shop/{name}"
        for name in ("wardrobe", "pipeline_root", "serving_dir")
    }
    script = ROOT / "tfx_pipeline" / "kubeflow" / "compile.sh"
    done = subprocess.run(
        [script, "--image", IMAGE, "--out", path],
        env={**os.environ, **folders, "TFCOMPAT_PIPELINE_GPUS": "2"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(path.read_text())


class TestCompiled:
    def test_every_component_runs_in_our_image(self, job):
        containers = self.containers(job)
        assert {spec["image"] for spec in containers.values()} == {IMAGE}
        for name in ("Trainer_stage_two", "Evaluator", "Pusher"):
            assert f"{name}_executor" in containers

    def test_trainers_ask_for_gpus_and_nobody_else(self, job):
        asking = {
            name.removesuffix("_executor"): spec["resources"]["accelerator"]
            for name, spec in self.containers(job).items()
            if "resources" in spec
        }
        assert asking.keys() == {
            "Trainer_encoder",
            "Trainer_stage_one",
            "Trainer_stage_two",
        }
        for accelerator in asking.values():
            assert accelerator == {"count": "2", "type": "NVIDIA_L4"}

    def test_model_is_pushed_after_all_that_may_hold_it_back(self, job):
        tasks = job["pipelineSpec"]["root"]["dag"]["tasks"]
        assert {"Evaluator", "ServingCheck"} <= set(
            tasks["Pusher"]["dependentTasks"]
        )

    def test_executors_are_there(self, job):
        for spec in self.containers(job).values():
            path = spec["args"][spec["args"].index("--executor_class_path") + 1]
            module, _, name = path.rpartition(".")
            assert hasattr(importlib.import_module(module), name), path

    def containers(self, job):
        executors = job["pipelineSpec"]["deploymentSpec"]["executors"]
        return {
            name: executor["container"]
            for name, executor in executors.items()
            if "container" in executor
        }
