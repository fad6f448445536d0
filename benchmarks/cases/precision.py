"""What mixed bfloat16 learns, beside float32, over three seeds."""

import json

import numpy as np

from benchmarks.commands import run_command
from benchmarks.row import Row

_TOLD = ("category", "attr_color", "attr_pattern", "attr_length")


def run(scratch, small):
    """One row: how well encoders tell what they see, by number format."""
    items, epochs, seeds = (60, 1, 1) if small else (600, 5, 3)
    network = "small_cnn" if small else "resnet18"
    wardrobe = scratch / "wardrobe"
    run_command(
        f"simulate {wardrobe} --items {items} --customers 10 "
        "--votes-per-customer 5 --pairs-per-customer 5"
    )
    found = {"float32": [], "mixed_bfloat16": []}
    for seed in range(seeds):
        for precision, shares in found.items():
            out = scratch / f"{precision}-{seed}"
            run_command(
                f"train garment-encoder --data {wardrobe} --out {out} "
                f"--set backbone={network} --set image_size=64 "
                f"--set epochs={epochs} --set seed={seed} "
                f"--set precision={precision}"
            )
            numbers = json.loads((out / "metrics.json").read_text())
            shares.append(100 * np.mean([numbers[name] for name in _TOLD]))
    means = {name: float(np.mean(shares)) for name, shares in found.items()}
    seen = {
        name: ", ".join(f"{share:.1f}" for share in shares)
        for name, shares in found.items()
    }
    yield Row(
        f"garment encoder on {network}, {epochs} epochs of {items:,} drawings, "
        f"{seeds} seeds: validation accuracy in mixed bfloat16",
        "%",
        means["mixed_bfloat16"],
        "the same in float32",
        means["float32"],
        means["mixed_bfloat16"] / means["float32"],
        ">= 0.97",
        note=f"Mean of category, colour, pattern and length. By seed: bfloat16 "
        f"{seen['mixed_bfloat16']}; float32 {seen['float32']}.",
    )
