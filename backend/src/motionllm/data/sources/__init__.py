"""Folders that motions and captions by people are read from."""
