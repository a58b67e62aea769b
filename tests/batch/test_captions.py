"""Captions of the pieces of a motion, put together."""

from motionllm.batch import captions


def test_neighbours_in_the_same_words_become_one():
    spans = [(0.0, 2.0), (2.0, 3.0), (3.0, 6.0)]
    pieces = captions.merged(spans, ["a person walks.", "a person  walks.", "a person waves"])
    assert [(p.start, p.end) for p in pieces] == [(0.0, 3.0), (3.0, 6.0)]
    assert captions.sentence(pieces) == "a person walks, then waves"
