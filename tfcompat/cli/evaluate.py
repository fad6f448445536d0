"""`tfcompat evaluate`: the metrics of a run's paper."""

NAME = "evaluate"
HELP = "measure a finished run on a part of a wardrobe"


def add_arguments(parser):
    """Adds this command's arguments to an `argparse` parser."""
    parser.add_argument("run_folder", metavar="RUN", help="run folder")
    parser.add_argument("--data", required=True, help="wardrobe folder")
    parser.add_argument(
        "--split", default="test", choices=("train", "valid", "test")
    )
    parser.add_argument(
        "--features",
        default="",
        metavar="RUN",
        help="for designs: garment encoder, or .h5 of InceptionV3, that looks "
        "at them",
    )
    parser.add_argument(
        "--scorer",
        default="",
        metavar="RUN",
        help="for designs: stage 2 run that judges what goes together",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object"
    )


def run(args):
    """Prints the metrics, beside those of the oracles where there are any."""
    import json

    from tfcompat.data.wardrobe import Wardrobe
    from tfcompat.evaluation.evaluate import evaluate_run

    report = evaluate_run(
        args.run_folder,
        Wardrobe.load(args.data),
        args.split,
        features=args.features,
        scorer=args.scorer,
    )
    if args.json:
        print(json.dumps(report))
        return
    if "generation" in report:
        _print_designs(report)
        return
    if "mgcm_protocol" in report:
        _print_retrieval(report)
        return
    if "customer" not in report:
        _print_flat(report)
        return
    names = list(report["overall"])
    rows = {
        f"{who}{level}": scores
        for who, source in (
            ("", report),
            ("oracle: ", report.get("oracle", {})),
            ("population oracle: ", report.get("population_oracle", {})),
        )
        for level, scores in source.items()
        if level in ("overall", "customer")
    }
    print(f"{report['model']}, {report['count']} {args.split} votes")
    width = max(map(len, rows))
    print(" " * width, *(f"{name:>24}" for name in names))
    for row, scores in rows.items():
        cells = (
            "-" if scores[name] is None else f"{scores[name]:.4f}"
            for name in names
        )
        print(f"{row:<{width}}", *(f"{cell:>24}" for cell in cells))


def _print_designs(report):
    print(f"{report['model']}, {report['count']} designs ({report['split']})")
    for part in ("generation", "compatibility", "taste"):
        for name, value in report.get(part, {}).items():
            text = f"{value:.4f}" if isinstance(value, float) else value
            print(f"{part + '.' + name:<40} {text}")


def _print_retrieval(report):
    print(f"{report['model']}, {report['count']} {report['split']} pairs")
    names = {
        "ROC AUC, 1 negative": ("overall", "roc_auc"),
        f"MRR, all {report['retrieval']['candidates']}": ("retrieval", "mrr"),
        "ROC AUC, 3 negatives": ("mgcm_protocol", "roc_auc"),
        "MRR, 9 negatives": ("mgcm_protocol", "mrr"),
    }
    for who, source in (
        ("", report),
        ("oracle: ", report.get("oracle")),
        ("population oracle: ", report.get("population_oracle")),
    ):
        if source is not None:
            for name, (level, key) in names.items():
                print(f"{who + name:<40} {source[level][key]:.4f}")


def _print_flat(report):
    """Prints one number a line, by its dotted name."""
    print(f"{report['model']}, {report['count']} of {report['split']}")
    rows = dict(_numbers(report))
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:<{width}}  {value:.4f}")


def _numbers(values, prefix=""):
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{prefix}{name}.")
        elif isinstance(value, float):
            yield prefix + name, value
