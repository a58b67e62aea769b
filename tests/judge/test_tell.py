"""Captions that are checked on the motion: further ones are drawn where the first is not true."""

from motionllm.judge import tell
from tests.helpers.synthetic import moving

WALKS, WAVES, SITS = "a person walks forward", "a person waves", "a person sits down"


class Captioner:
    """Says what it is told to; of takes, each motion's own list by number from 1."""

    def __init__(self, first, takes):
        self.first, self.takes, self.asked = first, takes, []

    def caption(self, clips, *_):
        return [self.first[round(clip.seconds)] for clip in clips]

    def caption_takes(self, clips, takes, *_):
        self.asked.append(([round(clip.seconds) for clip in clips], list(takes)))
        return [[self.takes[round(clip.seconds)][n - 1] for n in takes] for clip in clips]


def test_several_motions_are_drawn_for_together_until_one_is_true():
    clips = [moving(seconds, speed=1.2) for seconds in (3.0, 4.0, 5.0)]
    engine = Captioner(
        {3: WALKS, 4: SITS, 5: SITS},
        {4: [SITS, WALKS, "a person walks"] + 4 * [WAVES], 5: 6 * [WAVES] + [WALKS]},
    )
    assert tell.caption(engine, clips) == [WALKS, WALKS, WALKS]
    assert engine.asked == [([4, 5], [1, 2]), ([5], [3, 4, 5, 6, 7])]


def test_of_sentences_as_good_the_first_is_kept():
    engine = Captioner({4: SITS}, {4: 7 * [WAVES]})
    assert tell.caption(engine, [moving(4.0, speed=1.2)]) == [SITS]


def test_true_sentences_are_not_drawn_again():
    engine = Captioner({4: WALKS}, {})
    assert tell.caption(engine, [moving(4.0, speed=1.2)]) == [WALKS]
    assert engine.asked == []
