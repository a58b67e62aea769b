"""BLEU, ROUGE-L and CIDEr beside the implementation that the captioning papers use."""

import random

import pytest
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge

from motionllm.english.words import terms
from motionllm.evaluation import text_metrics

ACTIONS = (
    "walks forward", "walks slowly in a circle", "waves with the right hand", "jumps up and down",
    "turns to the left and walks back", "sits down", "kicks with the left leg, then the right leg",
)  # fmt: skip
PEOPLE = ("A person", "a man", "someone", "The old man", "a person who's tired")


def sentences(seed, pairs):
    """Return candidates and one to four references each; some of them say nearly the same."""
    rng = random.Random(seed)

    def sentence():
        told = ", then ".join(rng.choice(ACTIONS) for _ in range(rng.choice((1, 1, 2, 3))))
        return f"{rng.choice(PEOPLE)} {told}{rng.choice(('.', '', '!'))}"

    candidates = [sentence() for _ in range(pairs)]
    references = [[sentence() for _ in range(rng.randint(1, 4))] for _ in candidates]
    for place in range(0, pairs, 4):
        references[place][0] = candidates[place].replace("walks", "is walking")
    return candidates, references


def theirs(scorer, candidates, references):
    """Return the figures in per cent; its own tokenizer needs Java, so it is given words."""
    said = {place: [" ".join(terms(text))] for place, text in enumerate(candidates)}
    meant = {
        place: [" ".join(terms(text)) for text in several]
        for place, several in enumerate(references)
    }
    figures, _ = scorer.compute_score(meant, said)
    return [100.0 * figure for figure in figures] if isinstance(figures, list) else 100.0 * figures


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_figures_are_the_same(seed):
    candidates, references = sentences(seed, 40)
    bleus = [text_metrics.bleu(candidates, references, order) for order in (1, 2, 3, 4)]
    assert min(bleus) > 10.0
    assert bleus == pytest.approx(theirs(Bleu(4), candidates, references), abs=1e-4)
    rouge, cider = (measure(candidates, references)
                    for measure in (text_metrics.rouge_l, text_metrics.cider))  # fmt: skip
    assert rouge == pytest.approx(theirs(Rouge(), candidates, references), abs=1e-6)
    assert cider == pytest.approx(theirs(Cider(), candidates, references), abs=1e-6)


def test_repeated_and_missing_words_count_alike():
    """Where counts are clipped, lengths differ and nothing is shared."""
    candidates = ["walks walks walks walks walks", "he", "nothing of this", "a man sits down now"]
    references = [["a man walks"], ["he runs away very fast"], ["other words"], ["a man sits down"]]
    assert text_metrics.bleu(candidates, references, 1) == pytest.approx(
        theirs(Bleu(4), candidates, references)[0], abs=1e-4
    )
    for measure, scorer in ((text_metrics.rouge_l, Rouge()), (text_metrics.cider, Cider())):
        assert measure(candidates, references) == pytest.approx(
            theirs(scorer, candidates, references), abs=1e-6
        )
