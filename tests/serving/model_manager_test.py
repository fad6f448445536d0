import concurrent.futures
import os
import shutil
import threading

import grpc
import pytest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from tests.serving.saved_models import (
    publish,
    write_broken,
    write_warm_up,
)
from tests.serving.served_models import (
    FAST,
    ask,
    model_config,
    model_spec,
    run,
    states,
)
from tests.serving.waiting import wait_until
from tfcompat.data.errors import InputError
from tfcompat.serving.errors import ServingError
from tfcompat.serving.model_manager import ModelManager
from tfcompat.serving.version_state import AVAILABLE, END, LOADING


@pytest.fixture
def serve():
    """Starts a manager; closes it after the test."""
    managers = []

    def start(source, **options):
        manager = ModelManager(source, **{**FAST, **options})
        managers.append(manager)
        return manager.start()

    yield start
    for manager in managers:
        assert manager.close(timeout=30)


@pytest.fixture
def base_path(tmp_path):
    """Folder of the model `m`, whose version 1 answers 1."""
    publish(tmp_path / "m", 1, offset=1.0)
    return tmp_path / "m"


def ready(manager):
    assert manager.wait_until_ready(30), manager.problems()
    return manager


def refused(call, *arguments, **options):
    """The error of a call that must be refused."""
    with pytest.raises(ServingError) as info:
        call(*arguments, **options)
    return info.value


class TestResolution:
    @pytest.fixture
    def manager(self, serve, base_path):
        publish(base_path, 2, offset=2.0)
        return ready(
            serve(
                model_config(
                    {
                        "name": "m",
                        "base_path": str(base_path),
                        "model_version_policy": {"all": {}},
                        "version_labels": {"stable": 1},
                    }
                )
            )
        )

    def test_newest_version_label_and_number(self, manager):
        wait_until(lambda: len(states(manager)) == 2)
        wait_until(lambda: set(states(manager).values()) == {"AVAILABLE"})
        assert ask(manager) == 2
        assert ask(manager, version=1) == 1
        assert ask(manager, label="stable") == 1

    def test_errors(self, manager):
        def error(spec):
            with pytest.raises(ServingError) as info:
                with manager.use(spec):
                    pass
            return info.value.code.name, info.value.message

        assert error(None) == ("INVALID_ARGUMENT", "Missing ModelSpec")
        assert error(model_spec("")) == (
            "INVALID_ARGUMENT",
            "ModelSpec has no name specified.",
        )
        for name in ("m", "nobody"):
            assert error(model_spec(name, label="canary")) == (
                "INVALID_ARGUMENT",
                "Unrecognized servable version label: canary",
            )
        assert error(model_spec("nobody")) == (
            "NOT_FOUND",
            "Servable not found for request: Latest(nobody)",
        )
        for version in (0, 7):
            assert error(model_spec("m", version)) == (
                "NOT_FOUND",
                f"Servable not found for request: Specific(m, {version})",
            )

    def test_status_errors(self, manager):
        error = refused(manager.statuses, "m", 7)
        assert error.code is grpc.StatusCode.NOT_FOUND
        assert error.message == "Could not find version 7 of model m"
        error = refused(manager.statuses, "")
        assert error.message == "Could not find any versions of model "

    def test_names(self, manager):
        assert manager.names() == ["m"]


class TestVersions:
    def test_new_version_takes_over(self, serve, base_path):
        manager = ready(serve(model_config(base_path)))
        assert ask(manager) == 1
        publish(base_path, 10, offset=10.0)
        wait_until(lambda: ask(manager) == 10)
        wait_until(lambda: states(manager) == {10: "AVAILABLE", 1: "END"})
        assert list(states(manager)) == [10, 1]

    def test_no_request_fails_while_versions_are_swapped(
        self, serve, base_path
    ):
        manager = ready(serve(model_config(base_path)))
        stop = threading.Event()

        def ask_on():
            answers = set()
            while not stop.is_set():
                answers.add(ask(manager))
            return answers

        with concurrent.futures.ThreadPoolExecutor() as pool:
            askers = [pool.submit(ask_on) for _ in range(2)]
            try:
                for version in range(2, 7):
                    if version == 4:
                        publish(base_path, version, write_broken)
                        continue
                    publish(base_path, version, offset=float(version))
                    wait_until(lambda v=version: ask(manager) == v)
            finally:
                stop.set()
            for asker in askers:
                assert asker.result() <= {1, 2, 3, 5, 6}

    def test_request_holds_off_the_unload(self, serve, base_path):
        manager = ready(serve(model_config(base_path)))
        with manager.use(model_spec()) as model:
            publish(base_path, 2, offset=2.0)
            wait_until(lambda: states(manager).get(1) == "UNLOADING")
            assert run(model) == 1
            # Nor does a request that hangs hold up what comes next.
            publish(base_path, 3, offset=3.0)
            wait_until(lambda: ask(manager) == 3)
            assert states(manager)[1] == "UNLOADING"
        wait_until(lambda: states(manager)[1] == "END")

    def test_broken_version_leaves_the_old_one_serving(self, serve, base_path):
        manager = ready(serve(model_config(base_path)))
        publish(base_path, 2, write_broken)
        wait_until(lambda: states(manager).get(2) == "END")
        assert ask(manager) == 1
        newest, _ = manager.statuses("m")
        assert newest.status.error_code == grpc.StatusCode.DATA_LOSS.value[0]
        publish(base_path, 3, offset=3.0)
        wait_until(lambda: ask(manager) == 3)
        wait_until(lambda: states(manager)[1] == "END")

    def test_deleting_the_newest_rolls_back(self, serve, base_path):
        newest = publish(base_path, 2, offset=2.0)
        manager = ready(serve(model_config(base_path)))
        assert states(manager) == {2: "AVAILABLE"}
        newest.rename(base_path / "gone")
        wait_until(lambda: ask(manager) == 1)

    def test_lower_version_changes_nothing(self, serve, tmp_path):
        base_path = tmp_path / "m"
        publish(base_path, 5, offset=5.0)
        manager = ready(serve(model_config(base_path)))
        publish(base_path, 4, offset=4.0)
        publish(base_path, 6, offset=6.0)  # Seen no sooner than version 4.
        wait_until(lambda: ask(manager) == 6)
        assert 4 not in states(manager)

    def test_half_copied_version_is_served_when_it_is_whole(
        self, serve, base_path, tmp_path
    ):
        manager = ready(serve(model_config(base_path), load_retries=0))
        source = publish(tmp_path / "other", 2, offset=2.0)
        target = base_path / "2"
        target.mkdir()
        wait_until(lambda: states(manager).get(2) == "END")
        shutil.copy(source / "saved_model.pb", target)
        shutil.copytree(source / "assets", target / "assets")
        assert ask(manager) == 1
        shutil.copytree(source / "variables", target / "variables")
        wait_until(lambda: ask(manager) == 2)

    def test_failed_version_is_tried_again_a_few_times(self, serve, base_path):
        attempts = []

        def listen(name, version, state, error):
            if version == 2:
                attempts.append(state)

        manager = ready(
            serve(
                model_config(base_path),
                load_retries=2,
                retry_seconds=0.001,
                listeners=[listen],
            )
        )
        broken = publish(base_path, 2, write_broken)
        wait_until(lambda: attempts == [LOADING, END] * 3)
        publish(base_path, 3, offset=3.0)
        wait_until(lambda: ask(manager) == 3)
        shutil.rmtree(base_path / "3")
        wait_until(lambda: len(attempts) > 6)  # Wanted anew.
        shutil.rmtree(broken)

    def test_load_that_failed_once_is_made_up_for(self, serve, base_path):
        moves = []

        def warm_up(model, log):
            if [state for state, _ in moves].count(LOADING) == 1:
                raise ServingError(grpc.StatusCode.UNAVAILABLE, "disk gone")

        write_warm_up(base_path / "1", [PredictionLog(predict_log={})])
        manager = serve(
            model_config(base_path),
            warm_up=warm_up,
            listeners=[lambda n, v, state, error: moves.append((state, error))],
        )
        wait_until(lambda: states(manager) == {1: "AVAILABLE"})
        assert [state for state, _ in moves] == [
            LOADING,
            END,
            LOADING,
            AVAILABLE,
        ]
        assert moves[1][1].message == "disk gone"
        assert moves[3][1] is None
        assert ask(manager) == 1

    def test_listener_that_fails_breaks_nothing(self, serve, base_path):
        def listen(*arguments):
            raise ZeroDivisionError

        assert ask(ready(serve(model_config(base_path), listeners=[listen])))


class TestBasePaths:
    def test_missing_one_does_not_stop_the_others(
        self, serve, base_path, tmp_path
    ):
        late = tmp_path / "late"
        manager = serve(model_config(late, base_path))
        assert not manager.wait_until_ready(30)
        assert ask(manager) == 1
        assert list(manager.problems()) == ["late"]
        assert "Could not find base path" in manager.problems()["late"]
        publish(base_path, 2, offset=2.0)
        wait_until(lambda: ask(manager) == 2)
        publish(late, 1, offset=7.0)
        wait_until(lambda: manager.problems() == {})
        assert ask(manager, "late") == 7

    def test_one_that_vanishes_unloads_nothing(self, serve, base_path):
        manager = ready(serve(model_config(base_path)))
        base_path.rename(base_path.with_name("away"))
        wait_until(lambda: polled_again(manager))
        assert ask(manager) == 1

    def test_emptied_one_unloads_the_model(self, serve, base_path):
        manager = ready(serve(model_config(base_path)))
        (base_path / "1").rename(base_path / "gone")
        wait_until(lambda: states(manager) == {1: "END"})
        error = refused(ask, manager)
        assert error.message == "Servable not found for request: Latest(m)"
        publish(base_path, 1, offset=9.0)
        wait_until(lambda: states(manager) == {1: "AVAILABLE"})
        assert ask(manager) == 9

    def test_zero_poll_seconds_look_once(self, serve, base_path):
        manager = ready(serve(model_config(base_path), poll_seconds=0))
        publish(base_path, 2, offset=2.0)
        threads = {thread.name for thread in threading.enumerate()}
        assert "models" not in threads
        assert ask(manager) == 1


def polled_again(manager):
    """Whether the poll that finds no base path has been."""
    keeper = manager._models.get("m")
    return keeper._problem is not None


class TestIsolation:
    def test_slow_load_holds_up_no_other_model(self, serve, base_path):
        slow = base_path.with_name("slow")
        write_warm_up(publish(slow, 1), [PredictionLog(predict_log={})])
        go_on = threading.Event()

        def warm_up(model, log):
            assert go_on.wait(30)

        manager = serve(model_config(slow, base_path), warm_up=warm_up)
        try:
            wait_until(lambda: states(manager, "slow") == {1: "LOADING"})
            publish(base_path, 2, offset=2.0)
            wait_until(
                lambda: (
                    states(manager) and states(manager).get(2) == "AVAILABLE"
                )
            )
            assert ask(manager) == 2
            assert not manager.wait_until_ready(0.01)
            assert "still being loaded" in manager.problems()["slow"]
        finally:
            go_on.set()
        assert ask(ready(manager), "slow") == 2

    def test_warm_up_comes_before_the_first_request(self, serve, base_path):
        write_warm_up(base_path / "1", [PredictionLog(predict_log={})] * 3)
        seen = []
        manager = serve(
            model_config(base_path),
            warm_up=lambda model, log: seen.append(states(manager)),
        )
        ready(manager)
        assert seen == [{1: "LOADING"}] * 3


class TestDiscovery:
    def test_models_come_and_go(self, serve, base_path, tmp_path):
        manager = ready(serve(tmp_path))
        assert manager.names() == ["m"]
        publish(tmp_path / "n", 1, offset=5.0)
        wait_until(lambda: manager.names() == ["m", "n"])
        assert ask(ready(manager), "n") == 5
        base_path.rename(tmp_path / ".m")
        wait_until(lambda: manager.names() == ["n"])
        wait_until(lambda: states(manager) == {1: "END"})
        (tmp_path / ".m").rename(base_path)
        wait_until(lambda: states(manager) == {1: "AVAILABLE"})

    def test_empty_root_serves_nothing_yet(self, serve, tmp_path):
        manager = ready(serve(tmp_path))
        assert manager.names() == []
        publish(tmp_path / "m", 1, offset=1.0)
        wait_until(lambda: manager.names() == ["m"])
        assert ask(ready(manager)) == 1

    def test_root_that_vanishes_unloads_nothing(
        self, serve, base_path, tmp_path, caplog
    ):
        root = tmp_path / "root"
        root.mkdir()
        base_path.rename(root / "m")
        manager = ready(serve(root))
        root.rename(tmp_path / "away")
        wait_until(lambda: "the models stay as they are" in caplog.text)
        assert ask(manager) == 1

    def test_folder_of_one_model_is_served_as_it(self, serve, base_path):
        manager = ready(serve(base_path))
        assert manager.names() == ["m"]
        assert ask(manager) == 1

    def test_half_written_models_are_never_looked_at(self, serve, tmp_path):
        publish(tmp_path / ".m", 1)
        publish(tmp_path / "m.partial", 1)
        publish(tmp_path / "n", 1)
        assert ready(serve(tmp_path)).names() == ["n"]

    def test_missing_root_is_an_input_error(self, tmp_path):
        with pytest.raises(InputError, match="none: is no folder to serve"):
            ModelManager(tmp_path / "none").start()


class TestConfigFile:
    def write(self, path, *models):
        partial = path.with_suffix(".partial")
        partial.write_text(str(model_config(*models)))
        os.replace(partial, path)

    def test_it_is_read_again_when_it_changes(
        self, serve, base_path, tmp_path, caplog
    ):
        path = tmp_path / "models.config"
        self.write(path, base_path)
        manager = ready(serve(path))
        assert ask(manager) == 1
        path.write_text("model_config_list { config { nmae: 'm' } }")
        wait_until(lambda: "models.config:1:" in caplog.text)
        assert ask(manager) == 1
        publish(tmp_path / "n", 1, offset=5.0)
        self.write(path, tmp_path / "n")
        wait_until(lambda: manager.names() == ["n"])
        assert ask(ready(manager), "n") == 5

    def test_bad_one_at_the_start_is_an_input_error(self, tmp_path):
        path = tmp_path / "models.config"
        self.write(path, {"name": "m", "base_path": "relative/m"})
        with pytest.raises(InputError, match="models.config: Expected model m"):
            ModelManager(path).start()


class TestReload:
    def test_new_models_serve_when_it_returns(self, serve, base_path, tmp_path):
        manager = ready(serve(model_config(base_path)))
        publish(tmp_path / "n", 1, offset=5.0)
        manager.reload(model_config(tmp_path / "n"), timeout=30)
        assert manager.names() == ["n"]
        assert ask(manager, "n") == 5
        wait_until(lambda: states(manager) == {1: "END"})
        manager.reload(model_config(base_path, tmp_path / "n"), timeout=30)
        assert ask(manager) == 1

    def test_policy_of_a_known_model_changes(self, serve, base_path):
        publish(base_path, 2, offset=2.0)
        manager = ready(serve(model_config(base_path)))
        model = {"name": "m", "base_path": str(base_path)}
        manager.reload(
            model_config(
                {
                    **model,
                    "model_version_policy": {"specific": {"versions": [1]}},
                }
            )
        )
        wait_until(lambda: states(manager) == {2: "END", 1: "AVAILABLE"})

    def test_base_path_of_a_known_model_changes(
        self, serve, base_path, tmp_path
    ):
        manager = ready(serve(model_config(base_path)))
        publish(tmp_path / "other", 1, offset=4.0)
        other = {"name": "m", "base_path": str(tmp_path / "other")}
        manager.reload(model_config(other), timeout=30)
        wait_until(lambda: ask(manager) == 4)

    def test_new_model_that_fails_is_unknown(self, serve, base_path, tmp_path):
        manager = ready(serve(model_config(base_path)))
        publish(tmp_path / "bad", 3, write_broken)
        error = refused(
            manager.reload, model_config(base_path, tmp_path / "bad"), 30
        )
        assert error.code is grpc.StatusCode.UNKNOWN
        assert error.message.startswith(
            "1 model(s) did not become available: {{name: bad version: 3} due "
            "to error: DATA_LOSS: Cannot parse file"
        )
        assert error.message.endswith("}, }")
        assert manager.names() == ["bad", "m"]
        publish(tmp_path / "bad", 4, offset=4.0)
        wait_until(lambda: manager.problems() == {})

    def test_missing_base_path_is_answered_at_once(
        self, serve, base_path, tmp_path
    ):
        manager = ready(serve(model_config(base_path)))
        empty = tmp_path / "empty"
        empty.mkdir()
        error = refused(
            manager.reload,
            model_config(base_path, tmp_path / "none", empty),
            30,
        )
        assert error.code is grpc.StatusCode.UNKNOWN
        assert error.message.startswith("2 model(s) did not become available")
        assert (
            "{name: none} due to error: NOT_FOUND: Could not" in error.message
        )
        assert "{name: empty} due to error: NOT_FOUND: No ver" in error.message
        # Nor are later ones spoilt by it.
        publish(tmp_path / "n", 1)
        manager.reload(model_config(tmp_path / "n"), timeout=30)

    def test_slow_load_ends_at_the_deadline(self, serve, base_path, tmp_path):
        go_on = threading.Event()
        manager = ready(
            serve(
                model_config(base_path),
                warm_up=lambda model, log: go_on.wait(30),
            )
        )
        folder = publish(tmp_path / "n", 1)
        write_warm_up(folder, [PredictionLog(predict_log={})])
        try:
            error = refused(manager.reload, model_config(tmp_path / "n"), 0.05)
            assert error.code is grpc.StatusCode.DEADLINE_EXCEEDED
        finally:
            go_on.set()
        ready(manager)

    def test_config_that_is_refused_is_forgotten(
        self, serve, base_path, tmp_path
    ):
        manager = ready(serve(model_config(base_path)))
        publish(tmp_path / "n", 1, offset=5.0)
        new = {"name": "n", "base_path": str(tmp_path / "n")}
        error = refused(
            manager.reload,
            model_config({**new, "model_platform": "pytorch"}),
        )
        assert error.message == (
            "Model n requests unsupported platform pytorch"
        )
        assert manager.names() == ["m"]
        manager.reload(model_config(new), timeout=30)
        assert ask(manager, "n") == 5

    def test_folder_is_watched_no_more(self, serve, base_path, tmp_path):
        manager = ready(serve(tmp_path))
        manager.reload(model_config({"name": "x", "base_path": str(base_path)}))
        publish(tmp_path / "n", 1)
        wait_until(
            lambda: (
                "models"
                not in {thread.name for thread in threading.enumerate()}
            )
        )
        assert manager.names() == ["x"]

    def test_refused_one_leaves_the_watch(self, serve, base_path, tmp_path):
        manager = ready(serve(tmp_path))
        refused(manager.reload, model_config({"name": "x", "base_path": "x"}))
        publish(tmp_path / "n", 1)
        wait_until(lambda: manager.names() == ["m", "n"])


class TestLabels:
    def labelled(self, base_path, **labels):
        return model_config(
            {
                "name": "m",
                "base_path": str(base_path),
                "model_version_policy": {"all": {}},
                "version_labels": labels,
            }
        )

    def test_they_move_and_vanish_with_the_config(self, serve, base_path):
        publish(base_path, 2, offset=2.0)
        manager = ready(serve(self.labelled(base_path, stable=1)))
        wait_until(
            lambda: states(manager) == dict.fromkeys([2, 1], "AVAILABLE")
        )
        manager.reload(self.labelled(base_path, stable=2, canary=1))
        assert ask(manager, label="stable") == 2
        assert ask(manager, label="canary") == 1
        manager.reload(self.labelled(base_path, stable=2))
        error = refused(ask, manager, label="canary")
        assert error.code is grpc.StatusCode.INVALID_ARGUMENT

    def test_only_onto_versions_that_serve_and_all_or_nothing(
        self, serve, base_path, tmp_path
    ):
        manager = ready(serve(self.labelled(base_path, stable=1)))
        publish(tmp_path / "n", 1)
        config = self.labelled(base_path, canary=1, stable=7)
        config.model_config_list.config.add(
            name="n",
            base_path=str(tmp_path / "n"),
            model_platform="tensorflow",
        )
        error = refused(manager.reload, config)
        assert error.code is grpc.StatusCode.FAILED_PRECONDITION
        assert error.message == (
            "Request to assign label to version 7 of model m, which is not "
            "currently available for inference"
        )
        assert manager.names() == ["m"]
        assert ask(manager, label="stable") == 1
        refused(ask, manager, label="canary")

    def test_at_the_start_they_may_wait_for_their_versions(
        self, serve, tmp_path
    ):
        base_path = tmp_path / "m"
        base_path.mkdir()
        manager = serve(self.labelled(base_path, stable=3))
        assert not manager.wait_until_ready(30)
        assert refused(ask, manager, label="stable").message == (
            "Servable not found for request: Specific(m, 3)"
        )
        publish(base_path, 3, offset=3.0)
        wait_until(lambda: states(manager) == {3: "AVAILABLE"})
        assert ask(manager, label="stable") == 3


class TestClose:
    def test_unloads_all_and_leaves_no_thread(self, base_path, tmp_path):
        publish(tmp_path / "n", 1)
        before = set(threading.enumerate())
        manager = ready(ModelManager(tmp_path, **FAST).start())
        assert manager.close(timeout=30)
        assert set(states(manager).values()) == {"END"}
        assert refused(ask, manager).code is grpc.StatusCode.NOT_FOUND
        wait_until(lambda: set(threading.enumerate()) <= before)
        error = refused(manager.reload, model_config(base_path))
        assert error.code is grpc.StatusCode.UNAVAILABLE
        assert manager.close(timeout=0)

    def test_waits_for_requests_as_long_as_it_is_told(self, base_path):
        manager = ready(ModelManager(base_path, **FAST).start())
        with manager.use(model_spec()) as model:
            assert not manager.close(timeout=0.05)
            assert run(model) == 1
        assert manager.close(timeout=30)

    @pytest.mark.parametrize(
        "name, value",
        [("poll_seconds", -1), ("load_retries", -1), ("load_threads", 0)],
    )
    def test_bad_arguments_are_named(self, tmp_path, name, value):
        with pytest.raises(ValueError, match=f"`{name}` must be .* {value}"):
            ModelManager(tmp_path, **{name: value})
