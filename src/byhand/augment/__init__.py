"""Training images bent, spoilt, joined and made."""
