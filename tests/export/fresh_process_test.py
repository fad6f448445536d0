"""Exported versions, asked by a program that has TensorFlow and no tfcompat."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tfcompat.data.questions import Questions
from tfcompat.training.trained_scorer import TrainedScorer

VOTE_MODELS = ("partial_dual", "stynet", "two_tower")
# Prints the answers of PSA-Net to its photos, and what the others recommend.
ASK = """
import json, pathlib, sys
import tensorflow as tf
root, *photos = map(pathlib.Path, sys.argv[1:])
def ask(name, signature, **inputs):
    model = tf.saved_model.load(root / name / "1")
    outputs = model.signatures[signature](
        **{key: tf.constant(value) for key, value in inputs.items()}
    )
    return {
        key: value.numpy().tolist()
        for key, value in outputs.items() if value.dtype != tf.string
    }
photos = [path.read_bytes() for path in photos]
count = len(photos) - 1
print(json.dumps(ask(
    "psa_net", "serving_default", customer_id=["customer-0001"] * count,
    query=photos[:1] * count, candidate=photos[1:],
)))
for name in VOTE_MODELS:
    answer = ask(name, "recommend", customer_id=["customer-0001", "?"], k=3)
    print(json.dumps(answer["score"]))
ours = {"tfcompat", "tensorflow_recommenders", "tensorflow_io", "scann"}
assert not ours & set(sys.modules)
""".replace("VOTE_MODELS", str(VOTE_MODELS))


@pytest.fixture(scope="module")
def answers(saved_models, wardrobe):
    """What the program prints."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, saved_models, *wardrobe.image_paths[:12]],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_psa_net_scores_as_the_trained_model_does(answers, runs, wardrobe):
    answer = answers[0]
    ids = wardrobe.customers["customer_id"].tolist()
    scorer = TrainedScorer(runs / "psa-net", wardrobe)
    expected = scorer.score(
        Questions(
            np.full(11, ids.index("customer-0001")),
            np.zeros(11, int),
            np.arange(1, 12)[:, None],
            np.zeros((11, 1)),
        )
    )
    np.testing.assert_allclose(
        answer["score"], expected[:, 0], rtol=0, atol=1e-5
    )
    assert answer["known_customer"] == [True] * 11


@pytest.mark.parametrize("place, name", enumerate(VOTE_MODELS, start=1))
def test_others_recommend_as_in_this_process(
    answers, saved_models, place, name
):
    model = tf.saved_model.load(saved_models / name / "1")
    here = model.signatures["recommend"](
        customer_id=tf.constant(["customer-0001", "?"]), k=tf.constant(3)
    )
    np.testing.assert_allclose(answers[place], here["score"], atol=1e-6)
