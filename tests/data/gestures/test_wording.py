"""Captions of gestures: whole, true, and none that says what is not."""

import random
import re

import pytest

from motionllm.data.captions.travel import NUMBERS
from motionllm.data.gestures.table import gestures
from motionllm.data.gestures.wording import captions, counted, told
from motionllm.english.mirror import mirror_text

NAMED = [key for key, gesture in gestures().items() if gesture.one_sided]


def all_of(key, walks, stays=False, beats=3, count=40):
    gesture = gestures()[key]
    return captions(gesture, "right", walks, stays, beats, random.Random(key), count)


@pytest.mark.parametrize("key", gestures())
def test_sentences_are_whole_and_name_the_walking(key):
    for walks in (False, True):
        found = all_of(key, walks)
        assert len(found) > 15
        for text in found:
            assert not re.search(r"[\[\]{}|]", text) and "  " not in text, text
            assert ("walk" in text.lower()) == walks, text
            assert not re.search(r"\bstand(?:s|ing)?\b", text) or not walks, text


@pytest.mark.parametrize("key", gestures())
def test_no_side_but_the_gestures_own_is_named(key):
    found = " ".join(all_of(key, False)).replace("left and right", "")
    assert not re.search(r"\bleft\b", found)
    assert bool(re.search(r"\bright\b", found)) == gestures()[key].one_sided


@pytest.mark.parametrize("key", NAMED)
def test_mirrored_captions_name_the_other_side(key):
    for text in all_of(key, False):
        turned = mirror_text(text)
        assert len(re.findall(r"\bright\b", text)) == len(re.findall(r"\bleft\b", turned)), turned
        assert not re.search(r"\bright\b", turned), turned


@pytest.mark.parametrize("key", NAMED)
def test_what_leaves_nothing_out_names_the_side(key):
    for text in told(gestures()[key], "right", True, 2, random.Random(key), 5):
        assert re.search(r"\bright\b", text) and "walk" in text, text


def test_counts_are_those_that_are_done():
    for beats in (2, 4):
        found = " ".join(all_of("clap", False, beats=beats))
        said = set(re.findall(r"twice|(\w+) times", found)) | set(re.findall(r"twice", found))
        assert said - {""} == ({"twice"} if beats == 2 else {NUMBERS[beats]})


def test_a_caption_tells_the_number_where_there_is_one():
    (text,) = counted(gestures()["clap"], "right", False, 3, random.Random(0))
    assert "three times" in text
    assert counted(gestures()["salute"], "right", False, 0, random.Random(0)) == []


def test_how_it_ends_is_told_as_it_is():
    let_go = " ".join(all_of("salute", False, stays=False))
    stays = " ".join(all_of("salute", False, stays=True))
    assert re.search(r"lower\w* \w+ arm again|let\w* \w+ arm down|letting \w+ arm down", let_go)
    assert "stay" not in let_go and "like that" in stays and "again" not in stays
