import logging
import os

import grpc
import pytest
from tensorflow_serving.config.model_server_config_pb2 import ModelConfig

from tfcompat.serving.errors import ServingError
from tfcompat.serving.version_source import (
    VersionSource,
    choose_versions,
    find_versions,
    fingerprint,
)


def make_folders(base_path, *names):
    for name in names:
        (base_path / name).mkdir()


class TestFindVersions:
    def test_whole_numbers_are_versions_in_numeric_order(self, tmp_path):
        make_folders(tmp_path, "10", "9", "00000123", "-1")
        assert list(find_versions(tmp_path)) == [-1, 9, 10, 123]
        assert find_versions(tmp_path)[123] == tmp_path / "00000123"

    @pytest.mark.parametrize(
        "name",
        [
            "v5",
            "5.tmp",
            "tmp-5",
            ".5",
            "5-old",
            "1e9",
            "5.partial",
            ".7.abc.partial",
            "٣",
            "1_000",
            str(2**63),
        ],
    )
    def test_other_names_are_passed_over(self, tmp_path, name):
        make_folders(tmp_path, name, str(2**63 - 1))
        assert list(find_versions(tmp_path)) == [2**63 - 1]

    def test_of_two_names_of_one_number_the_last_sorted_counts(self, tmp_path):
        make_folders(tmp_path, "7", "007", "07")
        assert find_versions(tmp_path) == {7: tmp_path / "7"}

    def test_files_are_passed_over_and_links_followed(self, tmp_path):
        make_folders(tmp_path, "real")
        (tmp_path / "1").write_text("a file")
        (tmp_path / "2").symlink_to(tmp_path / "real")
        (tmp_path / "3").symlink_to(tmp_path / "nowhere")
        assert list(find_versions(tmp_path)) == [2]


class TestChooseVersions:
    versions = {1: "one", 2: "two", 10: "ten"}

    @pytest.mark.parametrize(
        "policy, chosen",
        [
            ({}, [10]),
            ({"latest": {}}, [10]),
            ({"latest": {"num_versions": 2}}, [2, 10]),
            ({"latest": {"num_versions": 9}}, [1, 2, 10]),
            ({"all": {}}, [1, 2, 10]),
            ({"specific": {"versions": [2, 5]}}, [2]),
            ({"specific": {}}, []),
        ],
    )
    def test_each_policy(self, policy, chosen):
        policy = ModelConfig(model_version_policy=policy).model_version_policy
        assert list(choose_versions(self.versions, policy)) == chosen

    def test_of_nothing_nothing_is_chosen(self):
        policy = ModelConfig().model_version_policy
        assert choose_versions({}, policy) == {}


class TestFingerprint:
    def test_changes_with_every_file(self, tmp_path):
        make_folders(tmp_path, "variables")
        seen = [fingerprint(tmp_path), fingerprint(tmp_path)]
        assert seen[0] == seen[1]
        file = tmp_path / "variables" / "data"
        file.write_text("12")
        seen.append(fingerprint(tmp_path))
        file.write_text("123")
        seen.append(fingerprint(tmp_path))
        os.utime(file, ns=(0, 0))
        seen.append(fingerprint(tmp_path))
        file.unlink()
        assert len(set(seen)) == 4
        assert fingerprint(tmp_path) == seen[0]

    def test_folder_that_is_gone_has_one_too(self, tmp_path):
        assert fingerprint(tmp_path / "none") == frozenset()


class TestPoll:
    def source(self, base_path, **policy):
        return VersionSource(
            ModelConfig(
                name="m", base_path=str(base_path), model_version_policy=policy
            )
        )

    def test_policy_is_applied(self, tmp_path):
        make_folders(tmp_path, "1", "2", "3")
        source = self.source(tmp_path, latest={"num_versions": 2})
        assert source.poll() == {2: tmp_path / "2", 3: tmp_path / "3"}

    def test_missing_base_path_is_an_error(self, tmp_path, caplog):
        source = self.source(tmp_path / "none")
        for _ in range(3):
            with pytest.raises(ServingError) as info:
                source.poll()
        assert info.value.code is grpc.StatusCode.NOT_FOUND
        assert info.value.message.startswith(
            f"Could not find base path {tmp_path / 'none'} for servable m"
        )
        assert len(caplog.records) == 1  # It is said once.

    def test_base_path_that_is_a_file_is_an_error(self, tmp_path):
        (tmp_path / "m").write_text("")
        with pytest.raises(ServingError, match="Not a directory"):
            self.source(tmp_path / "m").poll()

    def test_empty_base_path_is_no_error(self, tmp_path, caplog):
        source = self.source(tmp_path)
        assert source.poll() == {}
        assert "No versions of servable m found under base path" in caplog.text
        assert "Did you forget to name your leaf directory" in caplog.text
        make_folders(tmp_path, "1")
        with caplog.at_level(logging.WARNING):
            caplog.clear()
            assert list(source.poll()) == [1]
            assert not caplog.records

    def test_missing_specific_versions_are_said(self, tmp_path, caplog):
        make_folders(tmp_path, "1", "3")
        source = self.source(tmp_path, specific={"versions": [2, 3]})
        assert list(source.poll()) == [3]
        assert "the versions [2]" in caplog.text

    def test_two_names_of_one_number_are_said(self, tmp_path, caplog):
        make_folders(tmp_path, "5", "05")
        assert self.source(tmp_path).poll() == {5: tmp_path / "5"}
        assert "ignored: 05" in caplog.text
