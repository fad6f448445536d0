import numpy as np
import pytest
import tensorflow as tf

from tests.command import tfcompat_main
from tfcompat.data.errors import InputError
from tfcompat.evaluation.attribute_evaluation import encoder_run, load_model
from tfcompat.export.attribute_building import make_attribute_servable
from tfcompat.export.export import export_run
from tfcompat.export.serving_options import ServingOptions
from tfcompat.export.versions import list_versions
from tfcompat.serving import Client
from tfcompat.serving.embedded_server import EmbeddedServer
from tfcompat.training.adde import adde_features, adde_labels
from tfcompat.training.change_search import find_changed
from tfcompat.training.run_folder import RunFolder


@pytest.fixture(scope="module")
def models(attribute_runs, outfit_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("attributes-served")
    status = tfcompat_main(
        f"export {attribute_runs / 'adde-m'} --to {folder} "
        f"--data {outfit_folder} --outfits {attribute_runs / 'adde-o'}"
    )
    assert status == 0
    return folder


@pytest.fixture(scope="module")
def answers(models):
    [version] = list_versions(models / "adde")
    model = tf.saved_model.load(str(models / "adde" / str(version)))

    def ask(name, **inputs):
        found = model.signatures[name](
            **{key: tf.constant(value) for key, value in inputs.items()}
        )
        return found["item_id"].numpy().astype(str), found["score"].numpy()

    ask.model = model
    return ask


@pytest.fixture(scope="module")
def photos(outfit_wardrobe):
    return [path.read_bytes() for path in outfit_wardrobe.image_paths]


@pytest.fixture(scope="module")
def labels(attribute_runs, outfit_wardrobe):
    model = load_model(RunFolder(attribute_runs / "adde-m"))
    return model, adde_labels(model.encoder, outfit_wardrobe)


class TestIndex:
    def test_scann_is_advised_by_items_and_numbers_of_each_index(
        self, attribute_runs, outfit_wardrobe, advised
    ):
        servable = make_attribute_servable(
            RunFolder(attribute_runs / "adde-m"),
            outfit_wardrobe,
            ServingOptions(),
            outfits=attribute_runs / "adde-o",
        )
        sizes = outfit_wardrobe.items["group"].value_counts()
        assert advised == [
            (150, servable.ranking.index.dim),
            (sizes.max(), servable.outfit_ranking.index.dim),
        ]


class TestManipulate:
    def test_finds_what_the_model_finds(
        self, answers, photos, labels, outfit_wardrobe, attribute_runs
    ):
        model, labels = labels
        run = RunFolder(attribute_runs / "adde-m")
        rows = np.arange(6)
        value = "color=black"
        current = [
            f"color={labels.values['color'][v]}" for v in labels.labels[:6, 1]
        ]
        assert labels.names[1] == "color"
        items, scores = answers(
            "manipulate",
            query=photos[:6],
            remove=current,
            add=[value] * 6,
            k=8,
        )
        change = np.zeros((6, labels.num_values), "int8")
        change[rows, [labels.place(text) for text in current]] -= 1
        change[:, labels.place(value)] += 1
        queries = type(
            "Queries",
            (),
            {
                "reference": rows,
                "change": change,
                "gallery": np.arange(len(photos)),
                "__len__": lambda self: 6,
            },
        )()
        content = adde_features(encoder_run(run), outfit_wardrobe)
        found = find_changed(model, content, queries, 9)
        ids = outfit_wardrobe.items["item_id"].to_numpy()
        for row in rows:
            expected = [i for i in found[row] if i != row][:8]
            assert items[row].tolist() == ids[expected].tolist()
        assert (np.diff(scores, axis=1) <= 1e-6).all()

    def test_without_remove_the_value_goes_that_the_classifier_sees(
        self, answers, photos, labels
    ):
        model, labels = labels
        image = tf.io.decode_png(photos[3], channels=3)[None]
        del image  # Only to say what is asked about.
        content = answers("similar", query=photos[3:4], attribute=["fit"], k=1)
        assert content[0].shape == (1, 1)
        found = {
            text: answers(
                "manipulate",
                query=photos[3:4],
                remove=[text],
                add=["fit=slim"],
                k=4,
            )[1]
            for text in (
                "",
                *(f"fit={value}" for value in labels.values["fit"]),
            )
        }
        alike = [
            text
            for text, scores in found.items()
            if text and np.allclose(scores, found[""], atol=1e-6)
        ]
        assert len(alike) >= 1

    def test_several_changes_at_once(self, answers, photos):
        one, two = (
            answers(
                "manipulate",
                query=photos[:1],
                remove=["fit=slim"],
                add=[text],
                k=3,
            )[1]
            for text in ("fit=loose", "fit=loose; pattern=striped")
        )
        assert not np.allclose(one, two)

    def test_unknown_value_is_named_with_its_row(self, answers, photos):
        with pytest.raises(
            tf.errors.InvalidArgumentError,
            match="add row 1: there is no value color=tartan",
        ):
            answers(
                "manipulate",
                query=photos[:2],
                remove=["", ""],
                add=["color=black", "fit=slim;color=tartan"],
                k=2,
            )


class TestSimilar:
    def test_ranks_by_the_subspace_of_the_attribute(
        self, answers, photos, labels, outfit_wardrobe, attribute_runs
    ):
        model, labels = labels
        run = encoder_run(RunFolder(attribute_runs / "adde-m"))
        features = tf.constant(adde_features(run, outfit_wardrobe))
        parts = model.index(features).numpy().reshape(len(photos), -1, 8)
        attribute = labels.names.index("fit")
        gaps = np.linalg.norm(parts[:, attribute] - parts[4, attribute], axis=1)
        gaps[4] = np.inf  # The query itself is never among the answers.
        items, scores = answers(
            "similar", query=[photos[4]], attribute=["fit"], k=5
        )
        np.testing.assert_allclose(-scores[0], np.sort(gaps)[:5], atol=2e-3)
        assert outfit_wardrobe.items["item_id"][4] not in items

    def test_each_row_gets_as_many_as_it_asks_for(self, answers, photos):
        items, scores = answers(
            "similar",
            query=photos[:2],
            attribute=["fit", "color"],
            k=np.array([1, 3], "int32"),
        )
        assert (items != "").sum(axis=1).tolist() == [1, 3]
        assert np.isneginf(scores[0, 1:]).all()

    def test_unknown_attribute_is_named(self, answers, photos):
        with pytest.raises(
            tf.errors.InvalidArgumentError,
            match="attribute row 0: there is no attribute sleeve; there are",
        ):
            answers("similar", query=photos[:1], attribute=["sleeve"], k=1)


class TestComplete:
    def test_only_the_group_asked_for_and_not_the_outfit_itself(
        self, answers, photos, outfit_wardrobe
    ):
        items = outfit_wardrobe.items
        by_id = items.set_index("item_id")["group"]
        queries = [[photos[0], photos[80]], [photos[1], b""]]
        found, scores = answers(
            "complete", queries=queries, group=["top", "outer"], k=200
        )
        for row, group in enumerate(("top", "outer")):
            names = found[row][found[row] != ""]
            assert set(by_id[names]) == {group}
            own = {items["item_id"][n] for n in ((0, 80), (1,))[row]}
            expected = set(by_id.index[by_id == group]) - own
            assert set(names) == expected
        assert np.isfinite(scores[found != ""]).all()

    def test_a_long_and_a_short_list_agree(self, answers, photos):
        queries = [[photos[0], photos[80]]]
        few, _ = answers("complete", queries=queries, group=["bottom"], k=5)
        many, _ = answers("complete", queries=queries, group=["bottom"], k=200)
        assert few[0].tolist() == many[0, :5].tolist()

    @pytest.mark.parametrize(
        ("queries", "group", "message"),
        [
            ([[b""]], ["top"], "queries row 0: has no photo"),
            ([["x"], ["x"]], ["top"], "queries must be one row a group"),
            ([["photo"]], ["shoes"], "group row 0: there is no group shoes"),
        ],
    )
    def test_wrong_questions_are_named(
        self, answers, photos, queries, group, message
    ):
        queries = [
            [photos[0] if entry in ("x", "photo") else entry for entry in row]
            for row in queries
        ]
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            answers("complete", queries=queries, group=group, k=1)


class TestThroughTheDoor:
    def test_server_command_and_client(
        self, models, outfit_folder, outfit_wardrobe, photos, capsys
    ):
        with EmbeddedServer(models, port=0, rest_port=0) as server:
            address = f"127.0.0.1:{server.port}"
            with Client(address) as client:
                client.wait_until_ready("adde")
                [first, second] = client.complete(
                    None,
                    [[photos[0]], [photos[0], photos[80]]],
                    "outer",
                    3,
                    model="adde",
                )
                assert len(first.item_ids) == len(second.item_ids) == 3
                [ranking] = client.similar(photos[0], "color", 2)
                assert len(ranking.item_ids) == 2
            common = f"--server {address} --data {outfit_folder} --k 2"
            item = outfit_wardrobe.items["item_id"][0]
            for question in (
                f"manipulate --query {item} --add color=black",
                f"similar --query {item} --attribute fit",
                f"complete --model adde --group outer --outfit {item} "
                "bottom-0001",
            ):
                assert tfcompat_main(f"query {question} {common}") == 0
                lines = capsys.readouterr().out.splitlines()
                assert lines[0].startswith(item)
                assert len(lines) == 3


class TestExport:
    def test_outfit_model_alone_completes(
        self, attribute_runs, outfit_wardrobe, tmp_path
    ):
        path = export_run(
            attribute_runs / "csa-net", tmp_path, wardrobe=outfit_wardrobe
        )
        assert path.parent.name == "outfit_csa_net"
        card = (path / "assets.extra" / "model_card.md").read_text()
        assert "Items that complete an outfit" in card

    @pytest.mark.parametrize(
        ("run", "options", "message"),
        [
            ("csa-net", {"outfits": "x"}, "is a run of outfits itself"),
            ("adde-m", {"candidates": "x"}, "options of pair models"),
            ("adde-m", {"outfits": "adde-c"}, "--outfits needs an outfit"),
        ],
    )
    def test_options_that_do_not_go_together(
        self, attribute_runs, outfit_wardrobe, tmp_path, run, options, message
    ):
        options = {
            name: str(attribute_runs / value) if name == "outfits" else value
            for name, value in options.items()
        }
        with pytest.raises(InputError, match=message):
            export_run(
                attribute_runs / run,
                tmp_path,
                wardrobe=outfit_wardrobe,
                **options,
            )
