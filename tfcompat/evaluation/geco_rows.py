"""What is trained for GECo's tables and for its sweep."""

from tfcompat.evaluation.reproduction import Row, with_settings

GECO = "GECo"
TOP_ALONE = "GECo's towers, top alone"
SLOW = ("MGCM", "Pix2PixCM")  # To train.
MODELS, ABLATION, BEYOND = "models", "ablation", "beyond"
SWEEP = "sweep"
PARTS = (MODELS, ABLATION, BEYOND, SWEEP)
# The values of the sweep; the others keep the config's.
_SWEEP = {
    "bpr_weight": ("alpha", (0.25, 0.5, 0.75)),
    "info_nce_weight": ("beta", (0.25, 0.5, 0.75, 1.0)),
    "temperature": ("tau", (0.005, 0.01, 0.05, 0.1, 0.5)),
}
_VOTES = "pairs=votes"
_PERSONAL = "query_parts=item,template,customer"


def geco_rows(size, wardrobes, designer="", parts=PARTS):
    """What is trained.

    Args:
        size: "" for the published sizes, "-small" for those for a CPU.
        wardrobes: List of `Wardrobe`; rows that ask for text or customers'
            votes are there if all of them have these.
        designer: Finished run of a designer, whose designs are then tried as
            a further part of the query; "" for none.
        parts: Some of `PARTS`. GECo itself, which all others are compared
            with, is always there.

    Returns:
        Tuple of `Row`.
    """
    rows = [
        Row(GECO, f"geco{size}", section=MODELS),
        Row("MGCM", f"mgcm{size}", section=MODELS),
        Row("Pix2PixCM", f"pix2pix-cm{size}", section=MODELS),
        Row("BPR-DAE", "bpr-dae", section=MODELS),
        Row("Popularity", "popularity", section=MODELS),
        Row("Random", "random", section=MODELS),
        Row(TOP_ALONE, f"geco-top{size}", section=ABLATION),
        Row(
            "GECo without BPR",
            f"geco{size}",
            ("bpr_weight=0.0",),
            section=ABLATION,
        ),
        Row(
            "GECo without InfoNCE",
            f"geco{size}",
            ("info_nce_weight=0.0",),
            section=ABLATION,
        ),
        Row(
            "GECo by the dot product, as printed",
            f"geco{size}",
            ("unit_length=false",),
            section=ABLATION,
        ),
    ]
    if size:
        rows.insert(
            4, Row("BPR-DAE, its rate tuned", f"bpr-dae{size}", (), MODELS)
        )
    if all(_has_text(wardrobe) for wardrobe in wardrobes):
        with_text = "query_parts=item,template,text"
        rows.append(Row("with text", f"geco{size}", (with_text,), BEYOND))
    if all(len(wardrobe.pair_votes) for wardrobe in wardrobes):
        # Liked votes are several times as many pairs as outfits.
        votes = (_VOTES, "epochs=6") if size else (_VOTES,)
        rows += [
            Row("for everybody, of votes", f"geco{size}", votes, BEYOND),
            Row(
                "for the customer, of votes",
                f"geco{size}",
                (*votes, _PERSONAL),
                BEYOND,
            ),
        ]
        if designer:
            with_design = "query_parts=item,template,customer,design"
            given = f"designer={designer}"
            rows.append(
                Row(
                    "for the customer, with a design, of votes",
                    f"geco{size}",
                    (*votes, with_design, given),
                    BEYOND,
                )
            )
    return tuple(
        row for row in rows if row.section in parts or row.name == GECO
    )


def sweep_rows(size, settings=()):
    """The runs of Figure 8, one setting changed at a time.

    Where the value is that of the table's GECo, the row is that one: it is
    not trained twice.

    Args:
        size: As `geco_rows`.
        settings: "name=value" texts that the table's runs are given.

    Returns:
        Tuple of `Row`.
    """
    own = with_settings(f"geco{size}", settings)
    return tuple(
        Row(
            f"{symbol} = {value}",
            f"geco{size}",
            () if value == getattr(own, name) else (f"{name}={value}",),
            section=symbol,
        )
        for name, (symbol, values) in _SWEEP.items()
        for value in values
    )


def _has_text(wardrobe):
    return "text" in wardrobe.items and bool(wardrobe.items["text"].any())
