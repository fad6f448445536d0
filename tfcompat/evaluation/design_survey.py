"""A blind survey of designs: a page for people, and a key to count by."""

import collections
import csv
import json
import pathlib

import jinja2
import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.evaluation.design_pictures import choose_pairs
from tfcompat.evaluation.report_plots import picture_uri


def write_survey(designers, ours, pairs, page, key, *, questions=40, seed=0):
    """Writes a page that asks which of two designs goes better with a query.

    One design is always ours, the other that of another model drawn at
    random, and which of them stands left is drawn too. Nothing in the page
    says which is which; the key does. The page needs no server: it saves the
    answers as a CSV file.

    Args:
        designers: Dict from name to `TrainedDesigner`.
        ours: Name of ours.
        pairs: `DesignPairs` held out.
        page: HTML file to write.
        key: JSON file to write.
        questions: Most questions.
        seed: Of the draws.

    Raises:
        InputError: If a file cannot be written.

    Reference:
        Yu et al. 2019, "Personalized fashion design", section 4.3.
    """
    random = np.random.default_rng(seed)
    chosen = choose_pairs(pairs, questions, seed)
    others = sorted(set(designers) - {ours})
    rival = np.array(others)[random.integers(len(others), size=len(chosen))]
    customer, query = pairs.customer[chosen], pairs.query[chosen]
    shown = {ours: designers[ours].design(customer, query)}
    for name in np.unique(rival):
        shown[name] = designers[name].design(customer, query)
    pictures = designers[ours].images.batch(query).numpy()
    asked, answers = [], {}
    for place, name in enumerate(rival.tolist()):
        sides = [ours, name]
        random.shuffle(sides)
        answers[str(place + 1)] = dict(zip("AB", sides, strict=True))
        asked.append(
            {
                "number": place + 1,
                "query": picture_uri(pictures[place]),
                "A": picture_uri(shown[sides[0]][place]),
                "B": picture_uri(shown[sides[1]][place]),
            }
        )
    template = jinja2.Environment(
        loader=jinja2.PackageLoader("tfcompat.evaluation", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    ).get_template("design_survey.html")
    with atomic_path(page) as partial:
        partial.write_text(template.render(questions=asked), encoding="utf-8")
    with atomic_path(key) as partial:
        partial.write_text(
            json.dumps({"ours": ours, "questions": answers}, indent=1) + "\n",
            encoding="utf-8",
        )


def count_survey(key, answers):
    """Counts answers of a survey.

    Args:
        key: The JSON file that `write_survey` wrote.
        answers: Paths of the CSV files that the page saved: columns `question`
            and `choice`.

    Returns:
        Dict from each other model to a dict of "ours" and "theirs", the votes.

    Raises:
        InputError: If a file cannot be read, or answers no question of the
            key; names file and line.
    """
    try:
        told = json.loads(pathlib.Path(key).read_text(encoding="utf-8"))
        ours, questions = told["ours"], told["questions"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{key}: is no key of a survey: {error}") from error
    votes = collections.defaultdict(lambda: {"ours": 0, "theirs": 0})
    for path in answers:
        try:
            with open(path, newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read: {error}") from error
        for line, row in enumerate(rows, start=2):
            sides = questions.get(row.get("question"))
            if sides is None or row.get("choice") not in sides:
                raise InputError(f"{path}, line {line}: answers no question.")
            [rival] = set(sides.values()) - {ours}
            is_ours = sides[row["choice"]] == ours
            votes[rival]["ours" if is_ours else "theirs"] += 1
    return dict(votes)
