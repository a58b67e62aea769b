"""Several people in one space: their places, the groups they are learnt from, their generation.

numpy only; the network is in `language.people`, its training in `train.people`.
"""
