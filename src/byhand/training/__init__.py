"""Learning: recipes, batches, shards, the loop, checkpoints."""
