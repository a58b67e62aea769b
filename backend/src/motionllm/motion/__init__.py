"""Motions as numbers: the clip and what is done to one, whoever made it. numpy only."""
