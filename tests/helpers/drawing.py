"""What the judge asks of an engine, for scripted ones that know only `generate`."""

import numpy as np

from motionllm.engine.interface import Take
from tests.helpers.synthetic import make_clip


class Draws:
    """Takes of a scripted engine: all alike, so that it does not matter which is chosen."""

    def draw(self, requests, numbers, progress=lambda *_: None, cancelled=lambda: False):
        clips = self.generate(requests, progress, cancelled)
        return [[self.encoded(clip) for _ in numbers] for clip in clips]

    def encoded(self, clip):
        return Take(np.zeros((1, 1), int), clip)

    def decoded(self, codes):
        return Take(codes, make_clip(0, 6 * len(codes)))

    def finished(self, clip, request):
        return clip.labelled(text=request.text, seed=request.seed)

    def caption_takes(self, clips, *_):
        return [[] for _ in clips]

    def likelihoods(self, takes, *_):
        return [-float(index) for index in range(len(takes))]
