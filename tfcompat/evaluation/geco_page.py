"""A page of templates and ranked lists, like GECo's Figures 9 and 10."""

import base64
import io
import pathlib

import jinja2
import numpy as np
import tensorflow as tf
from PIL import Image

from tfcompat.data.compatible_pairs import compatibility_questions
from tfcompat.data.files import atomic_path
from tfcompat.training.trained_matcher import TrainedMatcher

_PAGE = pathlib.Path(__file__).with_name("geco_page.html")
_SIDE = 112
_LISTED = 5


def write_geco_page(runs, wardrobe, path, *, queries=6, seed=0):
    """Shows what models imagine and find for the same tops.

    Args:
        runs: Dict from a model's name to the path of its finished run.
        wardrobe: `Wardrobe`.
        path: The HTML file; pictures are inside.
        queries: Number of tops.
        seed: Of the choice of tops among those of the test part.

    Returns:
        `pathlib.Path` of the page.
    """
    matchers = {
        name: TrainedMatcher(run, wardrobe) for name, run in runs.items()
    }
    first = next(iter(matchers.values())).config
    questions = compatibility_questions(
        wardrobe, first.query_group, first.candidate_group, "test", first.pairs
    )
    random = np.random.default_rng(seed)
    _, firsts = np.unique(questions.query, return_index=True)
    chosen = random.permutation(firsts)[:queries]
    candidates = np.unique(questions.candidates[:, 0])
    columns = {
        name: _answer(matcher, questions, chosen, candidates)
        for name, matcher in matchers.items()
    }
    tops = [
        {
            "image": _of_file(wardrobe, questions.query[row]),
            "own": _of_file(wardrobe, questions.candidates[row, 0]),
            "models": [
                {"name": name, **answers[place]}
                for name, answers in columns.items()
            ],
        }
        for place, row in enumerate(chosen)
    ]
    page = jinja2.Template(
        _PAGE.read_text(encoding="utf-8"), autoescape=True
    ).render(
        wardrobe=wardrobe.manifest.get("name", wardrobe.folder.name),
        count=len(candidates),
        tops=tops,
    )
    path = pathlib.Path(path)
    with atomic_path(path) as partial:
        partial.write_text(page, encoding="utf-8")
    return path


def _answer(matcher, questions, chosen, candidates):
    """For each chosen question: template, best candidates, rank of its own."""
    customers, queries = questions.customer[chosen], questions.query[chosen]
    templates = matcher.templates(customers, queries)
    answers = []
    for part, block in matcher.score_blocks(customers, queries, candidates):
        for place, scores in zip(
            range(part.start, part.stop), block, strict=True
        ):
            own = questions.candidates[chosen[place], 0]
            score = scores[np.searchsorted(candidates, own)]
            best = candidates[np.argsort(-scores, kind="stable")[:_LISTED]]
            answers.append(
                {
                    "template": None
                    if templates is None
                    else _of_pixels(templates[place]),
                    "rank": int((scores >= score).sum()),
                    "items": [
                        {
                            "image": _of_file(matcher.wardrobe, item),
                            "is_own": bool(item == own),
                        }
                        for item in best
                    ],
                }
            )
    return answers


def _of_file(wardrobe, row):
    with Image.open(wardrobe.image_paths[row]) as image:
        image = image.convert("RGB")
        image.thumbnail((_SIDE, _SIDE))
        return _data_url(image)


def _of_pixels(pixels):
    levels = np.asarray(tf.cast(tf.round(255.0 * pixels), tf.uint8))
    image = Image.fromarray(levels)
    return _data_url(image.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC))


def _data_url(image):
    data = io.BytesIO()
    image.save(data, "PNG")
    encoded = base64.b64encode(data.getvalue()).decode("ascii")
    return f"data:image/png;base64,{encoded}"
