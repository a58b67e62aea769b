"""People together on held-out recordings: does the follower stand, face and touch as the real one?

The first person is the recorded one; the second is made for them from the caption, and compared
with the recorded second person. Two rivals: the second person of another take, and somebody made
alone and led through our place tokens. All go through the same mending of overlaps and feet. numpy.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from motionllm.data.dataset import Dataset
from motionllm.data.people import groups
from motionllm.engine.embedded.engine import EmbeddedEngine
from motionllm.english import people
from motionllm.evaluation.statistics import interval, mean_interval
from motionllm.evaluation.tables import Table
from motionllm.motion import bodies
from motionllm.motion.clip import Clip
from motionllm.motion.compare import planted_skate
from motionllm.motion.root import placed, roots_of, seen_from, wrapped
from motionllm.people.generate import finished
from motionllm.people.rules import load_rules
from motionllm.requests import GenerateRequest, PeopleRequest
from motionllm.tokens.place import together

COMPOSED = 36  # groups
SHOWN = ("start distance", "start facing", "distance", "facing")


@dataclass(frozen=True)
class Figures:
    """How one made second person compares with the recorded one.

    Attributes:
        errors: by the names of SHOWN, metres and degrees.
        touch: frames in which made, recorded and both touch the first person, (3,).
        overlap: mean metres that the two are in each other.
        slide: metres a second by which planted feet slide before they are mended: how much the
            motion was dragged to its places.
        deep: share of frames in which they are so by more than 3 cm.
    """

    errors: dict[str, float]
    touch: np.ndarray
    overlap: float
    deep: float
    slide: float


def compare(leader: Clip, made: Clip, real: Clip, raw: Clip) -> Figures:
    """Measure one made second person; `raw` is the same before overlaps and feet are mended."""
    frames = min(leader.frames, made.frames, real.frames)
    ahead = roots_of(leader)[:frames]
    found = [_told(ahead, roots_of(clip)[:frames]) for clip in (made, real)]
    distance = np.abs(found[0][0] - found[1][0])
    facing = np.degrees(np.abs(wrapped(found[0][1] - found[1][1])))
    touches = [bodies.touching(leader.joints[:frames], c.joints[:frames]) for c in (made, real)]
    deep = bodies.depth(leader.joints[:frames], made.joints[:frames])
    return Figures(
        dict(zip(SHOWN, (distance[0], facing[0], distance.mean(), facing.mean()), strict=True)),
        np.array([touches[0].sum(), touches[1].sum(), (touches[0] & touches[1]).sum()]),
        float(deep.mean()), float((deep > 0.03).mean()),
        planted_skate(raw.joints, raw.contacts, raw.fps),
    )  # fmt: skip


def _told(leader: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return distance (T,), and where the leader is seen by the other: a bearing (T,), radians."""
    seen = seen_from(own, leader)
    return np.hypot(seen[:, 0], seen[:, 1]), np.arctan2(seen[:, 0], seen[:, 1])


class Trial:
    """Makes second persons for held-out groups, in every way.

    Args:
        engine: with a pack that knows people.
        dataset: the training set with its groups.
        held: held-out groups of two.
    """

    def __init__(self, engine: EmbeddedEngine, dataset: Dataset, held: list[groups.Group]) -> None:
        self._engine, self._dataset, self._held = engine, dataset, held

    def run(self, say: Callable[[str], None]) -> dict[str, list[Figures]]:
        """Return the figures of every way, a group each."""
        found: dict[str, list[Figures]] = {}
        for index, group in enumerate(self._held):
            if index % 8 == 0:
                say(f"people: {index} of {len(self._held)}")
            leader, real = (groups.person_clip(self._dataset, p) for p in group.people)
            for way, (made, raw) in self._made(index, group, leader).items():
                found.setdefault(way, []).append(compare(leader, made, real, raw))
            found.setdefault("recorded", []).append(compare(leader, real, real, real))
        return found

    def _made(self, index: int, group: groups.Group, leader: Clip) -> dict[str, tuple[Clip, Clip]]:
        """Return the second person of every way, mended and as it was before."""
        text = group.captions[-1]
        request = GenerateRequest(text, leader.seconds, seed=index)
        wanted = PeopleRequest(request, 2, leader)
        clips, places = self._engine.people_places(wanted)
        alone = self._engine.generate(
            [replace(request, text=people.parts(text, 2)[1], cleanup=False)]
        )[0]
        led = together([clips[0], alone], places, self._engine.frames_per_token)
        other = self._other(index, group)
        made = {"ours": clips, "alone": led, "another take": [leader, other]}
        return {
            way: (finished([placed(some[0], np.zeros(3)), *some[1:]], wanted)[1], some[1])
            for way, some in made.items()
        }

    def _other(self, index: int, group: groups.Group) -> Clip:
        """Return the second person of another take, as they stood to their own first one."""
        count = len(self._held)
        for step in range(1, count):
            other = self._held[(index + step * 7) % count]
            if other.take != group.take and (not group.captured or other.captured):
                return groups.person_clip(self._dataset, other.people[1])
        return groups.person_clip(self._dataset, group.people[1])


def people_tables(
    engine: EmbeddedEngine, dataset: Dataset, say: Callable[[str], None]
) -> list[Table]:
    """Measure a pack on held-out takes recorded together, and on composed held-out pairs."""
    found = groups.read(dataset.folder)
    tables = []
    for captured, title in (
        (True, "Held-out takes recorded together"),
        (False, "Composed pairs of held-out recordings"),
    ):
        held = [g for g in found if g.held_out and g.captured == captured and len(g.people) == 2]
        if not captured:
            held = [held[int(i)] for i in np.linspace(0, len(held) - 1, min(COMPOSED, len(held)))]
        if not held:
            continue
        results = Trial(engine, dataset, held).run(say)
        takes = len({group.take.split("_")[-1] for group in held})
        tables.append(_table(title, results, len(held), takes if captured else 0))
    return tables


def _table(title: str, results: dict[str, list[Figures]], count: int, takes: int) -> Table:
    table = Table(
        title,
        ["second person", "start distance, m", "start facing, deg", "distance, m", "facing, deg",
         "contact precision", "contact recall", "overlap, mm", "frames over 3 cm",
         "feet slide, m/s"],
        f"{count} windows{f' of {takes} takes' if takes else ''}; errors against the recorded "
        "second person, 95 % intervals over windows. The first person is the recorded one. "
        "Contact: frames in which the skins come within 8 cm. Feet: before they are mended.",
    )  # fmt: skip
    names = {
        "ours": "**made for the first**",
        "another take": "rival: of another take",
        "alone": "rival: made alone, our places",
        "recorded": "recorded",
    }
    for way, name in names.items():
        rows = results[way]
        cells: list = [mean_interval([row.errors[shown] for row in rows]) for shown in SHOWN]
        cells += [interval(rows, lambda some, part=part: _share(some, part)) for part in (0, 1)]
        cells.append(mean_interval([1000.0 * row.overlap for row in rows]))
        cells.append(mean_interval([row.deep for row in rows]))
        cells.append(mean_interval([row.slide for row in rows]))
        table.add(name, *cells)
    return table


def _share(rows: list[Figures], part: int) -> float:
    """Return precision (0) or recall (1) of touching, over all frames."""
    total = np.sum([row.touch for row in rows], axis=0)
    return float(total[2] / total[part]) if total[part] else float("nan")


def fitting_table() -> Table:
    """Measure which sentences are taken for learnt ones, on sentences written beforehand."""
    table = Table(
        "Which sentences fit", ["sentences", "taken for learnt", "share"],
        "Words of the rules decide; the sentences are those of evaluation/pair_sentences.toml.",
    )  # fmt: skip
    rules = load_rules()
    for name, texts in sentences().items():
        hits = [rules.learnt(text) for text in texts]
        table.add(name.replace("_", " "), f"{sum(hits)} of {len(hits)}",
                  mean_interval([100.0 * hit for hit in hits]))  # fmt: skip
    return table


def sentences() -> dict[str, list[str]]:
    """Return sentences that ask for what was learnt, and others."""
    path = Path(__file__).with_name("pair_sentences.toml")
    return tomllib.loads(path.read_text("utf-8"))
