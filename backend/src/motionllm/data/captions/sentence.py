"""How a caption is said: subject, register, style, and the joining of verb phrases.

Grammar: styles.toml and facts.toml.
"""

from __future__ import annotations

import re

from motionllm.data.captions.grammar import grammar_file
from motionllm.data.captions.labels import Label
from motionllm.data.captions.shown import Act
from motionllm.data.captions.travel import sided
from motionllm.english.inflect import inflect
from motionllm.english.phrases import pick

HE = re.compile(r"\b(man|guy|grandpa|boy)\b")
SHE = re.compile(r"\b(woman|lady|girl)\b")


def choose_style(label: Label, rng) -> dict | None:
    """The label's style, unless this caption does without."""
    if not label.style:
        return None
    style = grammar_file("styles")[label.style]
    return style if rng.random() < style.get("rate", 0.8) else None


def noun_phrase(acts: list[Act], style: dict | None, rng) -> str:
    """What an animator may type: "tired walk", "left hand wave"; "" when it cannot be said so."""
    nouns = [noun for noun in acts[0].entry.get("noun", []) if "{side}" not in noun or acts[0].side]
    if len(acts) > 1 or not nouns:
        return ""
    text = sided(pick(nouns, rng), acts[0].side)
    if style and style.get("adjective") and not text.startswith("a "):
        text = f"{pick(style['adjective'], rng)} {text}"
    elif style:
        return ""
    return text


def _article(words: str) -> str:
    return ("an " if words[0] in "aeiou" else "a ") + words


def _subject(style: dict, place: str, rng) -> tuple[str, str, bool]:
    """A subject, its pronoun and whether it is plural; without a style its table is empty."""
    words = grammar_file("facts")
    gender = style.get("gender")
    roll = rng.random()
    kind = gender if gender and roll < 0.7 else "common"
    if not gender and roll > 0.62:
        kind = "male" if roll < 0.87 else "female"
    if place == "who":
        subject = pick(style["who"], rng)
    elif place == "adjective":
        words_ = f"{pick(style['adjective'], rng)} {pick(words['nouns'][kind], rng)}"
        subject = f"the {words_}" if rng.random() < 0.3 else _article(words_)
    else:
        subject = pick(words["subjects"][kind], rng)
    if subject in ("he", "she", "they"):
        return subject, subject, subject == "they"
    pronoun = "he" if HE.search(subject) else "she" if SHE.search(subject) else "they"
    if pronoun == "they" and rng.random() < 0.12:
        pronoun = "he"
    return subject, pronoun, False


def _join(clauses: list[str], rng) -> str:
    if len(clauses) == 1:
        return clauses[0]
    if len(clauses) == 2:
        return pick((" and ", " and ", ", then ", " and then ", ", and then "), rng).join(clauses)
    last = pick((" and ", " and then ", ", then "), rng)
    if rng.random() < 0.3:
        return ", then ".join(clauses[:-1]) + last + clauses[-1]
    return ", ".join(clauses[:-1]) + last + clauses[-1]


def _styled(clauses: list[str], style: dict, moves: bool, rng) -> tuple[str, list[str], str]:
    """Where the style goes: the kind of subject, the clauses, words at the end."""
    if not style:
        return "", clauses, ""
    gait = style.get("gait", []) if moves else []
    places = [("adjective", 3), ("who", 2), ("adverb", 4), ("tail", 3)]
    choices = [name for name, weight in places if style.get(name) for _ in range(weight)]
    choices += ["gait"] if gait else []
    place = pick(choices, rng)
    if place in ("adjective", "who"):
        return place, clauses, ""
    if place == "adverb":
        word = pick(style["adverb"], rng)
        before = word.endswith("ly") and " " not in word and clauses[0].startswith("[")
        if before and rng.random() < 0.3:
            return "", [f"{word} {clauses[0]}", *clauses[1:]], ""
        if len(clauses) == 1 or rng.random() < 0.5:
            return "", [f"{clauses[0]} {word}", *clauses[1:]], ""
        return "", clauses, f" {word}"
    word = pick(gait if place == "gait" else style["tail"], rng)
    return "", clauses, pick((" ", ", "), rng) + word


def render(clauses: list[str], style: dict | None, moves: bool, rng) -> str:
    """One sentence or fragment of verb phrases, in a register picked at random."""
    style = style or {}
    place, clauses, tail = _styled(clauses, style, moves, rng)
    body = _join(clauses, rng) + tail
    roll = rng.random()
    if place == "adjective" and roll < 0.1:
        order = inflect(body, "base", "you")
        return _finish(f"{order}, {pick(style['adjective'], rng)}", rng)
    subject, pronoun, plural = _subject(style, place, rng)
    if place:
        roll *= 0.8
    if roll < 0.46:
        text = f"{subject} {inflect(body, 'third', pronoun, plural)}"
    elif roll < 0.63:
        be = "are" if plural else "is"
        text = f"{subject} {be} {inflect(body, 'ing', pronoun)}"
    elif roll < 0.72 and subject not in ("he", "she", "they"):
        text = f"{subject} {inflect(body, 'ing', pronoun)}"
    elif roll < 0.78 and subject not in ("he", "she", "they", "person"):
        start = pick(("make {} {}", "have {} {}", "animate {} {}", "{} {}", "show {} {}"), rng)
        form = "base" if start.startswith(("make", "have")) else "ing"
        text = start.format(subject, inflect(body, form, pronoun))
    elif roll < 0.8 or place:
        text = f"{subject} {inflect(body, 'third', pronoun, plural)}"
    elif roll < 0.9:
        text = inflect(body, "base", "you")
    elif roll < 0.96:
        text = inflect(body, "ing", "they")
    else:
        text = inflect(body, "third", "they")
    return _finish(text, rng)


def render_plainly(clauses: list[str], style: dict | None, moves: bool, rng) -> str:
    """One sentence about a person in the third person, as a librarian would write it."""
    style = style or {}
    place, clauses, tail = _styled(clauses, style, moves, rng)
    body = _join(clauses, rng) + tail
    noun = {"male": "man", "female": "woman"}.get(style.get("gender", ""), "person")
    subject = f"a {noun}"
    if place == "who":
        subject = pick(style["who"], rng)
    elif place == "adjective":
        subject = _article(f"{pick(style['adjective'][:2], rng)} {noun}")
    pronoun = "he" if HE.search(subject) else "she" if SHE.search(subject) else "they"
    return f"{subject} {inflect(body, 'third', pronoun, False)}"


def _finish(text: str, rng) -> str:
    text = " ".join(text.replace(" ,", ",").split())
    text = text.replace("sideways sideways", "sideways")
    if rng.random() < 0.12:
        text = text[0].upper() + text[1:]
    return text + ("." if rng.random() < 0.5 else "")
