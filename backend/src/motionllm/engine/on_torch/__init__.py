"""The torch engine: the same decode loops on torch tensors."""
