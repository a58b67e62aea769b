"""Training: samples and batches, one loop, packs written from runs. Needs torch."""
