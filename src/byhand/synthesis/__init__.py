"""Synthetic pages of handwriting, with the class of every pixel."""
