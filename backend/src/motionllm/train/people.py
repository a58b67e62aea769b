"""Training of the adapter for several people, from a pack's text to motion. torch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from motionllm.data.build import Dataset
from motionllm.data.people import groups
from motionllm.english.mirror import mirror_text
from motionllm.model.language import TrainedPart, load_backbone
from motionllm.model.people import PeopleModel, place_losses
from motionllm.model.tokenizer import MotionTokenizer
from motionllm.pack.pack import Pack
from motionllm.tokens import partner, place, prompts
from motionllm.tokens.vocabulary import Vocabulary
from motionllm.train.adapters import ENTRY, RANK, knows_bfloat16, trail_of
from motionllm.train.batches import TextStates, corrupt
from motionllm.train.run import Run
from motionllm.train.start import _load, codes_digest
from motionllm.train.tokenizer_figures import encode_features

BATCH = 8  # groups, some 600 rows
LIKE = 6  # batches that are drawn at once and sorted by length
PEAK_RATE = 7e-4
CAPTURED_SHARE = 0.2  # of what is drawn; with more, nine takes are learnt by heart
CORRUPT = (0.1, 0.7)
CAPTION_DROP = 0.1
LEADER_WEIGHT, REFINED_WEIGHT, PLACE_WEIGHT = 0.4, 0.2, 0.35
NOISE = 0.03  # metres and radians: the path that generation adds up is off by so much
HELD_OUT = 24  # groups looked at in evaluations, of each kind
EVALUATE_EVERY = 15.0  # minutes
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
        np.savez(tokens, **arrays)
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
        roots, caption = [place.mirrored(r) for r in roots], mirror_text(caption)
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
    sequences, marks, come = [], [], []
    for prefix, one in zip(prefixes, scenes, strict=True):
        parts, goals, at = [prefix], [], len(prefix)
        leader = one.codes[0]
        for person, codes in enumerate(one.codes):
            read = codes if rng is None else corrupt(
                codes, rng.uniform(*CORRUPT), model.vocabulary, rng
            )  # fmt: skip
            if person == 0:
                first = torch.tensor([model.vocabulary.start(len(codes))], device=model.device)
                start = model.rows(first)
                rows = torch.cat([start, model.token_rows(read, codes, len(codes))])
                goals += [("leader", at + i, codes[i]) for i in range(len(codes))]
            else:
                plan = partner.schedule(len(codes), place.EVERY)
                seen = place.seen_from(one.roots[0], one.roots[person])
                own = one.roots[person]
                if rng is not None:
                    own = own + rng.normal(size=own.shape) * NOISE
                places = {j: place.encode(seen[j]) for kind, j in plan if kind == "place"}
                walked = place.leaning(place.seen_from(one.roots[0], own)[sorted(places)])
                for part in walked:
                    part[0] = 0.0  # where they begin nothing is known
                come.append(walked)
                rows = model.follower_rows(
                    read, codes, places, leader, (one.roots[0], own) if told else None, plan
                )
                for i, (kind, number) in enumerate(plan[1:]):
                    target = places[number] if kind == "place" else codes[number]
                    goals.append(("place" if kind == "place" else "follower", at + i, target))
            parts.append(rows)
            at += len(rows)
        sequences.append(torch.cat(parts))
        marks.append(goals)
    out = model.upper(sequences)
    found = []
    for kind in ("leader", "follower", "place"):
        where = [(i, at, t) for i, goals in enumerate(marks) for k, at, t in goals if k == kind]
        states = out[[i for i, _, _ in where], [at for _, at, _ in where]]
        targets = torch.from_numpy(np.stack([t for _, _, t in where]))
        found.append((states, targets.to(model.device)))
    parts = [
        torch.from_numpy(np.concatenate(part)).to(model.device) for part in zip(*come, strict=True)
    ]
    return Goals(*found, parts)


def _step(
    model: PeopleModel, texts: TextStates, scenes: list[Scene], rng: np.random.Generator, told: bool
) -> tuple[torch.Tensor, dict[str, float]]:
    goals = people_batch(model, texts, scenes, rng, told)
    lead, *lead_further = (every.mean() for every in model.level_losses(*goals.leader))
    follow, *further = (every.mean() for every in model.level_losses(*goals.follower))
    places = place_losses(model.place_head(*goals.place, goals.leaning), goals.place[1]).mean()
    total = (
        LEADER_WEIGHT * (lead + REFINED_WEIGHT * sum(lead_further))
        + follow + REFINED_WEIGHT * sum(further) + PLACE_WEIGHT * places
    )  # fmt: skip
    shown = {"leader": lead, "follower": follow, "refined": sum(further) / len(further),
             "place": places}  # fmt: skip
    return total, {name: float(value.detach()) for name, value in shown.items()}


def prepare(tokenizer: MotionTokenizer, backbone: Path, start: Pack, seed: int):
    """Return the model, set to a pack's text to motion, and the text tokenizer."""
    torch.manual_seed(seed)
    llama, text_tokenizer = load_backbone(backbone)
    books = torch.stack([book.codes for book in tokenizer.codebooks]) / tokenizer.code_std
    entry = min(ENTRY, llama.config.num_hidden_layers // 2)
    model = PeopleModel(
        llama, Vocabulary(tokenizer.config.codes), books, trail_of(tokenizer), entry, RANK, True
    )
    arrays = {
        "peft_model." + name.replace(".weight", ".default.weight"): value
        for name, value in start.tensors("t2m/adapter_model").items()
    } | {
        name.replace("input", "rows.weight") if name == "input" else name: value
        for name, value in start.tensors("motion_embeddings").items()
        if not name.startswith(("m2t_", "goal_"))  # a captioner's; people go where others are
    }
    _load(model, {k: torch.from_numpy(v.astype("float32")) for k, v in arrays.items()}, start)
    model.start_places()
    return model, text_tokenizer


def _share(samples: list[Sample], share: float) -> list[Sample]:
    """Return a share of the captured groups and of the composed ones, at least one of each."""
    kept = []
    for captured in (True, False):
        some = [s for s in samples if bool(s.group.captured) == captured]
        order = np.random.default_rng(0).permutation(len(some))
        kept += [some[i] for i in sorted(order[: max(1, round(share * len(some)))])] if some else []
    return kept


def train(
    data: Path, tokenizer: MotionTokenizer, backbone: Path, folder: Path, minutes: float,
    start: Pack, seed: int = 0, told: bool = True, device: str = "cpu", share: float = 1.0,
) -> Path:  # fmt: skip
    """Train (or go on training) the adapter; return the folder with its checkpoint.

    Args:
        data: the training set with its groups.
        tokenizer: motion tokenizer of the pack.
        backbone: GGUF file or transformers folder.
        folder: of the run.
        minutes: budget over all restarts.
        start: the pack whose text to motion it begins from.
        seed: of the order of samples.
        told: whether followers are told where the leader is, beside the place tokens.
        device: a torch device's name.
        share: of the groups that are trained on, for a curve over the amount of data.
    """
    run = Run(folder, minutes)
    samples = load_samples(data, tokenizer.eval(), folder / "tokens.npz")
    some = _share([s for s in samples if not s.group.held_out], share)
    model, text_tokenizer = prepare(tokenizer, backbone, start, seed)
    model.to(device)
    texts = TextStates(model, text_tokenizer)
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    sizes = {"adapter": 1.0, "tables": 2.0, "own": 3.0}
    parts: dict[str, list] = {name: [] for name in sizes}
    for name, parameter in trained:
        kind = "adapter" if "lora_" in name else "tables"
        parts["own" if name.startswith(PeopleModel.OWN) else kind].append(parameter)
    optimiser = torch.optim.AdamW(
        [{"params": parts[name], "scale": scale} for name, scale in sizes.items()],
        lr=PEAK_RATE, betas=(0.9, 0.99), weight_decay=0.01,
    )  # fmt: skip
    state = {"model": TrainedPart(model), "optimiser": optimiser}
    (folder / CODES).write_text(codes_digest(tokenizer) + "\n", "utf-8")
    if not run.resume(state):
        run.say(
            f"people: {len(some)} groups, {len(samples) - len(some)} held out; "
            f"{100 * model.trained_share():.2f} % of the backbone's parameters are trained"
        )
    rng = np.random.default_rng(seed + run.step)
    draw, kept = Draw(some, rng), choose_held(samples)
    evaluated = run.progress * minutes
    half = knows_bfloat16(model.device)
    while not run.finished:
        scenes = draw.next()
        for group in optimiser.param_groups:
            group["lr"] = run.learning_rate(PEAK_RATE) * group["scale"]
        with torch.autocast(model.device.type, torch.bfloat16, enabled=half):
            loss, shown = _step(model, texts, scenes, rng, told)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.trained_parameters(), 1.0)
        optimiser.step()
        if run.advance(shown, state) and (
            run.progress * minutes - evaluated > EVALUATE_EVERY or run.finished
        ):
            evaluated = run.progress * minutes
            figures = {}
            for name, part in kept.items():
                with torch.autocast(model.device.type, torch.bfloat16, enabled=half):
                    found = evaluate(model, texts, part, told) if part else {}
                figures |= {f"{name} {key}": value for key, value in found.items()}
            run.held_out(figures)
    return folder


def choose_held(samples: list[Sample]) -> dict[str, list[Sample]]:
    """Return a fixed choice of held-out groups, captured and composed."""
    found = {}
    for name, captured in (("captured", True), ("composed", False)):
        some = [s for s in samples if s.group.held_out and s.group.captured == captured]
        picks = np.linspace(0, len(some) - 1, min(HELD_OUT, len(some))).astype(int)
        found[name] = [some[i] for i in picks]
    return found


@torch.no_grad()
def evaluate(
    model: PeopleModel, texts: TextStates, held: list[Sample], told: bool = True
) -> dict[str, float]:
    """Return losses of held-out groups, nats: does the follower listen to words and to the leader?

    `right` is the follower's first codes, `leader` the first person's, `place` a place's three
    codes together. The gaps are what another group's caption, or its first person, costs.
    """
    right = [scene(sample, None) for sample in held]
    shift = max(1, len(right) // 2)
    others = right[shift:] + right[:shift]
    shuffled = [Scene(s.codes, s.roots, o.caption) for s, o in zip(right, others, strict=True)]
    foreign = []
    for s, o in zip(right, others, strict=True):
        n = min(len(s.codes[0]), len(o.codes[0]))
        foreign.append(
            Scene((o.codes[0][:n], s.codes[1][:n]), (o.roots[0][:n], s.roots[1][:n]), s.caption)
        )
    same = [
        Scene(tuple(c[: len(f.codes[0])] for c in s.codes),
              tuple(r[: len(f.codes[0])] for r in s.roots), s.caption)
        for s, f in zip(right, foreign, strict=True)
    ]  # fmt: skip
    cut = _losses(model, texts, same, told)
    figures = _losses(model, texts, right, told)
    wrong = _losses(model, texts, shuffled, told)
    strange = _losses(model, texts, foreign, told)
    return {
        "right": figures["follower"],
        "leader": figures["leader"],
        "place": figures["place"],
        "caption_gap": wrong["follower"] - figures["follower"],
        "leader_caption_gap": wrong["leader"] - figures["leader"],
        "other_gap": strange["follower"] - cut["follower"],
    }


def _losses(
    model: PeopleModel, texts: TextStates, scenes: list[Scene], told: bool
) -> dict[str, float]:
    sums, counts = {}, {}
    for first in range(0, len(scenes), BATCH):
        goals = people_batch(model, texts, scenes[first : first + BATCH], None, told)
        found = {
            "leader": model.level_losses(*goals.leader)[0],
            "follower": model.level_losses(*goals.follower)[0],
            "place": place_losses(model.place_head(*goals.place, goals.leaning), goals.place[1]),
        }
        for name, losses in found.items():
            sums[name] = sums.get(name, 0.0) + float(losses.sum())
            counts[name] = counts.get(name, 0) + len(losses)
    return {name: sums[name] / counts[name] for name in sums}
