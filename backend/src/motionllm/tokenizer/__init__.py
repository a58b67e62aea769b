"""The motion tokenizer (VQ-VAE): network and losses, torch."""
