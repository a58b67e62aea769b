"""Which words of a description the pack's training captions never used. Standard library only.

The language model knows such words, but it has seen no motion for them: it can only guess from
words that are like them. So the program says so.
"""

from __future__ import annotations

from collections.abc import Iterable

from motionllm.english.plain_words import plainly
from motionllm.english.words import stem, words

RARE = 2  # captions: words in fewer are slips of the pen


def learn(captions: Iterable[str]) -> list[str]:
    """Return the stems of captions, in alphabetical order."""
    seen: dict[str, int] = {}
    for caption in captions:
        for found in {stem(word) for word in words(caption)}:
            seen[found] = seen.get(found, 0) + 1
    return sorted(found for found, times in seen.items() if times >= RARE)


def unknown(text: str, stems: frozenset[str]) -> list[str]:
    """Return the words of a text whose stems are not among those known, in their order.

    Where there is no word at all, only a picture sign, say, that is what is unknown.
    """
    said = words(text) or text.split()
    return list(dict.fromkeys(word for word in said if stem(word) not in stems))


def doubt(text: str, stems: frozenset[str]) -> str:
    """Return what is to be said of a description's unknown words; "" if there are none.

    Verbs that are said in plainer ones are told as they were understood, on a line of their own;
    other words are named.
    """
    plain = plainly(text, stems)
    understood = f'Understood as "{plain}".' if plain != text else ""
    return f"{understood}\n{warning(unknown(plain, stems))}".strip()


def warning(unknown_words: list[str]) -> str:
    """Return one sentence for the user about words that were never learnt; "" if there are none."""
    if not unknown_words:
        return ""
    quoted = [f'"{word}"' for word in unknown_words]
    told = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
    return f"Unsure: no motion was learnt for {told}; say it in plainer words if it came out wrong."
