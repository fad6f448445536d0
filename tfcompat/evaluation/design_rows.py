"""The rows of the personalised designer's tables."""

from tfcompat.evaluation.reproduction import Row

OURS = "Ours (full)"
NEW = "Ours (full), new customers learnt afterwards"
_BASELINES, _ABLATIONS = "Baselines", "Ablation study"
TASKS = (("top", "bottom"), ("bottom", "top"))


def design_rows(task, size, new_customers, settings=()):
    """The rows of both tables for one task.

    Args:
        task: Tuple of the queries' and the designs' group.
        size: "paper", or "small" for a quarter of the width.
        new_customers: How many customers Table 3 leaves out of training.
        settings: "name=value" texts for all rows that know the name.

    Returns:
        List of `Row`.
    """
    ending = "-small" if size == "small" else ""
    common = (
        f"query_group={task[0]}",
        f"target_group={task[1]}",
        *settings,
    )
    return [
        Row(name, config + ending, (*common, *own), section)
        for name, config, own, section in (
            ("Pix2pix", "pix2pix", (), _BASELINES),
            ("DiscoGAN", "discogan", (), _BASELINES),
            ("Pixel-level transfer", "domain-transfer", (), _BASELINES),
            ("MrCGAN", "mrcgan", (), _BASELINES),
            (
                "Ours (discrete customer label)",
                "designer",
                ("conditioning=label",),
                _ABLATIONS,
            ),
            (
                "Ours (no customer vector)",
                "designer",
                ("conditioning=nothing",),
                _ABLATIONS,
            ),
            (
                "Ours (without eq. 11)",
                "designer",
                ("guidance_weight=0",),
                _ABLATIONS,
            ),
            (OURS, "designer", (), _ABLATIONS),
            (
                NEW,
                "designer",
                (f"customers_left_out={new_customers}",),
                "Table 3",
            ),
        )
    ]
