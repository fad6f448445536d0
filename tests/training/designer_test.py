import dataclasses
import shutil

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.data.design_batches import design_pairs, make_design_dataset
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.layers.customer_labels import CustomerLabels
from tfcompat.layers.every_customer import EveryCustomer
from tfcompat.models.designer import Designer
from tfcompat.training.config_files import load_config
from tfcompat.training.design_progress import (
    StopOnNaN,
    image_grid,
    judge_votes,
    spread,
)
from tfcompat.training.designer import (
    DesignerConfig,
    build_designer,
    train_designer,
)
from tfcompat.training.execution import execute
from tfcompat.training.item_codes import encode_items
from tfcompat.training.new_customers import learn_new_customers
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.short_training import draw_by_average, warm_up_judge
from tfcompat.training.trained_designer import TrainedDesigner, designs


@pytest.fixture(scope="module")
def config(runs):
    return DesignerConfig(
        image_size=32,
        width=2,
        trunk="garment_encoder",
        encoder=str(runs / "garment-encoder"),
        dim=8,
        metric_units=4,
        batch_size=16,
        epochs=2,
        epoch_steps=3,
        precision="float32",
    )


def make_trunk():
    return keras.Sequential(
        [keras.layers.Conv2D(4, 3, strides=4, input_shape=(32, 32, 3))]
    )


@pytest.fixture(scope="module")
def first_epoch(config, wardrobe, tmp_path_factory):
    """Folder of the same run, stopped after its first epoch; copy it."""
    config = dataclasses.replace(config, customers_left_out=3)
    run = RunFolder.start(tmp_path_factory.mktemp("stopped") / "run", config)
    train_designer(dataclasses.replace(config, epochs=1), wardrobe, run)
    return run.path


@pytest.fixture(scope="module")
def run(config, wardrobe, tmp_path_factory):
    """A finished run that left the last three customers out."""
    path = tmp_path_factory.mktemp("designer") / "run"
    config = dataclasses.replace(config, customers_left_out=3)
    return execute(config, wardrobe, path)


@pytest.fixture(scope="module")
def designer(run):
    return keras.saving.load_model(run.model / "model.keras", compile=False)


class TestRun:
    def test_history_has_balance_judge_and_diversity(self, run):
        history = run.read_history()
        assert [row["epoch"] for row in history] == [1, 2]
        names = {
            "loss",
            "discriminator",
            "generator",
            "real_score",
            "fake_score",
            "valid_customer_roc_auc",
            "diversity",
            "personal_diversity",
        }
        assert names <= history[-1].keys()
        metrics = run.read_json("metrics.json")
        assert metrics["diversity"] == history[-1]["diversity"]
        assert metrics["milliseconds_per_new_customer"] > 0

    def test_every_epoch_leaves_a_grid_of_samples(self, run):
        samples = sorted((run.path / "samples").iterdir())
        assert [path.name for path in samples] == [
            "epoch_001.png",
            "epoch_002.png",
        ]
        # Query, liked and own design, then six customers; eight queries.
        with Image.open(samples[-1]) as image:
            assert image.size == (9 * 36 + 4, 8 * 36 + 4)
        assert list((run.tensorboard / "samples").iterdir())

    def test_model_designs_for_every_customer(self, designer, wardrobe):
        count = len(wardrobe.customers)
        assert designer.customers.num_customers == count
        query = np.random.default_rng(0).random((count, 32, 32, 3))
        inputs = {"query": query, "customer": np.arange(count)}
        designs = designer(inputs).numpy()
        assert designs.shape == (count, 32, 32, 3)
        assert np.isfinite(designs).all()

    def test_left_out_customers_are_learnt_and_not_strangers(self, designer):
        vectors = designer.customers.vectors.numpy()
        stranger = vectors[:-3].mean(axis=0)
        assert (np.abs(vectors[-3:] - stranger).max(axis=1) > 0.1).all()

    def test_resumed_equals_uninterrupted(
        self, run, first_epoch, config, wardrobe, tmp_path
    ):
        config = dataclasses.replace(config, customers_left_out=3)
        parts = RunFolder(shutil.copytree(first_epoch, tmp_path / "parts"))
        train_designer(config, wardrobe, parts)
        whole, resumed = (
            keras.saving.load_model(folder / "model.keras", compile=False)
            for folder in (run.model, parts.model)
        )
        for a, b in zip(whole.weights, resumed.weights, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)

    def test_bottom_to_top_by_the_command(
        self, config, wardrobe_folder, tmp_path
    ):
        changes = {
            "query_group": "bottom",
            "target_group": "top",
            "conditioning": "label",
            "guidance_weight": 0,
            **{
                name: getattr(config, name)
                for name in ("width", "image_size", "batch_size", "encoder")
            },
            "epochs": 1,
            "epoch_steps": 1,
            "judge_steps": 1,
        }
        settings = " ".join(f"--set {k}={v}" for k, v in changes.items())
        status = tfcompat_main(
            f"train designer-small --data {wardrobe_folder} "
            f"--out {tmp_path / 'run'} {settings}"
        )
        assert status == 0
        row = RunFolder(tmp_path / "run").read_history()[-1]
        assert row["guidance"] == 0

    def test_nan_stops_within_the_epoch(self, run):
        stop = StopOnNaN(run)
        stop.on_epoch_begin(3)
        stop.on_train_batch_end(50, {"loss": 1.0, "generator": 2.0})
        stop.on_train_batch_end(51, {"loss": float("nan")})  # Not looked at.
        with pytest.raises(
            InputError, match="loss is not finite in epoch 4, step 101; lower"
        ):
            stop.on_train_batch_end(100, {"loss": np.nan, "generator": 2.0})

    def test_nan_keeps_the_last_good_checkpoint(
        self, first_epoch, config, wardrobe, tmp_path
    ):
        run = RunFolder(shutil.copytree(first_epoch, tmp_path / "run"))
        broken = dataclasses.replace(
            config, guidance_weight=float("nan"), customers_left_out=3
        )
        with pytest.raises(
            InputError, match="is not finite in epoch 2, step 1; lower"
        ):
            train_designer(broken, wardrobe, run)
        checkpoint = tf.train.load_checkpoint(str(run.checkpoints))
        assert checkpoint.get_tensor("epoch/.ATTRIBUTES/VARIABLE_VALUE") == 1
        assert len(run.read_history()) == 1

    @pytest.mark.parametrize(
        "name, value",
        [
            ("trunk", "resnet"),
            ("conditioning", "mood"),
            ("customers_left_out", 30),
            ("image_size", 64),
        ],
    )
    def test_wrong_settings_are_named(
        self, config, wardrobe, tmp_path, name, value
    ):
        config = dataclasses.replace(config, **{name: value})
        with pytest.raises(InputError, match=f"{name}.*{value}"):
            execute(config, wardrobe, tmp_path / "run")


class TestSizes:
    def test_paper(self):
        config = load_config("designer")
        assert (config.image_size, config.width, config.dim) == (128, 64, 64)
        assert (config.batch_size, config.epochs) == (64, 25)
        assert config.learning_rate == config.judge_learning_rate == 2e-4
        assert config.trunk == "vgg16" and not config.trunk_weights

    def test_small_is_the_same_designer_at_a_quarter_of_the_width(self):
        paper, small = load_config("designer"), load_config("designer-small")
        assert (small.image_size, small.width) == (64, paper.width // 4)
        designer = build_designer(small, make_trunk(), 5, 10)
        assert designer.encoder.hidden_units == (256, 128)
        assert designer.decoder.stack.filters == (64, 64, 64, 64, 32, 16, 3)
        assert designer.discriminator.stack.filters == (16, 32, 64, 128)
        assert designer.discriminator.hidden.units == 256

    def test_learning_rates_sink_if_asked_to(self, config):
        config = dataclasses.replace(config, decays=True)
        algorithm = build_designer(config, make_trunk(), 5, 10).algorithm
        for optimizer in (
            algorithm.compatibility_optimizer,
            algorithm.customer_optimizer,
            algorithm.discriminator_optimizer,
            algorithm.generator_optimizer,
        ):
            schedule = optimizer.get_config()["learning_rate"]["config"]
            assert schedule["warmup_target"] == 2e-4
            assert schedule["decay_steps"] == 9  # And one to warm up.

    @pytest.mark.parametrize(
        "conditioning, kind",
        [("label", CustomerLabels), ("nothing", EveryCustomer)],
    )
    def test_ablations_are_other_parts(self, config, conditioning, kind):
        config = dataclasses.replace(config, conditioning=conditioning)
        designer = build_designer(config, make_trunk(), 5, 10)
        assert isinstance(designer, Designer)
        assert type(designer.customers) is kind


class TestWarmUp:
    @pytest.mark.parametrize("is_frozen", [True, False])
    def test_judge_alone_learns_at_first(self, config, wardrobe, is_frozen):
        trunk = make_trunk()
        trunk.trainable = not is_frozen
        designer = build_designer(config, trunk, 30, 10)
        images = ImageStore(wardrobe.image_paths, 32)
        pairs = design_pairs(wardrobe, "top", "bottom")
        parts = {
            "trunk": trunk,
            "head": designer.encoder.code,
            "metric": designer.metric_network,
            "customers": designer.customers,
            "decoder": designer.decoder,
            "discriminator": designer.discriminator,
        }
        before = {
            name: [weight.numpy() for weight in part.weights]
            for name, part in parts.items()
        }
        warm_up_judge(designer, pairs, images, steps=2, batch_size=8)
        moved = {
            name
            for name, part in parts.items()
            for new, old in zip(part.weights, before[name], strict=True)
            if not np.array_equal(new, old)
        }
        learnt = {"head", "metric", "customers"}
        assert moved == (learnt if is_frozen else learnt | {"trunk"})

    def test_a_frozen_trunk_is_asked_once_and_nothing_else_changes(
        self, config, wardrobe
    ):
        images = ImageStore(wardrobe.image_paths, 32)
        pairs = design_pairs(wardrobe, "top", "bottom")
        trunk = make_trunk()
        codes = []
        for steps in (0, 2):
            keras.utils.set_random_seed(1)
            trunk.trainable = False
            designer = build_designer(config, trunk, 30, 10)
            if steps:
                warm_up_judge(
                    designer, pairs, images, steps=steps, batch_size=8
                )
            else:
                for batch in make_design_dataset(
                    pairs, images, batch_size=8, seed=0, steps=2
                ):
                    designer.algorithm.learn_compatibility(designer, *batch)
            codes.append(designer.encoder(images.batch(tf.range(4))))
        np.testing.assert_allclose(*codes, rtol=1e-4, atol=1e-5)

    def test_later_a_tenth_of_the_rates_is_left(self, config):
        config = dataclasses.replace(config, judge_steps=7)
        algorithm = build_designer(config, make_trunk(), 5, 10).algorithm
        for optimizer in (
            algorithm.compatibility_optimizer,
            algorithm.customer_optimizer,
        ):
            schedule = optimizer.get_config()["learning_rate"]["config"]
            assert schedule["boundaries"] == [7]
            np.testing.assert_allclose(schedule["values"], [2e-4, 2e-5])
        assert float(algorithm.generator_optimizer.learning_rate) == (
            pytest.approx(2e-4)
        )


class TestAverage:
    def test_decoder_is_the_average_of_its_steps(self, config):
        config = dataclasses.replace(config, average_rate=0.75)
        designer = build_designer(config, make_trunk(), 5, 10)
        weight = designer.decoder.trainable_variables[0]
        optimizer = designer.algorithm.generator_optimizer
        values = [weight.numpy()]
        for size in (1.0, -3.0):
            slope = tf.fill(weight.shape, size)
            optimizer.apply_gradients([(slope, weight)])
            values.append(weight.numpy())
        draw_by_average(designer, [])
        # The start counts 9/16, the first step 3/16, the second a quarter.
        expected = (9 * values[0] + 3 * values[1] + 4 * values[2]) / 16
        np.testing.assert_allclose(weight, expected, rtol=1e-5, atol=1e-8)

    def test_batch_norm_learns_the_average_anew(self, config):
        config = dataclasses.replace(config, average_rate=0.75)
        designer = build_designer(config, make_trunk(), 5, 10)
        mean = designer.decoder.norm.moving_mean
        query = tf.random.stateless_uniform((4, 32, 32, 3), (0, 0))
        batches = [({"query": query, "customer": tf.range(4)}, {})] * 60
        draw_by_average(designer, batches)
        expected = mean.numpy()
        mean.assign_add(tf.fill(mean.shape, 1000.0))
        draw_by_average(designer, batches)
        # What was before counts 0.9^60, less than 0.2 %.
        np.testing.assert_allclose(mean, expected, atol=2.0)


class TestNewCustomers:
    def test_those_who_join_are_learnt_in_their_order(self, designer, wardrobe):
        images = ImageStore(wardrobe.image_paths, 32)
        pairs = design_pairs(wardrobe, "top", "bottom")
        learn = {"images": images, "others": pairs.of(range(20))}
        new = [25, 22, 28]
        vectors = learn_new_customers(
            designer, pairs=pairs.of(new), customers=new, **learn
        )
        again = learn_new_customers(
            designer, pairs=pairs.of(new), customers=new[::-1], **learn
        )
        assert vectors.shape == (3, 8)
        np.testing.assert_allclose(again[::-1], vectors, rtol=1e-5)
        assert np.abs(vectors[0] - vectors[1]).max() > 0.01

    def test_their_judge_learns_what_they_like(self, designer, wardrobe):
        # Two customers of opposite tastes: what the one likes the other
        # dislikes, so that whatever vector they share ranks half of their
        # votes rightly on average.
        images = ImageStore(wardrobe.image_paths, 32)
        pairs = design_pairs(wardrobe, "top", "bottom")
        tops = np.setdiff1d(np.arange(len(wardrobe.items)), pairs.targets)
        query, target = (
            grid.ravel() for grid in np.meshgrid(tops, pairs.targets)
        )
        stranger, _ = designer.customers(tf.fill([len(query)], -1))
        codes = (
            encode_items(designer.encoder, images, rows)
            for rows in (query, target)
        )
        order = np.argsort(
            designer.score_codes(stranger, *codes), kind="stable"
        )
        bad, good = order[:40], order[-40:]
        liked, disliked = np.append(good, bad), np.append(bad, good)
        owner = np.repeat(np.array([0, 1], "int32"), 40)
        own = dataclasses.replace(
            pairs,
            customer=owner,
            query=query[liked].astype("int32"),
            target=target[liked].astype("int32"),
            disliked_customer=owner,
            disliked_query=query[disliked].astype("int32"),
            disliked_target=target[disliked].astype("int32"),
        )

        def fitted(steps):
            vectors = learn_new_customers(
                designer, images, own, pairs, [0, 1], steps=steps
            )
            first = designer.customers.num_customers
            moved = dataclasses.replace(
                own,
                customer=owner + first,
                disliked_customer=owner + first,
            )
            extended = designer.extended(vectors)
            return judge_votes(extended, moved, images)["customer"]["roc_auc"]

        assert fitted(0) == pytest.approx(0.5)
        assert fitted(300) > 0.75


class TestTrainedDesigner:
    def test_designs_for_the_wardrobes_rows(self, run, designer, wardrobe):
        trained = TrainedDesigner(run.path, wardrobe)
        customers, queries = np.array([4, -1, 29]), np.array([3, 1, 3])
        designs = trained.design(customers, queries, batch_size=2)
        inputs = {
            "query": trained.images.batch(queries.astype("int32")),
            "customer": customers,
        }
        np.testing.assert_allclose(designs, designer(inputs), atol=1e-5)

    def test_batches_are_designed_for_as_keras_does(
        self, run, designer, wardrobe
    ):
        trained = TrainedDesigner(run.path, wardrobe)
        inputs = {
            "query": trained.images.batch(np.array([3, 1], "int32")),
            "customer": tf.constant([29, -1]),
        }
        np.testing.assert_allclose(
            trained.predict_on_batch(inputs), designer(inputs), atol=1e-5
        )

    def test_customers_are_known_by_their_ids(self, run, wardrobe):
        moved = dataclasses.replace(
            wardrobe,
            customers=wardrobe.customers.iloc[[7, 2]]
            .assign(customer_id=lambda c: [c.customer_id.iloc[0], "nobody"])
            .reset_index(drop=True),
        )
        trained = TrainedDesigner(run.path, moved)
        assert trained.customer_rows([0, 1, -1]).tolist() == [7, -1, -1]

    def test_a_run_that_designs_nothing_is_refused(self, run, runs, wardrobe):
        with pytest.raises(InputError, match="StyNetConfig, which designs"):
            TrainedDesigner(runs / "stynet", wardrobe)
        assert designs(run.path) and not designs(runs / "stynet")


class TestEncodeItems:
    def test_each_item_once_and_rows_may_repeat(self, designer, wardrobe):
        images = ImageStore(wardrobe.image_paths, 32)
        rows = np.array([7, 3, 7, 0, 3])
        codes = encode_items(designer.encoder, images, rows, batch_size=2)
        expected = designer.encoder(images.batch(rows.astype("int32")))
        np.testing.assert_allclose(codes, expected, rtol=1e-4, atol=1e-5)


class TestPictures:
    def test_spread_by_hand(self):
        # 0 and 1 around 0.5; what is alike everywhere adds nothing.
        images = np.zeros((2, 1, 1, 2))
        images[1, 0, 0, 0] = 1.0
        assert spread(images) == pytest.approx(np.sqrt(0.25 / 2))
        assert spread(np.ones((3, 2, 2, 3))) == 0

    def test_grid_puts_images_side_by_side(self):
        images = np.zeros((2, 3, 5, 5, 3))
        images[1, 2] = 0.5
        grid = image_grid(images)
        assert grid.shape == (2 * 9 + 4, 3 * 9 + 4, 3)
        assert (grid[13:18, 22:27] == 128).all()
        assert (grid[4:9, 4:9] == 0).all()
        assert (grid[:4] == 255).all() and (grid[:, 9:13] == 255).all()
