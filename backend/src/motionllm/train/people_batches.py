"""Groups of people as tokens, drawn and run in batches, for the adapter that answers. torch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from motionllm.data.dataset import Dataset
from motionllm.data.people import groups
from motionllm.english.mirror import mirror_text
from motionllm.files import replacing
from motionllm.model.people import PeopleModel
from motionllm.model.tokenizer import MotionTokenizer, encode_features
from motionllm.motion.root import mirrored, seen_from
from motionllm.tokens import partner, place, prompts
from motionllm.tokens.vocabulary import Vocabulary
from motionllm.train.batches import TextStates, corrupt
from motionllm.train.samples import need_some

BATCH = 8  # groups, some 600 rows
NOISE = 0.03  # metres and radians: the path that generation adds up is off by so much
LIKE = 6  # batches that are drawn at once and sorted by length
CAPTURED_SHARE = 0.2  # of what is drawn; with more, nine takes are learnt by heart
CORRUPT = (0.1, 0.7)
CAPTION_DROP = 0.1
CODES = "codes.sha256"  # file of a run: which motion tokens it learns


@dataclass(frozen=True)
class Sample:
    """A group as tokens.

    Attributes:
        group: what it is.
        codes: (2, n, levels) of each person, the second half mirrored.
        roots: (n, 3) of each person before each token, in the space of the first.
    """

    group: groups.Group
    codes: tuple[np.ndarray, ...]
    roots: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Scene:
    """A sample as it is read once: mirrored or not, swapped or not.

    Attributes:
        codes: (n, levels) of each person.
        roots: (n, 3) of each.
        caption: what is said; "" is nothing.
    """

    codes: tuple[np.ndarray, ...]
    roots: tuple[np.ndarray, ...]
    caption: str

    @property
    def rows(self) -> int:
        """About how many rows it takes."""
        return sum(len(codes) for codes in self.codes)


def load_samples(data: Path, tokenizer: MotionTokenizer, tokens: Path) -> list[Sample]:
    """Return all groups of a training set as tokens, which are kept in a file."""
    dataset, found = Dataset(data), groups.read(data)
    need_some(found, data, "group of people")
    if not tokens.is_file():
        arrays = {}
        for number, group in enumerate(found):
            for index, person in enumerate(group.people):
                arrays[f"{number}.{index}"] = np.stack(
                    [
                        encode_features(tokenizer, groups.person_features(dataset, person, flip))
                        for flip in (False, True)
                    ]
                ).astype(np.int16)
        with replacing(tokens) as part:
            np.savez(part, **arrays)
    step, samples = tokenizer.config.frames_per_token, []
    longest = Vocabulary(tokenizer.config.codes).max_tokens
    with np.load(tokens) as archive:
        for number, group in enumerate(found):
            codes = [
                archive[f"{number}.{index}"].astype(np.int64) for index in range(len(group.people))
            ]
            count = min(min(c.shape[1] for c in codes), longest)
            roots = [
                groups.person_roots(dataset, person)[: count * step : step]
                for person in group.people
            ]
            samples.append(Sample(group, tuple(c[:, :count] for c in codes), tuple(roots)))
    return samples


def scene(sample: Sample, rng: np.random.Generator | None) -> Scene:
    """Return a sample with people swapped, mirrored and captioned by chance; rng None: as it is."""
    captions = sample.group.captions
    if rng is None:
        return Scene(tuple(c[0] for c in sample.codes), sample.roots, captions[-1])
    order = rng.permutation(len(sample.codes))
    flip = int(rng.random() < 0.5)
    caption = captions[int(rng.integers(len(captions)))]
    roots = [sample.roots[i] for i in order]
    if flip:
        roots, caption = [mirrored(r) for r in roots], mirror_text(caption)
    return Scene(
        tuple(sample.codes[i][flip] for i in order), tuple(roots),
        "" if rng.random() < CAPTION_DROP else caption,
    )  # fmt: skip


class Draw:
    """Draws batches of scenes of like length: captured ones as often as wanted, rules alike."""

    def __init__(self, samples: list[Sample], rng: np.random.Generator) -> None:
        self.samples, self.rng = samples, rng
        captured = np.array([s.group.captured for s in samples], float)
        self._chance = np.where(
            captured > 0,
            CAPTURED_SHARE / max(captured.sum(), 1),
            (1 - CAPTURED_SHARE) / max((1 - captured).sum(), 1),
        )
        self._chance /= self._chance.sum()
        self._ready: list[list[Scene]] = []

    def next(self) -> list[Scene]:
        """Return the next batch."""
        if not self._ready:
            picks = self.rng.choice(len(self.samples), LIKE * BATCH, p=self._chance)
            scenes = sorted((scene(self.samples[i], self.rng) for i in picks), key=lambda s: s.rows)
            starts = self.rng.permutation(LIKE) * BATCH
            self._ready = [scenes[at : at + BATCH] for at in starts]
        return self._ready.pop()


@dataclass
class Goals:
    """What a batch must say: states and targets of the leaders, the followers and the places.

    Places also have where the followers' own steps have taken them, see `place.leaning`.
    """

    leader: tuple[torch.Tensor, torch.Tensor]
    follower: tuple[torch.Tensor, torch.Tensor]
    place: tuple[torch.Tensor, torch.Tensor]
    leaning: list[torch.Tensor]


def people_batch(
    model: PeopleModel, texts: TextStates, scenes: list[Scene],
    rng: np.random.Generator | None, told: bool = True,
) -> Goals:  # fmt: skip
    """Run scenes through the model.

    Args:
        rng: of what is corrupted; None corrupts nothing.
        told: whether followers are told where the leader is.
    """
    prefixes = [s for _, s in texts.get([(prompts.t2m_prompt(s.caption),) for s in scenes])]
    sequences: list[torch.Tensor] = []
    marks: list[list[_Goal]] = []
    come: list[list[np.ndarray]] = []
    for prefix, one in zip(prefixes, scenes, strict=True):
        parts, goals, at = [prefix], [], len(prefix)
        for person, codes in enumerate(one.codes):
            read = codes
            if rng is not None:
                read = corrupt(codes, rng.uniform(*CORRUPT), model.vocabulary, rng)
            if person == 0:
                rows = _leader_rows(model, read, codes)
                said = [("leader", row) for row in codes]
            else:
                rows, said, leaning = _follower(model, one, person, read, rng, told)
                come.append(leaning)
            goals += [_Goal(kind, at + i, target) for i, (kind, target) in enumerate(said)]
            parts.append(rows)
            at += len(rows)
        sequences.append(torch.cat(parts))
        marks.append(goals)
    out = model.upper(sequences)

    def of_kind(kind: str) -> tuple[torch.Tensor, torch.Tensor]:
        where = [(i, goal) for i, goals in enumerate(marks) for goal in goals if goal.kind == kind]
        states = out[[i for i, _ in where], [goal.at for _, goal in where]]
        targets = torch.from_numpy(np.stack([goal.codes for _, goal in where]))
        return states, targets.to(model.device)

    leaning = [np.concatenate(part) for part in zip(*come, strict=True)]
    return Goals(
        of_kind("leader"), of_kind("follower"), of_kind("place"),
        [torch.from_numpy(part).to(model.device) for part in leaning],
    )  # fmt: skip


@dataclass(frozen=True)
class _Goal:
    """What the state at one row of a sequence must say: codes of a token or of a place."""

    kind: str
    at: int
    codes: np.ndarray


def _leader_rows(model: PeopleModel, read: np.ndarray, codes: np.ndarray) -> torch.Tensor:
    """Return the input rows (1 + n, width) of the first person: the start and every token."""
    first = torch.tensor([model.vocabulary.start(len(codes))], device=model.device)
    return torch.cat([model.rows(first), model.token_rows(read, codes, len(codes))])


def _follower(
    model: PeopleModel, one: Scene, person: int, read: np.ndarray,
    rng: np.random.Generator | None, told: bool,
) -> tuple[torch.Tensor, list[tuple[str, np.ndarray]], list[np.ndarray]]:  # fmt: skip
    """Return a further person's rows, what the state at each of them must say, and the leaning.

    Args:
        read: codes (n, levels) that are read, some of which are made wrong.
        rng: of the drift of their way; None adds none.
        told: whether they are told where the leader is.
    """
    codes, ahead, own = one.codes[person], one.roots[0], one.roots[person]
    plan = partner.schedule(len(codes), place.EVERY)
    seen = seen_from(ahead, own)
    if rng is not None:
        own = own + rng.normal(size=own.shape) * NOISE
    places = {j: place.encode(seen[j]) for kind, j in plan if kind == "place"}
    leaning = place.leaning(seen_from(ahead, own)[sorted(places)])
    for part in leaning:
        part[0] = 0.0  # where they begin nothing is known
    roots = (ahead, own) if told else None
    rows = model.follower_rows(read, codes, places, one.codes[0], roots, plan)
    said = [
        ("place", places[number]) if kind == "place" else ("follower", codes[number])
        for kind, number in plan[1:]
    ]
    return rows, said, leaning
