"""The loop of every training: draw, step, report, look at what is never trained on. torch."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from motionllm.train.run import Run

Losses = tuple[Tensor, dict[str, float]]  # what is made smaller, and what is reported of it
Figures = dict[str, float]


def train_on(
    run: Run,
    state: dict,
    model: nn.Module,
    peak: float,
    losses: Callable[[], Losses],
    evaluate: Callable[[], Figures] | None = None,
    every: float = 0.0,
) -> None:
    """Take steps until the run's budget is used up, or until Ctrl-C: then the run can go on.

    Args:
        run: with its checkpoint loaded.
        state: what checkpoints hold; "optimiser" is among them.
        model: what is trained; its gradients are held to a norm of 1.
        peak: the highest rate, times the "scale" of a group of parameters that has one.
        losses: draws a batch and runs it.
        evaluate: returns figures of held-out data; None where there are none.
        every: minutes from one look at them to the next, which waits for a report; the last comes
            at the end.
    """
    optimiser: torch.optim.Optimizer = state["optimiser"]
    trained = [p for p in model.parameters() if p.requires_grad]
    evaluated = run.progress * run.minutes
    try:
        while not run.finished:
            for group in optimiser.param_groups:
                group["lr"] = run.learning_rate(peak) * group.get("scale", 1.0)
            loss, shown = losses()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            if run.advance(shown, state) and evaluate is not None:
                done = run.progress * run.minutes
                if run.finished or done - evaluated > every:
                    evaluated = done
                    run.held_out(evaluate())
    except KeyboardInterrupt:
        run.stopped(state)


def half_where_known(device: torch.device) -> torch.autocast:
    """Return a context in bfloat16, where a device multiplies that in half the time."""
    return torch.autocast(device.type, torch.bfloat16, enabled=_knows_bfloat16(device))


def _knows_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # not in every torch
    return device.type == "cpu" and bool(supported and supported())
