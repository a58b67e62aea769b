"""Predicates of the everyday suite: states of the body over time, and questions about them."""
