"""Gestures and looks made by rule on recordings, for what hardly a recording shows."""
