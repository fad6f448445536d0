import json

import numpy as np
import pytest

from tests.export.pair_kit import (
    make_encoder,
    make_model,
    make_towers,
    read_items,
    score_in_training,
    write_wardrobe,
)
from tfcompat.data.errors import InputError
from tfcompat.export.catalogue import group_of_categories
from tfcompat.export.pair_cards import describe_pair_model
from tfcompat.export.pair_model import PairModel
from tfcompat.export.serving_options import ServingOptions
from tfcompat.training.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    wardrobe = write_wardrobe(tmp_path_factory.mktemp("kit") / "wardrobe")
    encoder = make_encoder(wardrobe)
    return wardrobe, encoder, read_items(wardrobe, encoder)


def make_pair(kit, kind, **changes):
    wardrobe, encoder, items = kit
    parts = {
        "model": make_model(kind, wardrobe, items, encoder),
        "vocabulary": Vocabulary.of(wardrobe),
        "encoder": encoder,
        "category_groups": group_of_categories(wardrobe),
        "towers": make_towers(wardrobe),
        "about": {"data": {"items": np.int64(10)}, "metrics": {}, "seed": 1},
    }
    return PairModel(**{**parts, **changes})


class TestSaveAndLoad:
    @pytest.mark.parametrize("kind", ["items", "joint"])
    def test_all_comes_back(self, kit, tmp_path, kind):
        wardrobe, encoder, items = kit
        pair = make_pair(kit, kind)
        pair.save(tmp_path)
        again = PairModel.load(tmp_path)
        assert again.vocabulary == pair.vocabulary
        assert again.category_groups == pair.category_groups
        assert again.about == {"data": {"items": 10}, "metrics": {}, "seed": 1}
        assert again.towers.item_ids.tolist() == pair.towers.item_ids.tolist()
        asked = wardrobe, items, [0, -1], [0, 5], [[4, 1], [2, 9]]
        np.testing.assert_allclose(
            score_in_training(again.model, *asked),
            score_in_training(pair.model, *asked),
            rtol=1e-6,
        )
        np.testing.assert_allclose(
            read_items(wardrobe, again.encoder), items, atol=1e-6
        )

    def test_what_there_is_not_stays_away(self, kit, tmp_path):
        make_pair(kit, "psa", encoder=None, towers=None).save(tmp_path)
        again = PairModel.load(tmp_path)
        assert again.encoder is None and again.towers is None

    def test_a_damaged_folder_is_named(self, kit, tmp_path):
        make_pair(kit, "psa").save(tmp_path)
        (tmp_path / "model.keras").write_bytes(b"half")
        with pytest.raises(InputError, match="cannot be read"):
            PairModel.load(tmp_path)


class TestNames:
    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            ("psa", "psa_net"),
            ("dense", "psa_net"),
            ("csa", "csa_net"),
            ("free", "psa_net_nonpersonal"),
            ("joint", "joint_subspace_net"),
        ],
    )
    def test_name_and_card_by_what_the_model_is(self, kit, kind, name):
        assert make_pair(kit, kind).default_name == name
        card = describe_pair_model(name)
        assert card.keys() == {"title", "description", "limits"}
        json.dumps(card)


class TestServingOptions:
    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"index": "fast"}, "--index must be one of auto, exact, scann"),
            ({"shortlist": 0}, "--shortlist must be positive, got 0"),
            ({"max_pixels": -1}, "--max-pixels must be positive, got -1"),
            ({"max_rows": 1025}, "--max-rows must be at most 1,024, got 1,025"),
        ],
    )
    def test_bad_option_is_named(self, options, words):
        with pytest.raises(InputError, match=words):
            ServingOptions(**options)
