import pytest

from tfcompat.export.index_advice import advise_index


class TestAdviseIndex:
    def test_where_the_exact_index_is_slow(self, caplog):
        # 300,000 items of 128 numbers are the most.
        advise_index("geco", "auto", 100_000, 400)
        assert "geco: 100000 items of 400 numbers" in caplog.text
        assert "--index scann" in caplog.text

    @pytest.mark.parametrize(
        ("option", "num_items", "dim"),
        [
            ("auto", 100_000, 384),
            ("exact", 100_000, 400),
            ("scann", 100_000, 400),
        ],
    )
    def test_else_nothing_is_said(self, caplog, option, num_items, dim):
        advise_index("geco", option, num_items, dim)
        assert not caplog.text
