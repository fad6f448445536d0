import pandas as pd
import pytest

from tfcompat.data.errors import InputError
from tfx_pipeline.table_batches import read_batches


def rows(path, **options):
    return [
        row
        for _, batch in read_batches(str(path), **options)
        for row in batch.to_pylist()
    ]


class TestCSV:
    def test_quotes_line_breaks_and_byte_order_mark(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_bytes(b'\xef\xbb\xbfid,"a,b"\n1,"x\n""y"""\n2,\xc3\xa9\n')
        assert rows(path) == [
            {"id": "1", "a,b": 'x\n"y"'},
            {"id": "2", "a,b": "é"},
        ]

    def test_numbers_and_words_for_nothing_stay_text(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text("a,b\n007,\nNA,null\n")
        assert rows(path) == [{"a": "007", "b": ""}, {"a": "NA", "b": "null"}]

    def test_batches_are_small_and_say_where_they_start(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text("a\n" + "\n".join(map(str, range(5))))
        found = [
            (first, batch.column(0).to_pylist())
            for first, batch in read_batches(str(path), rows=2)
        ]
        assert found == [(0, ["0", "1"]), (2, ["2", "3"]), (4, ["4"])]

    def test_only_wanted_columns_are_read(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text("a,b,c\n1,2,3\n")
        assert rows(path, wanted="ac".__contains__) == [{"a": "1", "c": "3"}]

    @pytest.mark.parametrize(
        "content, problem",
        [
            (b"", "is empty"),
            (b"a,b\n", "has a header but no rows"),
            (b"a,b\n1,2,3\n", "Expected 2 columns, got 3"),
            (b"a,b\n1,\xff\n", "is not UTF-8"),
            (b"\xff,b\n1,2\n", "line 1: is not UTF-8"),
            (b"a,a\n1,2\n", "'a' occurs more than once"),
            (b"c\n1\n", "no column has a meaning here; the header is 'c'"),
            (b"version https://git-lfs.github.com/spec/v1\n", "Git-LFS"),
        ],
    )
    def test_unusable_file_is_named(self, tmp_path, content, problem):
        path = tmp_path / "t.csv"
        path.write_bytes(content)
        with pytest.raises(InputError, match=rf"t\.csv.*{problem}"):
            rows(path, wanted="ab".__contains__)


class TestParquet:
    def test_becomes_text_as_a_wardrobe_reads_it(self, tmp_path):
        path = tmp_path / "t.parquet"
        pd.DataFrame(
            {
                "id": pd.Categorical(["x", "y"]),
                "vote": [1, -1],
                "price": [1.5, None],
            }
        ).to_parquet(path)
        assert rows(path) == [
            {"id": "x", "vote": "1", "price": "1.5"},
            {"id": "y", "vote": "-1", "price": ""},
        ]

    def test_nested_column_is_refused(self, tmp_path):
        path = tmp_path / "t.parquet"
        pd.DataFrame({"id": [["x"]]}).to_parquet(path)
        with pytest.raises(InputError, match="column 'id' has type list"):
            rows(path)

    def test_other_content_is_refused(self, tmp_path):
        path = tmp_path / "t.parquet"
        path.write_text("no parquet")
        with pytest.raises(InputError, match="cannot be read as Parquet"):
            rows(path)
