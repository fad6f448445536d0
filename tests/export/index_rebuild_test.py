import json
import shutil

import pytest
import tensorflow as tf

from tests.command import tfcompat_main
from tests.export.pair_kit import (
    ITEMS,
    make_encoder,
    make_model,
    make_towers,
    read_items,
    write_wardrobe,
)
from tfcompat.data.errors import InputError
from tfcompat.export import catalogue as module
from tfcompat.export import index_rebuild
from tfcompat.export.catalogue import group_of_categories
from tfcompat.export.index_rebuild import rebuild_index
from tfcompat.export.pair_building import build_pair_servable
from tfcompat.export.pair_model import PairModel
from tfcompat.export.serving_options import ServingOptions
from tfcompat.training.vocabulary import Vocabulary

NEW = ("neu 7", "neu.png", "bottom", "culottes", "RGB", (25, 60))

BOTTOMS = ["b1", "b2", "b3", "b4", "b5"]


def ask(servable, photo, group, k=20):
    answer = servable.signatures["complete"](
        customer_id=tf.constant(["anna"]),
        query=tf.constant([photo]),
        group=tf.constant([group]),
        k=tf.constant(k),
    )
    ids = [id_.decode() for id_ in answer["item_id"].numpy()[0]]
    scores = dict(zip(ids, answer["score"].numpy()[0].tolist(), strict=True))
    scores.pop("", None)
    return scores


def publish_sources(servable, to):
    """A first version that holds nothing but what a rebuild reads."""
    version = to / servable.name / "1"
    kept = version / "assets.extra" / "tfcompat"
    kept.mkdir(parents=True)
    for name, path in servable.sources.items():
        shutil.copy(path, kept / name)
    return version


class Served:
    """A published model whose wardrobe and makers are no more."""

    def __init__(self, folder):
        wardrobe = write_wardrobe(folder / "old")
        self.photo = wardrobe.image_paths[0].read_bytes()
        encoder = make_encoder(wardrobe)
        model = make_model("psa", wardrobe, read_items(wardrobe, encoder))
        pair = PairModel(
            model=model,
            vocabulary=Vocabulary.of(wardrobe),
            encoder=encoder,
            category_groups=group_of_categories(wardrobe),
            towers=None,
            about={"data": {}, "metrics": {"auc": 0.7}, "seed": 0},
        )
        options = ServingOptions(max_rows=64)
        servable = build_pair_servable(pair, wardrobe, options, "mine")
        self.first = publish_sources(servable, folder / "to")
        self.pair = pair
        self.before = ask(servable, self.photo, "bottom")
        shutil.rmtree(folder / "old")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    return Served(tmp_path_factory.mktemp("served"))


class TestRebuild:
    def test_items_come_and_go_without_training(
        self, served, tmp_path, monkeypatch, capsys
    ):
        looked_at = []
        decode = module.decode_photos

        def count(contents, *args, **kwargs):
            looked_at.append(contents)
            return decode(contents, *args, **kwargs)

        monkeypatch.setattr(module, "decode_photos", count)
        # b1 and b4 are sold, culottes are in, and their category is new.
        items = [item for item in ITEMS if item[0] not in ("b1", "b4")]
        seeds = [ITEMS.index(item) for item in items]
        old = write_wardrobe(tmp_path / "all")
        now = write_wardrobe(tmp_path / "now", [*items, NEW])
        for seed in seeds:  # The photos of before, not drawn anew.
            file = f"images/{ITEMS[seed][1]}"
            shutil.copy(old.folder / file, now.folder / file)
        before = served.before
        assert before.keys() == {"b1", "b2", "b3", "b4", "b5"}
        capsys.readouterr()
        status = tfcompat_main(
            f"index {served.first.parent} --data {now.folder}"
        )
        assert status == 0
        second = served.first.with_name("2")
        assert capsys.readouterr().out.strip() == str(second)
        assert len(looked_at) == 1 and looked_at[0].shape[0] in (1, None)
        rebuilt = tf.saved_model.load(second)
        after = ask(rebuilt, served.photo, "bottom")
        assert after.keys() == {"b2", "b3", "b5", "neu 7"}
        for id_ in ("b2", "b3", "b5"):
            assert after[id_] == pytest.approx(before[id_], abs=1e-6)
        # The new photo is the new item's: it is not its own answer.
        new = (now.folder / "images/neu.png").read_bytes()
        assert "neu 7" not in ask(rebuilt, new, "bottom")
        card = json.loads((second / "assets.extra/model_card.json").read_text())
        assert card["data"]["catalogue"]["items"] == 9
        assert card["metrics"] == {"auc": 0.7}
        options = json.loads(
            (second / "assets.extra/tfcompat/options.json").read_text()
        )
        assert options["max_rows"] == 64
        # And again, from the version that was rebuilt.
        monkeypatch.setattr(index_rebuild, "publish", lambda made, to: made)
        third = rebuild_index(served.first.parent, old)
        again = ask(third, served.photo, "bottom")
        assert again.keys() == before.keys()
        for id_, score in before.items():
            assert again[id_] == pytest.approx(score, abs=1e-6)

    def test_candidate_towers_are_kept(self, served, tmp_path, monkeypatch):
        wardrobe = write_wardrobe(tmp_path / "old")
        towers = make_towers(wardrobe)
        pair = PairModel(**{**vars(served.pair), "towers": towers})
        options = ServingOptions(shortlist=1)
        servable = build_pair_servable(pair, wardrobe, options, "short")
        publish_sources(servable, tmp_path / "to")
        now = write_wardrobe(tmp_path / "now", [*ITEMS, NEW])
        monkeypatch.setattr(index_rebuild, "publish", lambda made, to: made)
        rebuilt = rebuild_index(tmp_path / "to" / "short", now)
        assert "towers.npz" in rebuilt.sources
        # Proposed are the item that came after and the best of the others.
        [best] = ask(rebuilt, served.photo, "bottom", k=1)
        places = [
            wardrobe.items["item_id"].tolist().index(id_) for id_ in BOTTOMS
        ]
        anna = wardrobe.customers["customer_id"].tolist().index("anna")
        liking = towers.items[places] @ towers.customers[anna]
        assert best in ("neu 7", BOTTOMS[liking.argmax()])


class TestRefusals:
    @pytest.mark.parametrize(
        ("files", "words"),
        [
            (None, "does not exist"),
            ([], "holds no version of a model"),
            (["1/saved_model.pb"], "1: keeps nothing that an index"),
            (
                ["1/assets.extra/tfcompat/options.json"],
                "tfcompat: cannot be read",
            ),
        ],
    )
    def test_what_is_no_version_is_named(
        self, wardrobe, tmp_path, files, words
    ):
        folder = tmp_path / "model"
        for file in files or []:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text("{}")
        if files is not None:
            folder.mkdir(exist_ok=True)
        with pytest.raises(InputError, match=words):
            rebuild_index(folder, wardrobe)

    def test_an_unknown_group_makes_no_version(self, served, tmp_path):
        hat = ("h", "h.png", "hat", "cap", "RGB", (9, 9))
        wardrobe = write_wardrobe(tmp_path / "w", [*ITEMS, hat])
        versions = sorted(served.first.parent.iterdir())
        with pytest.raises(InputError, match="but not hat"):
            rebuild_index(served.first.parent, wardrobe)
        assert sorted(served.first.parent.iterdir()) == versions
