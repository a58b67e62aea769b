"""Measurements of tokenizer, generation and captions."""
