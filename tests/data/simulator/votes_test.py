import numpy as np
import pandas as pd
import pytest

from tfcompat.data.simulator.garments import draw_garments, garment_traits
from tfcompat.data.simulator.outfits import (
    draw_outfits,
    draw_questions,
    draw_stylist_outfits,
)
from tfcompat.data.simulator.parameters import WORLDS
from tfcompat.data.simulator.votes import draw_item_votes, draw_pair_votes
from tfcompat.data.simulator.world import World

TOPS, BOTTOMS = np.arange(30), np.arange(30, 60)


def make_world(customers):
    return World.create(
        garment_traits(draw_garments(60, 4)),
        TOPS,
        BOTTOMS,
        customers=customers,
        seed=4,
        parameters=WORLDS["personal"],
    )


@pytest.fixture(scope="module")
def world():
    return make_world(40)


@pytest.fixture(scope="module")
def pair_votes(world):
    return draw_pair_votes(world, TOPS, BOTTOMS, 50, 4)


class TestItemVotes:
    def test_nobody_votes_twice_on_an_item(self, world):
        votes = draw_item_votes(world, 60, 4)
        assert len(votes) == 40 * 60
        assert not votes.duplicated(["customer", "item"]).any()
        assert set(votes["vote"]) == {1, -1}

    def test_more_customers_leave_the_votes_of_the_first(self, world):
        many = draw_item_votes(world, 20, 4)
        few = draw_item_votes(make_world(3), 20, 4)
        pd.testing.assert_frame_equal(few, many[: 3 * 20])

    def test_votes_follow_the_probability(self, world):
        votes = draw_item_votes(world, 60, 4)
        chance = world.item_probability(votes["customer"], votes["item"])
        for low in (0.0, 0.25, 0.5, 0.75):
            near = (chance >= low) & (chance < low + 0.25)
            liked = (votes["vote"][near] > 0).mean()
            assert liked == pytest.approx(chance[near].mean(), abs=0.06)


class TestPairVotes:
    def test_pairs_are_distinct_and_of_a_top_with_a_bottom(self, pair_votes):
        assert len(pair_votes) == 40 * 50
        pairs = ["customer", "query", "candidate"]
        assert not pair_votes.duplicated(pairs).any()
        assert pair_votes["query"].isin(TOPS).all()
        assert pair_votes["candidate"].isin(BOTTOMS).all()

    def test_all_pairs_can_be_asked_for(self, world):
        votes = draw_pair_votes(make_world(1), TOPS, BOTTOMS, 900, 4)
        assert not votes.duplicated(["query", "candidate"]).any()

    def test_more_customers_leave_the_votes_of_the_first(self, pair_votes):
        few = draw_pair_votes(make_world(3), TOPS, BOTTOMS, 50, 4)
        pd.testing.assert_frame_equal(few, pair_votes[: 3 * 50])


def voted_pairs(pair_votes):
    columns = ["customer", "query", "candidate"]
    return set(pair_votes[columns].itertuples(index=False, name=None))


class TestOutfits:
    def test_one_top_and_one_bottom_that_were_not_voted_on(
        self, world, pair_votes
    ):
        outfits = draw_outfits(world, TOPS, BOTTOMS, pair_votes, 4)
        voted = voted_pairs(pair_votes)
        assert len(outfits) > 40
        for _, outfit in outfits.groupby("outfit"):
            top, bottom = outfit["item"]
            assert top in TOPS and bottom in BOTTOMS
            assert outfit["customer"].nunique() == 1
            assert (outfit["customer"].iloc[0], top, bottom) not in voted


class TestQuestions:
    def test_one_right_answer_among_four_new_pairs(self, world, pair_votes):
        questions = draw_questions(world, TOPS, BOTTOMS, pair_votes, 4)
        voted = voted_pairs(pair_votes)
        places = set()
        for _, question in questions.groupby("question"):
            assert sorted(question["label"]) == [0, 0, 0, 1]
            assert question["query"].nunique() == 1
            assert question["candidate"].nunique() == 4
            assert not voted_pairs(question) & voted
            places.add(int(question["label"].to_numpy().argmax()))
        assert places == {0, 1, 2, 3}

    def test_none_when_there_are_too_few_bottoms(self, world, pair_votes):
        questions = draw_questions(world, TOPS, BOTTOMS[:3], pair_votes, 4)
        assert questions.empty


class TestStylistOutfits:
    def test_the_bottom_is_the_best_match_of_those_offered(self):
        world = make_world(40)
        outfits = draw_stylist_outfits(world, TOPS, BOTTOMS, 500, 3)
        assert (outfits["customer"] == -1).all()
        top, bottom = outfits["item"].to_numpy().reshape(-1, 2).T
        assert set(top) <= set(TOPS) and set(bottom) <= set(BOTTOMS)
        other = np.random.default_rng(0).choice(BOTTOMS, 500)
        chosen = world.stylist_score(top, bottom)
        # The best of eight beats a random one eight times in nine.
        assert np.mean(chosen >= world.stylist_score(top, other)) > 0.8
