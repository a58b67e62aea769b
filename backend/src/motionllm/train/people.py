"""Training of the adapter for several people, from a pack's text to motion. torch."""

from pathlib import Path

import numpy as np
import torch

from motionllm.model.language import TrainedPart, load_backbone
from motionllm.model.people import PeopleModel, place_losses
from motionllm.model.tokenizer import MotionTokenizer
from motionllm.pack.pack import Pack
from motionllm.tokens.vocabulary import Vocabulary
from motionllm.train.adapters import ENTRY, RANK, knows_bfloat16, trail_of
from motionllm.train.batches import TextStates
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
from motionllm.train.run import Run
from motionllm.train.start import _load, codes_digest

PEAK_RATE = 7e-4
LEADER_WEIGHT, REFINED_WEIGHT, PLACE_WEIGHT = 0.4, 0.2, 0.35
HELD_OUT = 24  # groups looked at in evaluations, of each kind
EVALUATE_EVERY = 15.0  # minutes


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
