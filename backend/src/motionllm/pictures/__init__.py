"""Motions as pictures and films. Needs Pillow."""
