"""Training of the two adapters: text to motion (t2m) and motion to text (m2t). torch."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from motionllm import prompts
from motionllm.language.model import MotionLanguageModel, TrainedPart, load_backbone
from motionllm.packs import Pack
from motionllm.tokenizer.model import MotionTokenizer
from motionllm.trail import Trail
from motionllm.train.batches import (
    Draw,
    Sample,
    TextStates,
    corrupt,
    load_samples,
    m2t_batch,
    pick_caption,
    swapped_sides,
    t2m_batch,
    write_tokens,
)
from motionllm.train.run import Run
from motionllm.train.start import start_language
from motionllm.vocabulary import Vocabulary

BATCH = 12  # pieces, some 300 motion tokens
PEAK_RATE = 1e-3
ENTRY = 15  # of SmolLM2's 30 layers; measured in docs/experiments.md
RANK = 16
CORRUPT = (0.1, 0.7)  # share of read motion tokens replaced by random codes, drawn a sample
CAPTION_DROP = 0.1
OPEN_LENGTH = 0.15  # share of samples that do not know their length
REFINED_WEIGHT = 0.2  # of each further code's loss
M2T_CORRUPT = 0.1
HELD_OUT = 96  # pieces looked at in evaluations
EVALUATE_EVERY = 8.0  # minutes


def prepare_model(
    backbone: Path, tokenizer: MotionTokenizer, codes: list[Sample], seed: int, with_heads: bool
) -> tuple[MotionLanguageModel, object]:
    """Build the model: rows start from the codebook, the head's bias at the codes' frequencies."""
    torch.manual_seed(seed)
    llama, text_tokenizer = load_backbone(backbone)
    vocabulary = Vocabulary(tokenizer.config.codes)
    books = torch.stack([book.codes for book in tokenizer.codebooks]) / tokenizer.code_std
    entry = min(ENTRY, llama.config.num_hidden_layers // 2)
    model = MotionLanguageModel(
        llama, vocabulary, books, trail_of(tokenizer), entry, RANK, with_heads
    )
    with torch.no_grad():
        # Codes that look alike begin alike: a random projection keeps the codebook's distances.
        book = tokenizer.codebooks[0].codes
        book = (book - book.mean(0)) / book.std()
        width = model.rows.embedding_dim
        model.rows.weight.normal_()
        model.rows.weight[: len(book)] = (
            book @ torch.randn(book.shape[1], width) / book.shape[1] ** 0.5
        )
        scale = model.text_states([text_tokenizer.encode(" a person walks forward")])[0][1:].std()
        model.rows.weight.mul_(scale)
        if with_heads:
            first = np.concatenate([s.codes[:, 0] for s in codes])
            counts = np.bincount(first, minlength=len(book)) + 1.0
            model.head.bias[: len(book)] = torch.from_numpy(np.log(counts / counts.sum())).float()
            model.head.bias[vocabulary.end] = float(np.log(len(codes) / counts.sum()))
    return model, text_tokenizer


def trail_of(tokenizer: MotionTokenizer) -> Trail:
    """Return the net movement of a tokenizer's codes."""
    tensors = {name: value.numpy() for name, value in tokenizer.state_dict().items()}
    return Trail(tensors, torch.stack([book.codes for book in tokenizer.codebooks]).numpy())


def train(
    task: str, data: Path, tokenizer: MotionTokenizer, backbone: Path, folder: Path,
    minutes: float, seed: int = 0, start: Pack | None = None, device: str = "cpu",
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
    """
    run = Run(folder, minutes)
    tokens = folder / "tokens.npz"
    if not tokens.is_file():
        write_tokens(tokenizer.eval(), data, tokens)
    samples, held = load_samples(data, tokens)
    model, text_tokenizer = prepare_model(backbone, tokenizer, samples, seed, task == "t2m")
    model.to(device)
    texts = TextStates(model, text_tokenizer)
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    adapter = [p for name, p in trained if "lora_" in name]
    tables = [p for name, p in trained if "lora_" not in name]  # rows, and the head of t2m
    optimiser = torch.optim.AdamW(
        [{"params": adapter}, {"params": tables, "scale": 2.0}],
        lr=PEAK_RATE,
        betas=(0.9, 0.99),
        weight_decay=0.01,
    )
    state = {"model": TrainedPart(model), "optimiser": optimiser}
    if not run.resume(state):
        if start:
            start_language(model, start, task)
        run.say(
            f"{task}: {len(samples)} pieces, {len(held)} held out; "
            f"{100 * model.trained_share():.2f} % of the backbone's parameters are trained"
        )
        if not held:
            run.say("no recording is held out, so nothing can be measured")
    step = _t2m_step if task == "t2m" else _m2t_step
    evaluate = evaluate_t2m if task == "t2m" else evaluate_m2t
    rng = np.random.default_rng(seed + run.step)
    draw = Draw(samples, BATCH, rng)
    kept = choose_held(held)
    evaluated = run.progress * minutes
    half = knows_bfloat16(model.device)
    while not run.finished:
        picks = draw.next()
        for group in optimiser.param_groups:
            group["lr"] = run.learning_rate(PEAK_RATE) * group.get("scale", 1.0)
        with torch.autocast(model.device.type, torch.bfloat16, enabled=half):
            loss, shown = step(model, texts, picks, rng)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.trained_parameters(), 1.0)
        optimiser.step()
        if run.advance(shown, state) and held and (
            run.progress * minutes - evaluated > EVALUATE_EVERY or run.finished
        ):
            evaluated = run.progress * minutes
            run.held_out(evaluate(model, texts, kept))
    return folder


def knows_bfloat16(device: torch.device) -> bool:
    """Tell whether a device multiplies bfloat16 itself, so that steps take half the time."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # not in every torch
    return device.type == "cpu" and bool(supported and supported())


def choose_held(held: list[Sample]) -> list[Sample]:
    """Return a fixed choice of held-out samples, spread over actions and sources."""
    ordered = sorted(held, key=lambda s: (s.key, s.source, len(s.codes)))
    picks = np.linspace(0, len(ordered) - 1, min(HELD_OUT, len(ordered))).astype(int)
    return [ordered[i] for i in picks]


def _t2m_step(
    model: MotionLanguageModel, texts: TextStates, picks: list[Sample], rng: np.random.Generator
) -> tuple[torch.Tensor, dict[str, float]]:
    captions = ["" if rng.random() < CAPTION_DROP else pick_caption(s, rng) for s in picks]
    states = [s for _, s in texts.get([(prompts.t2m_prompt(c),) for c in captions])]
    read = [corrupt(s.codes, rng.uniform(*CORRUPT), model.vocabulary, rng) for s in picks]
    hidden = [bool(rng.random() < OPEN_LENGTH) for _ in picks]
    states, targets = t2m_batch(model, states, [s.codes for s in picks], hidden, read)
    first, *further = (every.mean() for every in model.level_losses(states, targets))
    refined = sum(further)
    shown = {"loss": float(first.detach()), "refined": float(refined.detach()) / len(further)}
    return first + REFINED_WEIGHT * refined, shown


def _m2t_step(
    model: MotionLanguageModel, texts: TextStates, picks: list[Sample], rng: np.random.Generator
) -> tuple[torch.Tensor, dict[str, float]]:
    captions = [pick_caption(s, rng) for s in picks]
    read = [corrupt(s.codes, M2T_CORRUPT, model.vocabulary, rng) for s in picks]
    logits, targets = m2t_batch(model, texts, captions, [s.codes for s in picks], read)
    loss = functional.cross_entropy(logits, targets)
    return loss, {"loss": float(loss.detach())}


def wrong_captions(samples: list[Sample]) -> list[str]:
    """Return for each sample the caption of one that shows something else."""
    count = len(samples)
    found = []
    for index, sample in enumerate(samples):
        shift = next(
            (s for s in range(count // 2, count + count // 2)
             if samples[(index + s) % count].key != sample.key), 1,
        )  # fmt: skip
        found.append(samples[(index + shift) % count].captions[-1])
    return found


@torch.no_grad()
def _mean_losses(
    model: MotionLanguageModel, texts: TextStates, samples: list[Sample], captions: list[str]
) -> np.ndarray:
    """Return (samples, 2): loss of the first codes under a caption, and the mean of the others.

    Nothing is corrupted.
    """
    losses = []
    for first in range(0, len(samples), BATCH):
        part = samples[first : first + BATCH]
        states = [
            s
            for _, s in texts.get(
                [(prompts.t2m_prompt(c),) for c in captions[first : first + BATCH]]
            )
        ]
        codes = [s.codes for s in part]
        hidden, targets = t2m_batch(model, states, codes, [False] * len(part), codes)
        first, *further = model.level_losses(hidden, targets)
        every = torch.stack([first, torch.stack(further).mean(0)], dim=1)
        losses += [row.mean(0).tolist() for row in every.split([len(c) for c in codes])]
    return np.array(losses).reshape(-1, 2)  # of no samples as well


def evaluate_t2m(
    model: MotionLanguageModel, texts: TextStates, held: list[Sample]
) -> dict[str, float]:
    """Return the loss of first codes under right, shuffled and side-swapped captions, nats.

    `refined` is the mean loss of the further codes under the right caption.
    `sides` is the share of pieces whose caption names a side and is likelier than its mirror.
    """
    captions = [s.captions[-1] for s in held]
    right, refined = _mean_losses(model, texts, held, captions).T
    shuffled = _mean_losses(model, texts, held, wrong_captions(held))[:, 0]
    named = [i for i, c in enumerate(captions) if swapped_sides([c])[0] != c]
    some = [held[i] for i in named]
    swapped = _mean_losses(model, texts, some, swapped_sides([captions[i] for i in named]))[:, 0]
    return {
        "right": float(right.mean()),
        "refined": float(refined.mean()),
        "shuffled": float(shuffled.mean()),
        "gap": float((shuffled - right).mean()),
        "swapped_gap": float((swapped - right[named]).mean()) if named else float("nan"),
        "sides": float((swapped > right[named]).mean()) if named else float("nan"),
    }


@torch.no_grad()
def evaluate_m2t(
    model: MotionLanguageModel, texts: TextStates, held: list[Sample]
) -> dict[str, float]:
    """Return the caption's loss under its own and under another motion, nats a text token."""
    result = {}
    others = held[len(held) // 2 :] + held[: len(held) // 2]
    for name, motions in (("right", held), ("other_motion", others)):
        total, count = 0.0, 0
        for first in range(0, len(held), BATCH):
            captions = [s.captions[-1] for s in held[first : first + BATCH]]
            codes = [s.codes for s in motions[first : first + BATCH]]
            logits, targets = m2t_batch(model, texts, captions, codes, codes)
            total += float(functional.cross_entropy(logits, targets, reduction="sum"))
            count += len(targets)
        result[name] = total / count
    return result
