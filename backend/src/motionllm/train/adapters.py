"""Training of the two adapters: text to motion (t2m) and motion to text (m2t). torch."""

import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch.nn import functional
from transformers import PreTrainedTokenizerBase

from motionllm.model.language import MotionLanguageModel, TrainedPart, load_backbone
from motionllm.model.scratch import ScratchModel
from motionllm.model.text_to_motion import TextToMotionModel, goal_losses
from motionllm.model.tokenizer import MotionTokenizer
from motionllm.pack.pack import Pack
from motionllm.tokens import prompts
from motionllm.tokens.path import Trail
from motionllm.tokens.vocabulary import Vocabulary
from motionllm.train.batches import (
    BATCH,
    TextStates,
    corrupt,
    m2t_batch,
    pick_caption,
    pick_told,
    t2m_batch,
)
from motionllm.train.held_out import choose_held, evaluate_m2t, evaluate_t2m
from motionllm.train.loop import Losses, half_where_known, train_on
from motionllm.train.recipes import RECIPES, Recipe
from motionllm.train.run import TOKENS, Run
from motionllm.train.samples import (
    Draw,
    Sample,
    digest_of,
    load_samples,
    training_sets,
    write_tokens,
)
from motionllm.train.start import codes_digest, start_language

PEAK_RATE = 1e-3
GOING_ON = 0.6  # of it where a run begins from what a pack knows
RATES = {"lora_": 1.0, "fresh": 0.5, "goal_in": 20.0, "trail_in": 4.0}  # of all else 2
ENTRY = 15  # of SmolLM2's 30 layers; measured in docs/experiments.md
RANK = 16
OPEN_LENGTH = 0.15  # share of samples that do not know their length
REFINED_WEIGHT = 0.2  # of each further code's loss
END_WEIGHT = 0.1  # of the loss of where it ends
M2T_CORRUPT = 0.1
EVALUATE_EVERY = 8.0  # minutes


Model = TypeVar("Model", bound=MotionLanguageModel)
Step = Callable[[list[Sample], np.random.Generator], Losses]


def build_model(
    kind: type[Model], backbone: Path, tokenizer: MotionTokenizer, seed: int
) -> tuple[Model, PreTrainedTokenizerBase]:
    """Build a model for a tokenizer's codes, and the text tokenizer; its tables mean nothing yet.

    Args:
        kind: of model; all but the captioner's score motion tokens.
    """
    torch.manual_seed(seed)
    llama, text_tokenizer = load_backbone(backbone)
    entry = min(ENTRY, llama.config.num_hidden_layers // 2)
    model = kind(
        llama, Vocabulary(tokenizer.config.codes), tokenizer.scaled_books(), trail_of(tokenizer),
        entry, RANK, kind is not MotionLanguageModel,
    )  # fmt: skip
    return model, text_tokenizer


def kind_of(recipe: Recipe) -> type[TextToMotionModel]:
    """Return which model a recipe of text to motion trains."""
    return ScratchModel if recipe.scratch else TextToMotionModel


def prepare_model(
    kind: type[Model], backbone: Path, tokenizer: MotionTokenizer, codes: list[Sample], seed: int,
    frozen_rows: bool = False,
) -> tuple[Model, PreTrainedTokenizerBase]:  # fmt: skip
    """Build a model: rows start from the codebook, the head's bias at the codes' frequencies.

    Args:
        kind: of model.
        codes: samples that those are counted in; none where a checkpoint follows.
        frozen_rows: see Recipe.
    """
    model, text_tokenizer = build_model(kind, backbone, tokenizer, seed)
    vocabulary = model.vocabulary
    with torch.no_grad():
        # Codes that look alike begin alike: a random projection keeps the codebook's distances.
        book = next(iter(tokenizer.codebooks)).codes
        book = (book - book.mean(0)) / book.std()
        width = model.rows.embedding_dim
        model.rows.weight.normal_()
        model.rows.weight[: len(book)] = (
            book @ torch.randn(book.shape[1], width) / book.shape[1] ** 0.5
        )
        scale = model.text_states([text_tokenizer.encode(" a person walks forward")])[0][1:].std()
        model.rows.weight.mul_(scale)
        if isinstance(model, TextToMotionModel):
            model.goal_row.copy_(model.rows.weight[vocabulary.start()])
            if codes:
                first = np.concatenate([s.codes[:, 0] for s in codes])
                counts = np.bincount(first, minlength=len(book)) + 1.0
                shares = torch.from_numpy(np.log(counts / counts.sum())).float()
                model.head.bias[: len(book)] = shares
                model.head.bias[vocabulary.end] = float(np.log(len(codes) / counts.sum()))
        if frozen_rows:
            _freeze_rows(model, float(scale))
    return model, text_tokenizer


def _freeze_rows(model: MotionLanguageModel, scale: float) -> None:
    """Make what motion tokens look like random for good."""
    model.rows.weight.normal_(std=scale)
    model.residual_in.weight.normal_(std=scale / model.residual_in.in_features**0.5)
    for part in (model.rows, model.residual_in, model.trail_in):
        part.requires_grad_(False)


def trail_of(tokenizer: MotionTokenizer) -> Trail:
    """Return the net movement of a tokenizer's codes."""
    tensors = {name: value.numpy() for name, value in tokenizer.state_dict().items()}
    books = np.stack([book.codes.numpy() for book in tokenizer.codebooks])
    return Trail(tensors, books)


def train(
    task: str, data: Path, tokenizer: MotionTokenizer, backbone: Path, folder: Path,
    minutes: float, seed: int = 0, start: Pack | None = None, device: str = "cpu",
    recipe: Recipe = RECIPES["ours"],
) -> Path:  # fmt: skip
    """Train (or go on training) one adapter; return the folder with its checkpoint.

    Args:
        task: "t2m" or "m2t".
        data: the training set with its pieces.
        tokenizer: trained motion tokenizer.
        backbone: GGUF file or transformers folder.
        folder: of the run.
        minutes: budget over all restarts.
        seed: of the order of samples.
        start: a pack whose adapter a new run begins from.
        device: a torch device's name.
        recipe: of text to motion.
    """
    training_sets(data)  # say at once where there are none
    run = Run(folder, minutes)
    run.begin(
        task=task, data=digest_of(data, "clips.json", "pieces.jsonl"),
        tokenizer=codes_digest(tokenizer), recipe=recipe.title,
    )  # fmt: skip
    tokens = folder / TOKENS
    if not tokens.is_file():
        write_tokens(tokenizer.eval(), data, tokens)
    samples, held = load_samples(data, tokens)
    if task == "t2m":
        model, text_tokenizer = prepare_model(
            kind_of(recipe), backbone, tokenizer, samples, seed, recipe.frozen_rows
        )
        texts = TextStates(model.to(device), text_tokenizer)
        step = partial(_t2m_step, model, texts, recipe)
        evaluate = partial(evaluate_t2m, model, texts, choose_held(held))
    else:
        model, text_tokenizer = prepare_model(
            MotionLanguageModel, backbone, tokenizer, samples, seed, recipe.frozen_rows
        )
        texts = TextStates(model.to(device), text_tokenizer)
        step = partial(_m2t_step, model, texts)
        evaluate = partial(evaluate_m2t, model, texts, choose_held(held))
    state = {"model": TrainedPart(model), "optimiser": _optimiser(model)}
    if not run.resume(state):
        if start:
            start_language(model, start, task)
        run.say(
            f"{task}: {len(samples)} pieces, {len(held)} held out; "
            f"{100 * model.trained_share():.2f} % of the backbone's parameters are trained"
        )
        run.record(codebooks=codes_digest(tokenizer))
        if not held:
            run.say("no recording is held out, so nothing can be measured")
    rng = np.random.default_rng([seed + run.step, _begun(start, task)])
    draw = Draw(samples, BATCH, rng)

    def losses() -> Losses:
        picks = draw.next()
        with half_where_known(model.device):
            return step(picks, rng)

    peak = PEAK_RATE * (GOING_ON if start else 1.0)
    train_on(run, state, model, peak, losses, evaluate if held else None, EVALUATE_EVERY)
    return folder


def _optimiser(model: MotionLanguageModel) -> torch.optim.Optimizer:
    groups: dict[float, list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            groups.setdefault(_rate_of(name), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": some, "scale": scale} for scale, some in groups.items()],
        lr=PEAK_RATE,
        betas=(0.9, 0.99),
        weight_decay=0.01,
    )


def _begun(start: Pack | None, task: str) -> int:
    """Return a number of what a run begins from, for its draws.

    Going on from a pack, what it was trained on last must not be drawn in the same order again.
    """
    adapter = start.folder / task / "adapter_model.safetensors" if start else None
    return zlib.crc32(adapter.read_bytes()) if adapter else 0


def _rate_of(name: str) -> float:
    """Return how much faster than the adapter a parameter is trained.

    Rows have a spread of 6, so what is told beside them has to grow far from its zero to be heard.
    """
    return next((rate for part, rate in RATES.items() if part in name), 2.0)


def _t2m_step(
    model: TextToMotionModel, texts: TextStates, recipe: Recipe, picks: list[Sample],
    rng: np.random.Generator,
) -> Losses:  # fmt: skip
    captions = ["" if rng.random() < recipe.caption_drop else pick_caption(s, rng) for s in picks]
    states = [s for _, s in texts.get([(prompts.t2m_prompt(c),) for c in captions])]
    read = [corrupt(s.codes, rng.uniform(*recipe.corrupt), model.vocabulary, rng) for s in picks]
    hidden = [bool(rng.random() < OPEN_LENGTH) for _ in picks]
    told = [bool(rng.random() < recipe.told_end) for _ in picks]
    out = t2m_batch(model, states, [s.codes for s in picks], hidden, read, told)
    first, *further = (every.mean() for every in model.level_losses(out.tokens, out.targets))
    refined = sum(further[1:], further[0])
    end = goal_losses(model.goal_head(out.starts, out.ends), out.ends).mean()
    shown = {
        "loss": float(first.detach()),
        "refined": float(refined.detach()) / len(further),
        "end": float(end.detach()),
    }
    loss = first + REFINED_WEIGHT * refined
    return loss + (END_WEIGHT * end if recipe.told_end else 0.0), shown


def _m2t_step(
    model: MotionLanguageModel, texts: TextStates, picks: list[Sample], rng: np.random.Generator
) -> Losses:
    captions = [pick_told(s, rng) for s in picks]
    read = [corrupt(s.codes, M2T_CORRUPT, model.vocabulary, rng) for s in picks]
    logits, targets = m2t_batch(model, texts, captions, [s.codes for s in picks], read)
    loss = functional.cross_entropy(logits, targets)
    return loss, {"loss": float(loss.detach())}
