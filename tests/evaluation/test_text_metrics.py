"""BLEU, ROUGE-L and CIDEr."""

import pytest

from motionllm.evaluation import text_metrics


def test_text_measures_on_known_sentences():
    same = ["a man walks slowly forward"]
    assert text_metrics.bleu(same, [same]) == pytest.approx(100.0)
    assert text_metrics.rouge_l(same, [same]) == pytest.approx(100.0)
    # Papineni's example: clipped unigrams, two of seven.
    the = ["the the the the the the the"]
    cat = [["the cat is on the mat"]]
    assert text_metrics.bleu(the, cat, 1) == pytest.approx(100 * 2 / 7)
    # Half of the words in order: precision 2 of 3, recall 2 of 4.
    p, r = 2 / 3, 2 / 4
    expected = 100 * (1 + 1.44) * p * r / (r + 1.44 * p)
    assert text_metrics.rouge_l(["a b c"], [["a x b y"]]) == pytest.approx(expected)
    captions = ["a man walks", "a woman jumps", "someone sits down"]
    right = text_metrics.cider(captions, [[text] for text in captions])
    wrong = text_metrics.cider(captions, [[text] for text in captions[1:] + captions[:1]])
    assert right > 500 > 20 > wrong
