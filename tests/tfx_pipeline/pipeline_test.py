"""What runs again when something changed, and what stops a run."""

import shutil

from tfx_pipeline.failures import find_input_error


def ran(states):
    """Components that were not taken from the cache."""
    return {name for name, state in states.items() if state != "CACHED"}


def of(example_set, *kinds):
    return {f"{kind}_{example_set}" for kind in kinds}


class TestSecondRun:
    def test_unchanged_comes_from_the_cache(self, pipeline_runs):
        states, error = pipeline_runs.run()
        assert error is None
        assert len(states) == 18
        assert ran(states) == set()

    def test_new_pair_votes_run_what_is_made_of_them_alone(
        self, pipeline_runs, changed
    ):
        with changed(pipeline_runs.wardrobe / "pair_votes.csv") as path:
            lines = path.read_text().splitlines(keepends=True)
            path.write_text("".join(lines[:-1]))  # One vote fewer.
            states, error = pipeline_runs.run()
        assert error is None
        assert ran(states) == of(
            "pair_votes",
            "ExampleGen",
            "StatisticsGen",
            "SchemaGen",
            "ExampleValidator",
            "Transform",
        )

    def test_edited_schema_is_read_again(self, pipeline_runs, tmp_path):
        schema = shutil.copytree(pipeline_runs.config.schema, tmp_path / "s")
        with open(schema / "items" / "schema.pbtxt", "a") as file:
            file.write(
                'feature { name: "attr_fit" type: BYTES '
                'string_domain { value: "tight" } }\n'
            )
        states, error = pipeline_runs.run(schema=str(schema))
        message = find_input_error(error)
        assert "column attr_fit holds" in message
        assert "not 'tight'" in message
        assert states["ExampleValidator_items"] == "FAILED"
        assert not any(name.startswith("Transform") for name in states)


class TestBrokenWardrobe:
    def test_vote_of_two_stops_the_run_before_transform(
        self, pipeline_runs, changed
    ):
        path = pipeline_runs.wardrobe / "item_votes.csv"
        with changed(path):
            lines = path.read_text().splitlines(keepends=True)
            head, tail = lines[-1].rsplit(",", 1)
            path.write_text("".join([*lines[:-1], f"{head},2\n"]))
            states, error = pipeline_runs.run()
        assert states["ExampleValidator_item_votes"] == "FAILED"
        assert not any(name.startswith("Transform") for name in states)
        assert find_input_error(error).startswith(
            f"{path}: is not what {pipeline_runs.config.schema}/item_votes/"
            "schema.pbtxt expects, so nothing is trained: column vote holds "
            "'2' (1 row), not '1' or '-1'. `tfcompat check "
        )
