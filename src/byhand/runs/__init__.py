"""A training run on disk: its plan, its files, its finish and its report."""
