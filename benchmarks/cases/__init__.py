"""One file a benchmark; each defines `run(scratch, small)`, yielding `Row`s."""
