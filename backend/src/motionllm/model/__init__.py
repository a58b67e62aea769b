"""The networks that are trained. Needs torch."""
