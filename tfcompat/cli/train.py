"""`tfcompat train`: one training run into a run folder."""

NAME = "train"
HELP = "train a run config on a wardrobe into a run folder"


def add_arguments(parser):
    """Adds this command's arguments to an `argparse` parser."""
    parser.add_argument(
        "run_config",
        metavar="RUN_CONFIG",
        help="name of a run config, as psa-net, or a Python file with CONFIG",
    )
    parser.add_argument("--data", required=True, help="wardrobe folder")
    parser.add_argument("--out", required=True, help="run folder to fill")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change one setting of the config; may be given again",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with a run that is there"
    )


def run(args):
    """Trains, and prints the run's metrics as JSON."""
    import json

    from tfcompat.data.wardrobe import Wardrobe
    from tfcompat.training.config_files import apply_settings, load_config
    from tfcompat.training.execution import execute

    config = apply_settings(load_config(args.run_config), args.set)
    wardrobe = Wardrobe.load(args.data)
    finished = execute(config, wardrobe, args.out, resume=args.resume)
    print(json.dumps(finished.read_json("metrics.json"), indent=2))
