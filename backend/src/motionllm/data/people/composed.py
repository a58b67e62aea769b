"""Groups composed by rule from single clips: chosen, timed, placed, checked, captioned. numpy."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from motionllm.data.dataset import Dataset
from motionllm.data.people.groups import Group, Person, person_clip, person_roots
from motionllm.data.pieces import TOKEN_FRAMES, Piece
from motionllm.english.mirror import mirror_text
from motionllm.motion.bodies import gaps
from motionllm.motion.features import FPS
from motionllm.people.arrange import arranged
from motionllm.people.rules import Role, Rule, Rules

CAPTIONS = 6
TRIES = 8  # placements of two clips before others are taken
NEAREST = 0.02  # metres between skins
ALIKE = 12  # clips looked at for one of like speed
LONGEST = 9.6  # seconds, with what is held still
ACTION = 3.0  # seconds at most of what is done in turn
_SUBJECT = re.compile(
    r"^(?:an?|the|this|that)\s+(?:[\w-]+\s+){0,2}?"
    r"(?:person|man|woman|guy|figure|character|actor|human|lady|girl|boy|someone)\s+"
    r"(?=\w+(?:s|es)\b)(?:is\s+)?|^(?:someone|somebody|he|she)\s+(?=\w+(?:s|es)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Stretch:
    """A candidate: part of a clip, with how it moves.

    Attributes:
        way: (2,) x and z of the net way, the first frame facing +Z.
        turn: net turn, radians.
        length: metres walked.
        extent: farthest from the start, metres.
    """

    piece: Piece
    start: int
    frames: int
    way: np.ndarray
    turn: float
    length: float
    extent: float

    @property
    def speed(self) -> float:
        """Metres a second along the net way."""
        return float(np.linalg.norm(self.way)) / (self.frames / FPS)

    def is_travel(self, kind: str) -> bool:
        """Tell whether it moves as a role asks."""
        size = float(np.linalg.norm(self.way))
        bearing = abs(float(np.arctan2(self.way[0], self.way[1])))
        straight = size > 0.8 and size > 0.85 * self.length and abs(self.turn) < 0.6
        return {
            "": True,
            "still": self.extent < 0.6 and abs(self.turn) < 0.9,
            "forward": straight and bearing < 0.45,
            "backward": straight and bearing > np.pi - 0.6,
            "round": self.length > 2.5 and abs(self.turn) > 2.4,
        }[kind]


class Composer:
    """Makes groups by rule from the pieces of a training set.

    Args:
        dataset: the training set.
        pieces: its captioned pieces.
        held_out: whether to use the held-out recordings, or the others.
        seed: of all choices.
    """

    def __init__(
        self, dataset: Dataset, pieces: list[Piece], rules: Rules, held_out: bool, seed: int
    ) -> None:
        self._dataset = dataset
        self._rules = rules
        self._held_out = held_out
        self._rng = random.Random(seed)
        self._by_key: dict[str, list[Piece]] = {}
        for piece in pieces:
            if not piece.mirrored and dataset.records[piece.clip].held_out == held_out:
                self._by_key.setdefault(piece.key, []).append(piece)

    def groups(self, count: int) -> Iterator[Group]:
        """Yield so many groups, or fewer where the pieces do not do."""
        rules = list(self._rules.rules)
        weights = [rule.weight for rule in rules]
        for _ in range(count):
            rule = self._rng.choices(rules, weights)[0]
            group = self.one(rule)
            if group:
                yield group

    def one(self, rule: Rule) -> Group | None:
        """Return a group of a rule; None where nothing was found that fits."""
        for _ in range(3):
            pair = self._choose(rule)
            if not pair:
                return None
            people = self._timed(rule, *pair)
            for _ in range(TRIES):
                placed = self._place(rule, *people)
                if placed and self._clear(placed):
                    return self._captioned(rule, placed, pair)
        return None

    # ---- who

    def _stretch(self, role: Role, shortest: float = 0.0) -> Stretch | None:
        """Draw a stretch for a role: an action kind by kind, so that rare ones are not drowned."""
        keys = [key for key in role.keys if key in self._by_key]
        for _ in range(20):
            if not keys:
                return None
            piece = self._rng.choice(self._by_key[self._rng.choice(keys)])
            if self._dataset.records[piece.clip].row.get("source") in role.avoid:
                continue
            low, high = max(role.seconds[0], shortest), role.seconds[1]
            frames = min(piece.frames, int(self._rng.uniform(low + 0.6, high) * FPS))
            frames -= frames % TOKEN_FRAMES
            if frames < low * FPS:
                continue
            moving = role.travel in ("forward", "backward")
            room = piece.frames - frames if moving else 0
            start = piece.start + self._rng.randint(0, room)
            found = self._measure(piece, start, frames)
            if found.is_travel(role.travel):
                return found
        return None

    def _measure(self, piece: Piece, start: int, frames: int) -> Stretch:
        path = person_roots(self._dataset, Person(piece.clip, start, frames))
        steps = np.linalg.norm(np.diff(path[:, :2], axis=0), axis=1)
        return Stretch(
            piece, start, frames, path[-1, :2], float(path[-1, 2]), float(steps.sum()),
            float(np.linalg.norm(path[:, :2], axis=1).max()),
        )  # fmt: skip

    def _choose(self, rule: Rule) -> tuple[Stretch, Stretch] | None:
        first_role, second_role = (self._rules.roles[name] for name in rule.roles)
        first = self._stretch(first_role)
        if not first:
            return None
        if rule.same:
            return first, first
        # Only a stretch as long as the first's leaves its action whole.
        shortest = min(first.frames / FPS, 3.0) - 0.6
        if rule.place not in ("beside", "behind", "backing") or first.extent < 0.8:
            second = self._stretch(second_role, shortest)
        else:
            others = [self._stretch(second_role, shortest) for _ in range(ALIKE)]
            near = [
                s for s in others
                if s and 0.8 < (s.speed + 1e-6) / (first.speed + 1e-6) < 1.25
            ]  # fmt: skip
            second = self._rng.choice(near) if near else None
        return (first, second) if second else None

    # ---- when

    def _timed(self, rule: Rule, first: Stretch, second: Stretch) -> tuple[Person, Person]:
        """Return both people, of equal length, not yet placed."""
        flips = self._rng.random() < 0.5, self._rng.random() < 0.5
        if rule.same:
            flips = flips[0], flips[0] != (rule.same == "mirrored")
        if rule.timing == "together":
            frames = min(first.frames, second.frames)
            return (
                Person(first.piece.clip, first.start, frames, flips[0]),
                Person(second.piece.clip, second.start, frames, flips[1]),
            )
        most = int(LONGEST * FPS)
        one, two = (min(s.frames, int(ACTION * FPS)) for s in (first, second))
        if rule.timing == "turns":
            later = int(one * self._rng.uniform(0.6, 1.0))
        else:
            later = int(self._rng.uniform(0.6, 1.6) * FPS)
        later = min(later, most - two) // TOKEN_FRAMES * TOKEN_FRAMES
        length = max(one, later + two)
        return (
            Person(first.piece.clip, first.start, one, flips[0], 0, length - one),
            Person(second.piece.clip, second.start, two, flips[1], later, length - later - two),
        )

    # ---- where

    def _place(self, rule: Rule, first: Person, second: Person) -> tuple[Person, Person] | None:
        """Return both people placed; see `people.arrange` for what the kinds of place mean."""
        low, high = rule.metres
        # A circle is as wide as it was walked: it must only not be narrower.
        metres = low if rule.place == "round" else self._rng.uniform(low, high)
        paths = tuple(person_roots(self._dataset, person) for person in (first, second))
        root = arranged(rule.place, metres, paths, self._rng)
        if root is None:
            return None
        x, z, yaw = (float(value) for value in root)
        return first, replace(second, x=x, z=z, yaw=yaw)

    def _clear(self, people: tuple[Person, Person]) -> bool:
        """Tell whether nobody is in anybody else at any time."""
        one, other = (person_clip(self._dataset, person).joints[::3] for person in people)
        return float(gaps(one, other).min()) > NEAREST

    # ---- what is said

    def _captioned(
        self, rule: Rule, people: tuple[Person, Person], pair: tuple[Stretch, Stretch]
    ) -> Group | None:
        texts: dict[str, None] = {}
        for _ in range(4 * CAPTIONS):
            phrase = self._rng.choice(rule.captions)
            if "{first}" in phrase:
                clauses = [
                    self._clause(s.piece, person.flipped)
                    for s, person in zip(pair, people, strict=True)
                ]
                if not all(clauses):
                    continue
                phrase = phrase.replace("{first}", clauses[0]).replace("{second}", clauses[1])
            texts.setdefault(self._rules.caption(phrase, self._rng))
            if len(texts) == CAPTIONS:
                break
        if not texts:
            return None
        take = " + ".join(self._dataset.records[p.clip].row["id"] for p in people)
        return Group(rule.name, False, self._held_out, people, list(texts), take)

    def _clause(self, piece: Piece, flipped: bool) -> str:
        """Return what a piece's caption says of its person, as "waves their left hand"; or ""."""
        said = [text for text in piece.captions if _SUBJECT.search(text)]
        if not said:
            return ""
        text = _SUBJECT.sub("", self._rng.choice(said)).rstrip(".")
        text = re.sub(r"^is (?=\w+ing)", "is ", text)
        return mirror_text(text) if flipped else text
