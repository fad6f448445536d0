import pathlib
import time

import grpc
import pytest

from tfcompat.serving.errors import ServingError
from tfcompat.serving.model_versions import ModelVersions
from tfcompat.serving.version_state import (
    AVAILABLE,
    END,
    LOADING,
    START,
    UNLOADING,
)


def folders(*numbers, base_path="/m"):
    return {n: pathlib.Path(base_path) / str(n) for n in numbers}


def fail(version, retry_at=None):
    version.state = END
    version.error = ServingError(grpc.StatusCode.DATA_LOSS, "garbage")
    version.tries += 1
    version.retry_at = retry_at


@pytest.fixture
def versions():
    return ModelVersions()


def settle(versions):
    """Loads and unloads without failure; what was done, in order."""
    done = []
    while True:
        if version := versions.leaving():
            version.state = END
            done.append(-version.number)
        elif version := versions.coming():
            version.state = AVAILABLE
            done.append(version.number)
        else:
            return done


class TestOrder:
    def test_highest_is_loaded_first(self, versions):
        versions.want(folders(1, 10, 9))
        assert settle(versions) == [10, 9, 1]
        assert versions.pick().number == 10

    def test_new_one_is_up_before_the_old_one_goes(self, versions):
        versions.want(folders(1))
        settle(versions)
        versions.want(folders(2))
        assert settle(versions) == [2, -1]

    def test_nothing_wanted_unloads_all(self, versions):
        versions.want(folders(1, 2))
        settle(versions)
        versions.want({})
        assert settle(versions) == [-1, -2]
        assert versions.pick() is None

    def test_one_of_several_old_ones_waits_for_the_new(self, versions):
        versions.want(folders(1, 2))
        settle(versions)
        versions.want(folders(3, 4))
        assert settle(versions) == [-1, 4, -2, 3]

    def test_failed_new_one_leaves_the_old_one(self, versions):
        versions.want(folders(1))
        settle(versions)
        versions.want(folders(2))
        fail(versions.coming())
        assert settle(versions) == []
        assert versions.pick().number == 1
        versions.want(folders(3))
        assert settle(versions) == [3, -1]

    def test_wanted_again_while_it_serves_it_stays(self, versions):
        versions.want(folders(1))
        settle(versions)
        versions.want(folders(2))
        fail(versions.coming())
        versions.want(folders(1))
        assert settle(versions) == []

    def test_rollback(self, versions):
        versions.want(folders(2))
        settle(versions)
        versions.want(folders(1))
        assert settle(versions) == [1, -2]

    def test_other_folder_of_the_same_number_is_loaded(self, versions):
        versions.want(folders(1))
        settle(versions)
        versions.want(folders(1, base_path="/new"))
        version = versions.coming()
        assert version.path == pathlib.Path("/new/1")
        version.state = AVAILABLE
        assert versions.pick(1) is version
        assert versions.leaving().path == pathlib.Path("/m/1")

    def test_wanted_again_while_it_goes_it_is_loaded_anew(self, versions):
        versions.want(folders(1))
        settle(versions)
        versions.want({})
        leaving = versions.leaving()
        leaving.state = UNLOADING
        versions.want(folders(1))
        assert versions.coming() is not leaving
        assert settle(versions) == [1]


class TestFailure:
    def test_failed_version_is_due_when_its_time_comes(self, versions):
        versions.want(folders(1))
        fail(versions.coming(), retry_at=time.monotonic() + 1000)
        assert versions.coming() is None
        [version] = versions.failed()
        version.retry_at = time.monotonic()
        assert versions.coming() is version

    def test_failed_for_good_is_not_due(self, versions):
        versions.want(folders(1))
        fail(versions.coming())
        assert versions.coming() is None
        assert versions.all_tried

    def test_leaving_and_coming_back_gives_new_tries(self, versions):
        versions.want(folders(1))
        fail(versions.coming())
        versions.want({})
        versions.want(folders(1))
        assert versions.coming().tries == 0

    def test_failed_one_does_not_hold_up_the_others(self, versions):
        versions.want(folders(1, 2))
        fail(versions.coming())
        assert settle(versions) == [1]


class TestStatuses:
    def states(self, versions):
        return [(s.version, s.state) for s in versions.statuses()]

    def test_highest_first_and_the_ended_stay(self, versions):
        versions.want(folders(1, 9))
        settle(versions)
        versions.want(folders(9, 10))
        settle(versions)
        assert self.states(versions) == [
            (10, AVAILABLE),
            (9, AVAILABLE),
            (1, END),
        ]

    def test_status_is_always_there(self, versions):
        versions.want(folders(1))
        [status] = versions.statuses()
        assert status.state == START
        assert status.HasField("status")
        assert (status.status.error_code, status.status.error_message) == (
            0,
            "",
        )

    def test_failed_version_says_why(self, versions):
        versions.want(folders(1))
        fail(versions.coming())
        [status] = versions.statuses()
        assert status.state == END
        assert status.status.error_code == grpc.StatusCode.DATA_LOSS.value[0]
        assert status.status.error_message == "garbage"

    def test_version_that_never_started_ends(self, versions):
        versions.want(folders(1))
        versions.want({})
        assert self.states(versions) == [(1, END)]

    def test_one_entry_a_number_and_what_serves_counts(self, versions):
        versions.want(folders(1))
        settle(versions)
        versions.want(folders(1, base_path="/new"))
        versions.coming().state = LOADING
        assert self.states(versions) == [(1, AVAILABLE)]
