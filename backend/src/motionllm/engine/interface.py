"""What an engine is asked and how one is chosen. Imports numpy-only modules; an engine's own
code (numpy or torch) is imported when that engine is opened."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from motionllm.errors import MotionError
from motionllm.motion.lead import End

if TYPE_CHECKING:
    from motionllm.motion.clip import Clip
    from motionllm.pack.pack import Pack
    from motionllm.people.generate import PeopleRequest

KINDS = ("auto", "embedded", "torch")
MAX_TEXT = 1000  # characters
MIN_SECONDS = 0.4
MAX_SECONDS = 60.0
MAX_SEED = 2**63 - 1  # what JSON readers and numpy's generator both hold
MAX_TEMPERATURE = 5.0
MAX_GUIDANCE = 20.0
MAX_BEST_OF = 16
MAX_TURN = 360.0  # degrees
MAX_WAY = 20.0  # metres
MAX_END_SECONDS = 10.0  # what the model decodes in one go

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


def no_progress(done: int, total: int) -> None:
    """Report nothing: the default of `progress`."""


def never_cancelled() -> bool:
    """Return False: the default of `cancelled`."""
    return False


@dataclass(frozen=True)
class GenerateRequest:
    """One clip wanted from an engine; None means the pack's own value."""

    text: str
    seconds: float | None = None  # None: the model decides when to stop
    seed: int = 0
    temperature: float | None = None  # 0 is greedy
    top_p: float | None = None
    guidance: float | None = None  # 1 is none
    cleanup: bool = True  # planted feet are made to stand still, see motionllm.motion.feet
    best_of: int = 1  # motions drawn, of which the one that the text describes best is kept
    turn: float | None = None  # degrees from the first frame to the last, + to the left
    ahead: float | None = None  # metres from the first frame to the last, along its heading ...
    left: float | None = None  # ... and across it; both or neither

    @property
    def end(self) -> End | None:
        """Where it is to end; None where the model decides all of it."""
        if self.turn is None and self.ahead is None:
            return None
        place = None if self.ahead is None else (self.left or 0.0, self.ahead)
        return End(None if self.turn is None else math.radians(self.turn), place)


class Engine(Protocol):
    """The shape of every engine; one object holds one pack in memory."""

    name: str  # "embedded" or "torch"
    device: str
    pack: Pack

    def generate(
        self,
        requests: list[GenerateRequest],
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> list[Clip]:
        """Decode all requests as one batch, in order; `progress` counts tokens.

        Raises:
            MotionError: "bad_request"; "cancelled" soon after `cancelled()` turns true.
        """
        ...

    def caption(
        self,
        clips: list[Clip],
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> list[str]:
        """Describe each clip in one sentence; same errors as `generate`."""
        ...

    @property
    def knows_people(self) -> bool:
        """Whether the pack has learnt people together."""
        ...

    def people(
        self,
        wanted: PeopleRequest,
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> list[Clip]:
        """Decode people who answer each other, in one space; `people.generate` is what to call.

        Only where `knows_people`; same errors as `generate`. The first begins at the origin.
        """
        ...


def check_request(request: GenerateRequest) -> GenerateRequest:
    """Return the request tidied (spaces trimmed, plain numbers), or say what is wrong with it.

    Raises:
        MotionError: "bad_request", with a sentence that names the field.
    """
    if not isinstance(request.text, str):
        raise MotionError("bad_request", "The description of the motion must be text.")
    text = " ".join(request.text.split())
    if not any(character.isprintable() for character in text.replace(" ", "")):
        raise MotionError(
            "bad_request",
            "The description of the motion is empty.",
            'Write what the person does, for example "a person walks forward".',
        )
    if len(text) > MAX_TEXT:
        raise MotionError(
            "bad_request",
            f"The description has {len(text):,} characters; the limit is {MAX_TEXT:,}.",
            "Describe one motion in a sentence or two.",
        )
    if not isinstance(request.cleanup, bool):
        raise MotionError(
            "bad_request", f"cleanup must be true or false, not {_shown(request.cleanup)}."
        )
    if request.left is not None and request.ahead is None:
        raise MotionError("bad_request", "left needs ahead beside it: a place takes both.")
    if (request.turn, request.ahead) != (None, None) and (request.seconds or 0) > MAX_END_SECONDS:
        raise MotionError(
            "bad_request",
            f"An end can be set for motions of up to {MAX_END_SECONDS:g} s.",
            "Ask for a shorter motion, or leave the end to the model.",
        )
    takes = request.best_of
    if isinstance(takes, bool) or not isinstance(takes, int) or not 1 <= takes <= MAX_BEST_OF:
        raise MotionError(
            "bad_request",
            f"best_of must be a whole number from 1 to {MAX_BEST_OF}, not {_shown(takes)}.",
        )
    return replace(
        request,
        text=text.encode("utf-8", "replace").decode("utf-8"),  # a lone surrogate has no UTF-8
        seconds=_number("seconds", request.seconds, MIN_SECONDS, MAX_SECONDS, " s"),
        seed=_seed(request.seed),
        temperature=_number("temperature", request.temperature, 0.0, MAX_TEMPERATURE),
        top_p=_number("top_p", request.top_p, 0.01, 1.0),
        guidance=_number("guidance", request.guidance, 0.0, MAX_GUIDANCE),
        turn=_number("turn", request.turn, -MAX_TURN, MAX_TURN, " degrees"),
        ahead=_number("ahead", request.ahead, -MAX_WAY, MAX_WAY, " m"),
        left=_number("left", request.left, -MAX_WAY, MAX_WAY, " m"),
    )


def _number(
    name: str, value: object, lowest: float, highest: float, unit: str = ""
) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise MotionError("bad_request", f"{name} must be a number, not {_shown(value)}.")
    if not lowest <= value <= highest:
        raise MotionError(
            "bad_request",
            f"{name} is {_shown(value)}; it must lie between {lowest:g} and {highest:g}{unit}.",
        )
    return float(value)


def _seed(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SEED:
        raise MotionError(
            "bad_request", f"seed must be a whole number of zero or more, not {_shown(value)}."
        )
    return value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def torch_installed() -> bool:
    """Tell whether the torch engine could be opened, without importing torch."""
    return all(importlib.util.find_spec(name) is not None for name in ("torch", "transformers"))


def open_engine(kind: str, pack: Pack, backbone: Path, device: str = "auto") -> Engine:
    """Load an engine with a pack on a backbone; seconds to minutes, so never on a UI thread.

    Args:
        kind: "embedded" (numpy), "torch", or "auto": torch only where it has a GPU to use.
        backbone: the GGUF file the pack was trained on.
        device: "auto", "cpu", "cuda", "mps"... ; the embedded engine knows "cpu" only.

    Raises:
        MotionError: "bad_request" for an unknown kind or device, "no_engine" if torch
            is not installed, and what loading the pack or the backbone raises.
    """
    if kind not in KINDS:
        raise MotionError(
            "bad_request", f"There is no engine {kind!r}.", "Choose one of " + ", ".join(KINDS)
        )
    if kind == "torch" or (kind == "auto" and _torch_pays(device)):
        if not torch_installed():
            raise MotionError(
                "no_engine",
                "The torch engine is not installed.",
                "Install motionllm[torch], or choose the embedded engine.",
            )
        from motionllm.engine.on_torch.engine import TorchEngine

        return TorchEngine(pack, backbone, device)
    if device not in ("auto", "cpu"):
        raise MotionError(
            "bad_request",
            f"The embedded engine runs on the CPU, not on {device!r}.",
            "Choose --engine torch for other devices.",
        )
    from motionllm.engine.embedded.engine import EmbeddedEngine

    return EmbeddedEngine(pack, backbone)


def _torch_pays(device: str) -> bool:
    """Tell whether torch is installed and has something faster than this CPU."""
    if (
        not torch_installed()
        or importlib.util.find_spec("motionllm.engine.on_torch.engine") is None
    ):
        return False
    if device == "cpu":
        return False
    if device != "auto":
        return True
    import torch

    return bool(torch.cuda.is_available() or torch.backends.mps.is_available())
