"""Sentences about recordings that are true: written from labels and measured facts."""
