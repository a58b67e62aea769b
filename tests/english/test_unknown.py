"""Words that were never learnt are told, and only those."""

from pathlib import Path

import pytest

from motionllm.english import unknown
from motionllm.english.words import stem
from motionllm.evaluation import expectations
from motionllm.pack.pack import load_pack

PACK = load_pack(Path(__file__).resolve().parents[2] / "packs" / "default")


@pytest.mark.parametrize("forms", [
    ("wave", "waves", "waved", "waving"), ("run", "runs", "running"),
    ("carry", "carries", "carried"), ("stop", "stops", "stopped", "stopping"),
    ("slow", "slowly", "slows"),
    ("man", "man's"), ("jump", "jumps", "jumping", "jumped"),
])  # fmt: skip
def test_forms_of_a_word_have_one_stem(forms):
    assert len({stem(word) for word in forms}) == 1


def test_unknown_words_are_named_once_and_in_order():
    stems = frozenset(unknown.learn(["The person walks", "the person walked"]))
    assert unknown.unknown("the person Swims, walks and swims by bike!", stems) == [
        "swims", "and", "by", "bike",
    ]  # fmt: skip
    assert unknown.warning([]) == ""
    assert '"swims" and "bike"' in unknown.warning(["swims", "bike"])


def test_a_slip_of_the_pen_is_not_learnt():
    assert unknown.learn(["a person wlaks", "a person walks", "a person walks"]) == [
        "a", "person", "walk",
    ]  # fmt: skip


def test_the_pack_warns_of_what_the_data_does_not_hold():
    """The suite's groups were written down before anything was trained."""
    prompts = expectations.load()
    held = [p for p in prompts.prompts if p.group != prompts.paraphrases]
    assert not any(PACK.warning(p.text) for p in held)
    assert sum(bool(PACK.warning(p.text)) for p in prompts.unheld) >= 0.9 * len(prompts.unheld)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "\u4e00\u4e2a\u4eba\u6325\u624b",
            ["\u4e00\u4e2a\u4eba\u6325\u624b"],
        ),  # Chinese: one stretch
        ("человек идёт", ["человек", "идёт"]),
        ("a person läuft la\u0308uft", ["läuft"]),  # composed or not, it is one word
        ("व्यक्ति चलता है", ["व्यक्ति", "चलता", "है"]),  # with its vowel signs
        ("\N{WAVING HAND SIGN}", ["\N{WAVING HAND SIGN}"]),
        ("ein Mann, 3 Schritte", ["ein", "mann", "schritte"]),
        ("the person’s walk", []),
    ],
)
def test_words_of_any_script_are_told_whole(text, told):
    stems = frozenset(unknown.learn(["the person walks a", "the person walked a"]))
    assert unknown.unknown(text, stems) == told
    assert all(f'"{word}"' in unknown.warning(told) for word in told)
