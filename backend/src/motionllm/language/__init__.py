"""The language model's side: backbone with adapters and motion rows, torch."""
