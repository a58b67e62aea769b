"""Texts that mean the same are nearer than texts that do not."""

import pytest

from motionllm.errors import MotionError
from motionllm.evaluation.bert_score import BertScore
from motionllm.pack.backbone import fetch_backbone, find_backbone


@pytest.fixture(scope="module")
def meaning():
    try:
        return BertScore(find_backbone())
    except MotionError:
        return BertScore(fetch_backbone())


def test_the_same_words_score_full_marks_and_the_best_reference_counts(meaning):
    text = "a person walks forward"
    references = [[text], ["someone kicks a ball", "A person walks forward."]]
    scores = meaning.score([text, text], references)
    assert scores == pytest.approx([100.0, 100.0], abs=0.01)


def test_a_paraphrase_is_nearer_than_another_action(meaning):
    references = [["a person walks forward"], ["someone waves with the left hand"]] * 2
    near = ["a man is walking ahead", "a woman waves her left hand"]
    near, far = meaning.score([*near, *near[::-1]], references).reshape(2, 2)
    assert (near > far + 10).all()
