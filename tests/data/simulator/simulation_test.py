import json

import numpy as np
import pandas as pd
import pytest

from tfcompat.data.errors import InputError
from tfcompat.data.simulator.garments import draw_garments, garment_traits
from tfcompat.data.simulator.layers import LAYERS
from tfcompat.data.simulator.outfits import draw_layered_outfits, outfit_score
from tfcompat.data.simulator.parameters import WORLDS
from tfcompat.data.simulator.simulation import Simulation, simulate
from tfcompat.data.simulator.world import World
from tfcompat.data.wardrobe import Wardrobe

SMALL = {"items": 10, "votes_per_customer": 6, "pairs_per_customer": 8}


def run(folder, **changes):
    simulation = Simulation(**{"customers": 5, **SMALL, **changes})
    simulate(folder, simulation, WORLDS["personal"], name="test")
    return folder


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return run(tmp_path_factory.mktemp("simulation") / "wardrobe", seed=3)


class TestDeterminism:
    def test_same_seed_gives_the_same_bytes(self, folder, tmp_path):
        assert contents(run(tmp_path / "again", seed=3)) == contents(folder)

    def test_other_seed_gives_other_garments(self, folder, tmp_path):
        other = contents(run(tmp_path / "other", seed=4))
        assert other["items.csv"] != contents(folder)["items.csv"]

    def test_more_customers_change_neither_items_nor_early_votes(
        self, folder, tmp_path
    ):
        many = run(tmp_path / "many", seed=3, customers=9)
        before, after = contents(folder), contents(many)
        assert before["items.csv"] == after["items.csv"]
        for name in before:
            if name.startswith("images/"):
                assert before[name] == after[name]
        for name in ("customers.csv", "item_votes.csv", "pair_votes.csv"):
            assert after[name].startswith(before[name])

    def test_more_items_leave_the_first_as_they_are(self, folder, tmp_path):
        many = run(tmp_path / "many", seed=3, items=14)
        old = pd.read_csv(folder / "items.csv", index_col="item_id")
        new = pd.read_csv(many / "items.csv", index_col="item_id")
        pd.testing.assert_frame_equal(new.loc[old.index], old)


class TestFolder:
    def test_is_a_valid_wardrobe(self, folder):
        wardrobe = Wardrobe.load(folder)
        assert len(wardrobe.items) == 10
        assert len(wardrobe.item_votes) == 5 * 6
        assert len(wardrobe.pair_votes) == 5 * 8
        assert wardrobe.groups == ["bottom", "top"]
        assert wardrobe.attributes["attr_color_l"] == "numeric"
        assert wardrobe.attributes["attr_fit"] == "categorical"
        assert all(path.is_file() for path in wardrobe.image_paths)

    def test_rows_of_the_truth_are_those_of_the_tables(self, folder):
        wardrobe, world = Wardrobe.load(folder), World.load(folder)
        assert len(world.customers) == len(wardrobe.customers)
        lab = wardrobe.items[["attr_color_l", "attr_color_a", "attr_color_b"]]
        assert (world.traits.lab == lab.to_numpy()).all()

    def test_manifest(self, folder):
        manifest = json.loads((folder / "wardrobe.json").read_text())
        assert manifest["name"] == "test"
        assert manifest["licence"] == "CC0-1.0"
        assert manifest["seed"] == 3
        assert manifest["counts"]["pair_votes"] == 40
        assert manifest["splits"]["hash"] == Wardrobe.load(folder).splits_hash
        assert manifest["world"]["pair_scale"] == 2.5
        assert 0 < manifest["measured"]["pair_oracle_roc_auc"] <= 1

    def test_survey_has_answers_of_everybody(self, folder):
        customers = Wardrobe.load(folder).customers
        answers = customers.filter(like="survey_")
        assert answers.shape == (5, 4)
        assert (answers != "").all(axis=None)


class TestPhotos:
    def test_photos_replace_drawings(self, folder, tmp_path):
        out = tmp_path / "photos"
        simulation = Simulation(
            customers=2, items=None, votes_per_customer=5, pairs_per_customer=5
        )
        manifest = simulate(
            out,
            simulation,
            WORLDS["common"],
            name="photos",
            photos=folder / "items.csv",
        )
        assert manifest["counts"]["items"] == 10
        assert "photos of test" in manifest["source"]
        old, new = contents(folder), contents(out)
        assert new["images/top-0002.png"] == old["images/top-0002.png"]
        lab = World.load(folder).traits.lab
        assert (World.load(out).traits.lab == lab).all()


class TestBadInput:
    @pytest.mark.parametrize(
        "name, value, message",
        [
            ("customers", 0, "--customers must be at least 1, got 0"),
            ("items", 1, "--items must be at least 2, got 1"),
            ("votes_per_customer", -3, "--votes-per-customer .* got -3"),
            ("pairs_per_customer", 0, "--pairs-per-customer .* got 0"),
            ("seed", -1, "--seed must be at least 0, got -1"),
        ],
    )
    def test_numbers_out_of_range(self, name, value, message):
        with pytest.raises(InputError, match=message):
            Simulation(**{name: value})

    @pytest.mark.parametrize(
        "name, value, there",
        [("votes_per_customer", 11, 10), ("pairs_per_customer", 26, 25)],
    )
    def test_more_votes_than_things(self, tmp_path, name, value, there):
        out = tmp_path / "out"
        with pytest.raises(InputError, match=f"{value}: .* only {there} "):
            run(out, **{name: value})
        assert list(tmp_path.iterdir()) == []

    def test_neither_items_nor_photos(self, tmp_path):
        with pytest.raises(ValueError, match="`items` must be a number"):
            run(tmp_path / "out", items=None)

    def test_existing_folder_stays(self, tmp_path):
        (tmp_path / "mine.txt").write_text("mine")
        with pytest.raises(InputError, match="already exists"):
            run(tmp_path)
        assert contents(tmp_path) == {"mine.txt": b"mine"}

    def test_full_disk_leaves_nothing(self, tmp_path, monkeypatch):
        def fail(*args, **kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("PIL.Image.Image.save", fail)
        with pytest.raises(InputError, match="No space left"):
            run(tmp_path / "out")
        assert list(tmp_path.iterdir()) == []


class TestLayeredOutfits:
    def test_three_layers_and_all_the_rest_as_before(self, tmp_path):
        size = {"seed": 3, "items": 40}
        plain = contents(run(tmp_path / "plain", **size))
        layered = contents(run(tmp_path / "layered", outfits=5, **size))
        changed = {name for name in plain if plain[name] != layered[name]}
        assert changed == {"items.csv", "outfits.csv", "wardrobe.json"}
        assert layered["outfits.csv"].startswith(plain["outfits.csv"])
        wardrobe = Wardrobe.load(tmp_path / "layered")
        rows = wardrobe.outfits
        rows = rows[rows["outfit_id"].str.startswith("layered")]
        groups = wardrobe.items["group"].to_numpy()[rows["item"]]
        assert groups.reshape(5, 3).tolist() == [["top", "bottom", "outer"]] * 5

    def test_stylists_choose_what_matches(self, tmp_path):
        folder = run(tmp_path / "layered", seed=3, items=40, outfits=60)
        world, wardrobe = World.load(folder), Wardrobe.load(folder)
        rows = wardrobe.outfits
        rows = rows[rows["outfit_id"].str.startswith("layered")]
        chosen = rows["item"].to_numpy().reshape(-1, 3)
        mixed = np.stack(
            [np.roll(column, n) for n, column in enumerate(chosen.T)], axis=1
        )
        scores = outfit_score(world, chosen), outfit_score(world, mixed)
        assert scores[0].mean() > scores[1].mean() + 1.0

    def test_layers_may_be_judged_by_notions_of_their_own(self, tmp_path):
        size = {"seed": 3, "items": 40, "outfits": 60}
        plain = contents(run(tmp_path / "alike", **size))
        own = contents(run(tmp_path / "own", layer_notions=True, **size))
        changed = {name for name in plain if plain[name] != own[name]}
        assert changed == {"outfits.csv", "truth.npz", "wardrobe.json"}
        assert World.load(tmp_path / "alike").layers is None
        world, wardrobe = World.load(tmp_path / "own"), tmp_path / "own"
        groups = Wardrobe.load(wardrobe).items["group"]
        assert [LAYERS[row] for row in world.layers] == groups.tolist()

    def test_which_layers_meet_decides_what_counts(self):
        traits = garment_traits(draw_garments(600, 0))
        layers = np.arange(600) % len(LAYERS)
        parts = [np.flatnonzero(layers == row) for row in range(len(LAYERS))]
        world = World.create(
            traits,
            *parts[:2],
            customers=2,
            seed=0,
            parameters=WORLDS["personal"],
            layers=layers,
        )
        outfits = draw_layered_outfits(world, parts, 900, seed=0)
        top, bottom, outer = outfits["item"].to_numpy().reshape(-1, 3).T

        def gap(values, first, second):
            """Mean difference in outfits, as a share of that between any."""
            gaps = np.abs(values[first] - values[second])
            return (
                gaps.mean()
                / np.abs(values[first][:, None] - values[second]).mean()
            )

        formality, lightness = traits.formality, traits.lab[:, 0]
        assert gap(formality, bottom, outer) < gap(formality, top, outer) - 0.1
        assert gap(lightness, top, outer) < gap(lightness, bottom, outer) - 0.1

    def test_notions_of_layers_need_outfits(self):
        with pytest.raises(InputError, match="--layer-notions"):
            Simulation(layer_notions=True)

    def test_no_item_of_a_layer_is_refused(self, tmp_path):
        with pytest.raises(InputError, match="no item for the layer"):
            run(
                tmp_path / "few",
                items=2,
                outfits=5,
                votes_per_customer=1,
                pairs_per_customer=1,
            )
