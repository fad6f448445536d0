import numpy as np
import pandas as pd
import pytest

from tfcompat.data.questions import (
    Questions,
    questions_from_table,
    questions_from_votes,
)
from tfcompat.data.wardrobe import Wardrobe


class TestQuestions:
    def test_dtypes(self):
        questions = Questions([0], [1], [[2, 3]], [[1, 0]])
        assert len(questions) == 1
        assert questions.candidates.dtype == np.int32
        assert questions.labels.dtype == np.float32

    @pytest.mark.parametrize(
        ("arrays", "message"),
        [
            (([0], [1], [[2, 3]], [[1]]), "`labels` have shape"),
            (([0], [1], [2], [1]), "must be \\[n, c\\]"),
            (([0, 0], [1], [[2]], [[1]]), "`customer` and `query`"),
            (([0], [1], [[2], [3]], [[1], [0]]), "`candidates` hold 2 rows"),
            (([], [], np.zeros((0, 1)), np.zeros((0, 1))), "is empty"),
        ],
    )
    def test_lengths_are_checked(self, arrays, message):
        with pytest.raises(ValueError, match=message):
            Questions(*arrays)


class TestFromVotes:
    votes = pd.DataFrame(
        {
            "customer": [0, 1, 2],
            "query": [5, 6, 7],
            "candidate": [8, 9, 10],
            "vote": [1, -1, 1],
            "split": pd.Categorical(
                ["train", "test", "valid"], ["train", "valid", "test"]
            ),
        }
    )

    def test_a_vote_is_a_question_of_one_candidate(self):
        questions = questions_from_votes(self.votes, ("train", "test"))
        assert questions.customer.tolist() == [0, 1]
        assert questions.query.tolist() == [5, 6]
        assert questions.candidates.tolist() == [[8], [9]]
        assert questions.labels.tolist() == [[1], [0]]

    def test_one_split_may_be_named_alone(self):
        assert questions_from_votes(self.votes, "valid").query.tolist() == [7]

    def test_no_vote_in_the_split(self):
        with pytest.raises(ValueError, match="splits \\['test'\\]"):
            questions_from_votes(self.votes[:1], ("test",))


class TestFromTable:
    def test_rows_of_a_question_are_gathered(self, folder):
        table = Wardrobe.load(folder).questions
        shuffled = table.iloc[[2, 0, 3, 1]].reset_index(drop=True)
        questions = questions_from_table(shuffled, "test")
        assert questions.customer.tolist() == [-1, 0]
        assert questions.query.tolist() == [1, 0]
        assert questions.candidates.tolist() == [[2, 3], [2, 3]]
        assert questions.labels.tolist() == [[0, 1], [1, 0]]

    def test_uneven_questions_are_named(self, folder):
        table = Wardrobe.load(folder).questions[:3]
        with pytest.raises(ValueError, match="'q2' has 1 candidates"):
            questions_from_table(table, "test")

    def test_question_of_two_queries_is_named(self, folder):
        table = Wardrobe.load(folder).questions.copy()
        table.loc[1, "query"] = 1
        with pytest.raises(ValueError, match="'q1' has more than one query"):
            questions_from_table(table, "test")

    def test_empty_split(self, folder):
        with pytest.raises(ValueError, match="split 'train'"):
            questions_from_table(Wardrobe.load(folder).questions, "train")
