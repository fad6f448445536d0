"""What the cards of served pair models say of every such model."""

_PERSONAL = (
    "Scores how well two garments go together for one customer, and finds "
    "the items of a group that go best with a photo. "
)
_TITLES = {
    "psa_net": (
        "PSA-Net",
        _PERSONAL + "The customer decides how much each notion of "
        "compatibility counts.",
    ),
    "csa_net": (
        "CSA-Net",
        "Scores how well two garments go together, and finds the items of a "
        "group that go best with a photo. Their categories decide which "
        "notions of compatibility count; the customer does not.",
    ),
    "psa_net_nonpersonal": (
        "PSA-Net for everybody",
        "Scores how well two garments go together, and finds the items of a "
        "group that go best with a photo, alike for all customers: the "
        "baseline of PSA-Net.",
    ),
    "joint_subspace_net": (
        "Joint subspace net",
        _PERSONAL + "Learnt from votes on pairs and on single items at once; "
        "a score is the logit of a thumbs up.",
    ),
}
_LIMITS = (
    "Scores rank garments for one question. They are no probabilities, and "
    "are not to be compared between customers, queries or versions.",
    "A customer or an item that came after training is answered as an "
    "average one; train again for new customers.",
    "It sees what garments look like: not sizes, materials, prices or stock.",
    "It is made for photos like the catalogue's, one garment on a plain "
    "ground. What another photo shows is guessed.",
    "It is not for judging people by what they wear or like.",
)


def describe_pair_model(kind):
    """The part of the card that does not depend on the run.

    Args:
        kind: `PairModel.default_name`.

    Returns:
        Dict of "title", "description" and "limits".
    """
    title, description = _TITLES[kind]
    return {
        "title": title,
        "description": description,
        "limits": list(_LIMITS),
    }
