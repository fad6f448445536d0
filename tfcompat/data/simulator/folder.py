"""The tables of a simulated wardrobe, as files."""

import numpy as np
import pandas as pd


def customer_ids(count):
    """Ids of customers, such as `customer-0001`, as an object array."""
    return np.array([f"customer-{i + 1:04d}" for i in range(count)], object)


def write_tables(
    folder,
    items,
    survey,
    item_votes,
    pair_votes,
    outfits,
    stylist_outfits,
    layered_outfits,
    questions,
):
    """Writes every CSV of a wardrobe folder.

    Args:
        folder: `pathlib.Path` that is being made.
        items: `pd.DataFrame` with the columns of `items.csv`.
        survey: `pd.DataFrame`, one row a customer, columns `survey_*`.
        item_votes: Frame of rows, as `draw_item_votes` returns it.
        pair_votes: Frame of rows, as `draw_pair_votes` returns it.
        outfits: Frame of rows, as `draw_outfits` returns it.
        stylist_outfits: Frame of rows, as `draw_stylist_outfits` returns it.
        layered_outfits: Frame of rows, as `draw_layered_outfits` returns it.
        questions: Frame of rows, as `draw_questions` returns it. Outfits and
            questions are not written when there are none.
    """
    names = {"item": items["item_id"].to_numpy()}
    names["query"] = names["candidate"] = names["item"]
    customers = survey.copy()
    customers.insert(0, "customer_id", customer_ids(len(survey)))
    # Row -1, nobody, is the empty id at the end.
    names["customer"] = np.append(customer_ids(len(survey)), "")
    outfits = pd.concat(
        [
            outfits.assign(outfit=_numbered("outfit", outfits["outfit"])),
            stylist_outfits.assign(
                outfit=_numbered("stylist", stylist_outfits["outfit"])
            ),
            layered_outfits.assign(
                outfit=_numbered("layered", layered_outfits["outfit"])
            ),
        ],
        ignore_index=True,
    )
    questions = questions.assign(
        question=_numbered("question", questions["question"])
    )
    questions.insert(1, "split", "test")
    tables = {
        "items": items,
        "customers": customers,
        "item_votes": _with_ids(item_votes, names),
        "pair_votes": _with_ids(pair_votes, names),
        "outfits": _with_ids(outfits, names),
        "questions": _with_ids(questions, names),
    }
    for name, table in tables.items():
        if len(table):
            table.to_csv(
                folder / f"{name}.csv", index=False, lineterminator="\n"
            )


def _numbered(prefix, numbers):
    return [f"{prefix}-{number + 1:04d}" for number in numbers]


def _with_ids(frame, names):
    """Replaces rows by ids, and calls the columns accordingly."""
    columns = {}
    for column in frame.columns:
        if column in names:
            columns[f"{column}_id"] = names[column][frame[column]]
        elif column in ("outfit", "question"):
            columns[f"{column}_id"] = frame[column]
        else:
            columns[column] = frame[column]
    return pd.DataFrame(columns)
