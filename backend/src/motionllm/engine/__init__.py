"""Engines: what they are asked, how one is chosen; numpy and torch engines side by side."""
