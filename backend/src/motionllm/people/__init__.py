"""Several people in one space: made from one sentence, arranged, kept apart.

numpy only; the network is `model.people`, its training `train.people`.
"""
