"""What the model cards of stage 1's models say in words."""

_LIMITS = [
    "Items and customers that came after training: a new customer is "
    "answered as a stranger, a new item is refused.",
    "Telling what goes with what: it judges items one by one. PSA-Net "
    "judges pairs.",
    "Decisions about people. Votes say what was shown and liked in one shop, "
    "not who somebody is.",
]

VOTE_CARDS = {
    "stynet": {
        "title": "StyNet: a customer's rating of an item",
        "description": (
            "Rates an item for a customer from 0 (disliked) to 1 (liked), by "
            "two towers over ids, survey, past votes, attributes and looks "
            "(PSA-Net, section III-A.2). The customer's own vote on the item "
            "asked about is left out: the rating is what the rest says of "
            "it. `recommend` ranks all items by the same rating, those "
            "already voted on included."
        ),
        "limits": [
            *_LIMITS,
            "Probabilities: ratings are fitted by squared error and order "
            "items; they are not calibrated.",
        ],
    },
    "two_tower": {
        "title": "Two-tower retrieval: items a customer may like",
        "description": (
            "Scores an item for a customer by the cosine of their "
            "embeddings, from -1 to 1, to find candidates in a large "
            "catalogue. The customer's own vote on the item asked about is "
            "left out. `recommend` ranks all items by the same score, those "
            "already voted on included."
        ),
        "limits": [
            *_LIMITS,
            "Ratings: a score orders items for one customer and says nothing "
            "by itself.",
        ],
    },
    "partial_dual": {
        "title": "Partial Dual: the completed matrix of votes",
        "description": (
            "Predicts a customer's vote on an item, about -1 (disliked) to 1 "
            "(liked), by low-rank matrix completion (Jawanpuria and Mishra "
            "2018; PSA-Net, eq. 1). A customer it does not know gets the "
            "average prediction of all customers. A vote it has learnt from "
            "is part of the prediction for that very item."
        ),
        "limits": [
            *_LIMITS,
            "Items nobody has voted on: it knows nothing but votes, and "
            "gives such an item the customer's mean.",
        ],
    },
}
