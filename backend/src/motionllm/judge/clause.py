"""What a sentence asks for, clause by clause. Standard library only."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

SURER = 0.05  # of a mean degree: less is no more certain than before


@dataclass(frozen=True)
class Clause:
    """One thing that a sentence says somebody does.

    Attributes:
        words: the sentence's own words for it, for the user to read.
        act: name of the action in the lexicon, such as "walk" or "sit_down".
        check: name of the check that measures it.
        parts: what of the body it needs: some of "legs", "arms", "trunk", "head".
        step: its place in the sentence's order, from 0; clauses of one step have no order.
        together: it is said to happen while the clause before it does.
        negated: it is said not to happen.
        side: left, right, both or "": the hand, foot or leg.
        direction: forward, backward, left, right, up, down, circle or "".
        count, least: how often exactly, or at least; 0 where nobody says.
        degrees: of a turn, 0 where nobody says.
        metres: of the way, 0 where nobody says.
        manner: it says how the clause before it is done ("slowly"), and is measured while it is.
    """

    words: str
    act: str
    check: str
    parts: tuple[str, ...] = ()
    step: int = 0
    together: bool = False
    negated: bool = False
    side: str = ""
    direction: str = ""
    count: int = 0
    least: int = 0
    degrees: float = 0.0
    metres: float = 0.0
    manner: bool = False


@dataclass(frozen=True)
class Reading:
    """A sentence, read.

    Attributes:
        clauses: in the order in which they are to happen.
        unread: words that mean something and that no clause accounts for.
    """

    text: str
    clauses: tuple[Clause, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tick:
    """How a motion meets one clause.

    Attributes:
        words: the clause's words.
        degree: from 0 (not at all) to 1.
        holds: whether that is enough.
    """

    words: str
    degree: float
    holds: bool


@dataclass(frozen=True)
class Verdict:
    """How a motion meets a sentence.

    Attributes:
        ticks: one a clause, in the sentence's order.
        unread: words that could not be checked.
    """

    ticks: tuple[Tick, ...] = ()
    unread: tuple[str, ...] = field(default=())

    @property
    def degree(self) -> float:
        """Mean degree of the clauses; 1 where there is nothing to check."""
        if not self.ticks:
            return 1.0
        return sum(tick.degree for tick in self.ticks) / len(self.ticks)

    @property
    def holds(self) -> bool:
        """Whether every clause holds."""
        return all(tick.holds for tick in self.ticks)

    @property
    def shown(self) -> int:
        """How many clauses hold."""
        return sum(tick.holds for tick in self.ticks)

    def improves(self, other: Verdict) -> bool:
        """Tell whether it shows all that another verdict on the same sentence shows, and more.

        More is a further clause, or the same ones clearly surer.
        """
        if len(self.ticks) != len(other.ticks):
            return False
        pairs = zip(self.ticks, other.ticks, strict=True)
        if any(before.holds and not now.holds for now, before in pairs):
            return False
        return self.shown > other.shown or self.degree >= other.degree + SURER

    def to_table(self) -> dict[str, list]:
        """Return it as plain data."""
        ticks = [[tick.words, tick.degree, tick.holds] for tick in self.ticks]
        return {"ticks": ticks, "unread": list(self.unread)}

    def to_json(self) -> str:
        """Return it as a line of JSON."""
        return json.dumps(self.to_table(), ensure_ascii=False)

    @classmethod
    def from_table(cls, said: object) -> Verdict:
        """Return what `to_table` gave; of anything else, a verdict that says nothing."""
        try:
            table: Any = said
            ticks = tuple(Tick(str(w), float(d), bool(h)) for w, d, h in table["ticks"])
            return cls(ticks, tuple(map(str, table["unread"])))
        except (ValueError, KeyError, TypeError):
            return cls()

    @classmethod
    def from_json(cls, text: str) -> Verdict:
        """Return what `to_json` wrote; of anything else, a verdict that says nothing."""
        try:
            return cls.from_table(json.loads(text))
        except ValueError:
            return cls()

    def left_out(self) -> str:
        """Return what could not be checked, in brackets; "" where all of it was."""
        return f"  (not checked: {', '.join(self.unread)})" if self.unread else ""

    def told(self) -> str:
        """Return the clauses with their ticks, as "walks ✓  waves ✗"; "" where none was read."""
        return "  ".join(f"{tick.words} {'✓' if tick.holds else '✗'}" for tick in self.ticks)
