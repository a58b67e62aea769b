"""Verbs and pronouns in the form that a sentence needs. Standard library only."""

from __future__ import annotations

import re

_VERB = re.compile(r"\[([^\]]+)\]")
_IRREGULAR_THIRD = {"be": "is", "have": "has", "limbo": "limbos", "tango": "tangos"}
_HISSES = re.compile(r"(?:s|x|z|ch|sh|[^aeiou]o)$", re.IGNORECASE)
_IRREGULAR_ING = {
    "be": "being",
    "control": "controlling",
    "frolic": "frolicking",
    "lie": "lying",
    "tiptoe": "tiptoeing",
    "uncap": "uncapping",
}
_PAST = {
    "bend": "bent", "blow": "blew", "bring": "brought", "catch": "caught", "come": "came",
    "creep": "crept", "do": "did", "drink": "drank", "drive": "drove", "eat": "ate",
    "fall": "fell", "fight": "fought", "fling": "flung", "flee": "fled", "get": "got",
    "give": "gave", "go": "went", "hit": "hit", "hold": "held", "keep": "kept", "kneel": "knelt",
    "lay": "laid", "leap": "leapt", "lie": "lay", "make": "made", "put": "put", "rise": "rose",
    "run": "ran", "say": "said", "set": "set", "shake": "shook", "sit": "sat", "sleep": "slept",
    "speed": "sped", "spin": "spun", "spring": "sprang", "stand": "stood", "strike": "struck",
    "stride": "strode", "sweep": "swept", "swing": "swung", "take": "took", "throw": "threw",
    "write": "wrote",
}  # fmt: skip
_PRONOUNS = {
    "they": ("they", "their", "them", "themselves"),
    "he": ("he", "his", "him", "himself"),
    "she": ("she", "her", "her", "herself"),
    "you": ("you", "your", "yourself", "yourself"),
}


def third(verb: str) -> str:
    """walk -> walks, carry -> carries, echo -> echoes."""
    if verb.lower() in _IRREGULAR_THIRD:
        return _IRREGULAR_THIRD[verb.lower()]
    if re.search(r"[^aeiou]y$", verb, re.IGNORECASE):
        return verb[:-1] + "ies"
    return verb + ("es" if _HISSES.search(verb) else "s")


def ing(verb: str) -> str:
    """walk -> walking, run -> running, lie -> lying."""
    if verb in _IRREGULAR_ING:
        return _IRREGULAR_ING[verb]
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    last = re.split(r"-", verb)[-1]
    if re.fullmatch(r"(?:qu|[^aeiou])*[aeiouy][^aeiouwxy]", last) or last.endswith("step"):
        return verb + verb[-1] + "ing"
    return verb + "ing"


def inflect(phrase: str, form: str, pronoun: str = "they", plural: bool = False) -> str:
    """Fill verbs and pronouns in. form: base, third or ing; plural keeps "they walk"."""
    how = {"base": str, "third": str if plural else third, "ing": ing}[form]
    forms = iter(range(len(phrase)))

    def verb(match: re.Match) -> str:
        first, word = next(forms) == 0, match[1]
        # "is being seated" is clumsy, a plain "seated" is what people write.
        return "" if word == "be" and form == "ing" and first else how(word)

    they, their, them, self_ = _PRONOUNS[pronoun]
    phrase = _VERB.sub(verb, phrase)
    words = {"they": they, "their": their, "them": them, "themself": self_}
    phrase = re.sub(r"\{(they|their|them|themself)\}", lambda match: words[match[1]], phrase)
    return " ".join(phrase.split())


def doing(phrase: str) -> str:
    """Return a phrase with its verbs in -ing and its pronouns still to be filled in."""
    return _VERB.sub(lambda match: ing(match[1]), phrase)


def forms(verb: str) -> tuple[str, str, str, str]:
    """Return a verb as captions use it: walks, walking, walked, walk."""
    doubled = ing(verb).removesuffix("ing")
    if verb in _PAST:
        past = _PAST[verb]
    elif re.search(r"[^aeiou]y$", verb):
        past = verb[:-1] + "ied"
    else:
        past = verb + "d" if verb.endswith("e") else doubled + "ed"
    return third(verb), ing(verb), past, verb
