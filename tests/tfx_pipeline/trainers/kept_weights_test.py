import dataclasses

import numpy as np
import pytest

from tests.export.pair_kit import make_encoder, make_model, read_items
from tests.export.pair_kit import write_wardrobe as write_kit_wardrobe
from tfcompat.training.vocabulary import Vocabulary
from tfx_pipeline.trainers.kept_weights import keep_weights


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """Function that makes an untrained model of a kind, with its wardrobe."""
    folder = tmp_path_factory.mktemp("kit") / "wardrobe"
    wardrobe = write_kit_wardrobe(folder)
    encoder = make_encoder(wardrobe)
    items = read_items(wardrobe, encoder).numpy()

    def make(kind, wardrobe=wardrobe, value=None):
        model = make_model(kind, wardrobe, items[: len(wardrobe.items)])
        if value is not None:
            for weight in model.trainable_variables:
                weight.assign(np.full(weight.shape, value))
        return model

    return make, wardrobe


def keep(model, wardrobe, base, base_wardrobe):
    return keep_weights(
        model, Vocabulary.of(wardrobe), base, Vocabulary.of(base_wardrobe)
    )


def other(wardrobe, customers=None, items=None):
    """The same wardrobe with other ids."""
    changes = {}
    if customers is not None:
        frame = wardrobe.customers.iloc[[0] * len(customers)].assign(
            customer_id=customers
        )
        changes["customers"] = frame.reset_index(drop=True)
    if items is not None:
        changes["items"] = wardrobe.items.assign(**items)
    return dataclasses.replace(wardrobe, **changes)


class TestKept:
    @pytest.mark.parametrize("kind", ["psa", "dense", "items", "csa", "joint"])
    def test_same_ids_keep_every_trained_weight(self, kit, kind):
        make, wardrobe = kit
        base = make(kind, value=0.25)
        model = make(kind)
        report = keep(model, wardrobe, base, wardrobe)
        assert report["new"] == []
        assert len(report["kept"]) == len(model.trainable_variables)
        for weight in model.trainable_variables:
            np.testing.assert_array_equal(weight, np.full(weight.shape, 0.25))

    def test_what_stage_one_says_stays(self, kit):
        make, wardrobe = kit
        base, model = make("items"), make("items")
        base.customers.table.assign(base.customers.table * 0 + 9)
        base.item_terms.popularity.assign(base.item_terms.popularity * 0 + 9)
        keep(model, wardrobe, base, wardrobe)
        assert not (model.customers.table.numpy() == 9).any()
        assert not (model.item_terms.popularity.numpy() == 9).any()


class TestTables:
    def test_customers_rows_go_with_their_ids(self, kit):
        make, wardrobe = kit  # anna, "Zoë, 2", ben, 77.
        later = other(wardrobe, ["77", "new", "anna"])
        base, model = make("joint"), make("joint", later)
        base.customers.means.assign(np.arange(20.0).reshape(4, 5))
        fresh = model.customers.means.numpy()[1]
        report = keep(model, later, base, wardrobe)
        means = model.customers.means.numpy()
        np.testing.assert_array_equal(means[0], [15, 16, 17, 18, 19])
        np.testing.assert_array_equal(means[1], fresh)
        np.testing.assert_array_equal(means[2], [0, 1, 2, 3, 4])
        assert "customers.0.means (2 of 3 customers)" in report["kept"]

    def test_groups_projections_go_with_their_names(self, kit):
        make, wardrobe = kit  # bottom, shoes, top.
        renamed = wardrobe.items["group"].replace({"bottom": "under"})
        later = other(wardrobe, items={"group": renamed})
        assert later.groups == ["shoes", "top", "under"]
        base, model = make("psa"), make("psa", later)
        # [groups, dim] of three groups of 8.
        base.projection.dense.bias.assign(np.repeat([1.0, 2.0, 3.0], 8))
        model.projection.dense.bias.assign(np.zeros(24))
        report = keep(model, later, base, wardrobe)
        bias = model.projection.dense.bias.numpy().reshape(3, 8)
        assert bias[:, 0].tolist() == [2, 3, 0]
        assert "projection.1.bias (2 of 3 groups)" in report["kept"]
        kernel, before = (
            each.projection.dense.kernel.numpy().reshape(-1, 3, 8)
            for each in (model, base)
        )
        np.testing.assert_array_equal(kernel[:, 0], before[:, 1])
        assert not np.array_equal(kernel[:, 2], before[:, 0])

    def test_categories_weights_go_with_their_names(self, kit):
        make, wardrobe = kit  # boots, jeans, polo, shirt, skirt.
        renamed = wardrobe.items["category"].replace({"boots": "wellies"})
        later = other(wardrobe, items={"category": renamed})
        base, model = make("csa"), make("csa", later)
        keep(model, later, base, wardrobe)
        kernel, before = (
            each.attention.network.layers[0].kernel.numpy().reshape(2, 5, 5)
            for each in (model, base)
        )
        # jeans, polo, shirt, skirt, wellies.
        np.testing.assert_array_equal(kernel[:, :4], before[:, 1:])
        assert not np.array_equal(kernel[:, 4], before[:, 0])


class TestNew:
    def test_other_sizes_start_anew_and_are_named(self, kit):
        make, wardrobe = kit
        base, model = make("dense"), make("psa")
        fresh = model.subspaces.masks.numpy()
        report = keep(model, wardrobe, base, wardrobe)
        assert [name.split(".")[0] for name in report["new"]] == ["subspaces"]
        np.testing.assert_array_equal(model.subspaces.masks, fresh)

    def test_one_projection_for_all_is_none_for_each_group(self, kit):
        make, wardrobe = kit
        for kinds in (("psa", "shared"), ("shared", "psa")):
            model, base = map(make, kinds)
            report = keep(model, wardrobe, base, wardrobe)
            assert report["new"] == ["projection.0.kernel", "projection.1.bias"]

    def test_parts_that_were_not_there_start_anew(self, kit):
        make, wardrobe = kit
        report = keep(make("items"), wardrobe, make("psa"), wardrobe)
        assert report["new"] == ["item_terms"]
