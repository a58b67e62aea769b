"""Channels of keys, and as few of them as do."""
