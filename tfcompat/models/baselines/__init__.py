"""Other papers' models, to compare ours with: one paper, one file."""
