"""Human motion out of words, and words out of human motion."""

__version__ = "0.1.0"
