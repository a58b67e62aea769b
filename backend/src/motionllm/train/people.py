"""Training of the adapter for several people, from a pack's text to motion. torch."""

from pathlib import Path

import numpy as np
import torch

from motionllm.data.dataset import Dataset
from motionllm.data.people import groups
from motionllm.model.language import TrainedPart
from motionllm.model.people import PeopleModel, place_losses
from motionllm.model.tokenizer import MotionTokenizer
from motionllm.pack.pack import Pack
from motionllm.train.adapters import build_model
from motionllm.train.batches import TextStates
from motionllm.train.loop import Figures, Losses, half_where_known, train_on
from motionllm.train.people_batches import (
    BATCH,
    CODES,
    Draw,
    Sample,
    Scene,
    load_samples,
    people_batch,
    scene,
)
from motionllm.train.run import TOKENS, Run
from motionllm.train.samples import digest_of, need_some
from motionllm.train.start import codes_digest, is_adapter, start_people

PEAK_RATE = 7e-4
LEADER_WEIGHT, REFINED_WEIGHT, PLACE_WEIGHT = 0.4, 0.2, 0.35
HELD_OUT = 24  # groups looked at in evaluations, of each kind
EVALUATE_EVERY = 15.0  # minutes
RATES = {"adapter": 1.0, "tables": 2.0, "own": 3.0}  # times PEAK_RATE


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
    Dataset(data)  # say at once where there is none
    run = Run(folder, minutes)
    run.begin(
        task="people", data=digest_of(data, "clips.json", groups.FILE),
        tokenizer=codes_digest(tokenizer),
    )  # fmt: skip
    samples = load_samples(data, tokenizer.eval(), folder / TOKENS)
    some = _share([s for s in samples if not s.group.held_out], share)
    need_some(some, data, "group of people")
    model, text_tokenizer = build_model(PeopleModel, backbone, tokenizer, seed)
    start_people(model, start)
    model.start_places()
    texts = TextStates(model.to(device), text_tokenizer)
    state = {"model": TrainedPart(model), "optimiser": _optimiser(model)}
    (folder / CODES).write_text(codes_digest(tokenizer) + "\n", "utf-8")
    if not run.resume(state):
        run.say(
            f"people: {len(some)} groups, {len(samples) - len(some)} held out; "
            f"{100 * model.trained_share():.2f} % of the backbone's parameters are trained"
        )
    rng = np.random.default_rng(seed + run.step)
    draw, kept = Draw(some, rng), choose_held(samples)

    def losses() -> Losses:
        scenes = draw.next()
        with half_where_known(model.device):
            return _step(model, texts, scenes, rng, told)

    def held_out() -> Figures:
        found: Figures = {}
        for name, part in kept.items():
            with half_where_known(model.device):
                figures = evaluate(model, texts, part, told) if part else {}
            found |= {f"{name} {key}": value for key, value in figures.items()}
        return found

    train_on(run, state, model, PEAK_RATE, losses, held_out, EVALUATE_EVERY)
    return folder


def _optimiser(model: PeopleModel) -> torch.optim.Optimizer:
    parts: dict[str, list[torch.nn.Parameter]] = {name: [] for name in RATES}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            kind = "adapter" if is_adapter(name) else "tables"
            parts["own" if name.startswith(PeopleModel.OWN) else kind].append(parameter)
    return torch.optim.AdamW(
        [{"params": parts[name], "scale": scale} for name, scale in RATES.items()],
        lr=PEAK_RATE, betas=(0.9, 0.99), weight_decay=0.01,
    )  # fmt: skip


def _step(
    model: PeopleModel, texts: TextStates, scenes: list[Scene], rng: np.random.Generator, told: bool
) -> Losses:
    goals = people_batch(model, texts, scenes, rng, told)
    lead, *lead_further = (every.mean() for every in model.level_losses(*goals.leader))
    follow, *further = (every.mean() for every in model.level_losses(*goals.follower))
    places = place_losses(model.place_head(*goals.place, goals.leaning), goals.place[1]).mean()
    refined = sum(further[1:], further[0])
    total = (
        LEADER_WEIGHT * (lead + REFINED_WEIGHT * sum(lead_further))
        + follow + REFINED_WEIGHT * refined + PLACE_WEIGHT * places
    )  # fmt: skip
    shown = {"leader": lead, "follower": follow, "refined": refined / len(further),
             "place": places}  # fmt: skip
    return total, {name: float(value.detach()) for name, value in shown.items()}


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
