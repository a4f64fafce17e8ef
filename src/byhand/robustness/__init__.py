"""Scores on test images changed and spoilt, as docs/robustness.md says."""
