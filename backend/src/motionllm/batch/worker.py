"""From a group of prompts to clips as bytes: what every kind of worker does. numpy only."""

from __future__ import annotations

import motionllm
from motionllm.batch.groups import Group, pack_digest
from motionllm.engine.interface import Engine
from motionllm.engine.loaded import EngineChoice
from motionllm.errors import MotionError
from motionllm.judge import choose
from motionllm.motion.clip import Clip, clip_to_bytes
from motionllm.requests import GenerateRequest

Result = bytes | MotionError  # an .npz, or why there is none

# Errors that the next prompt would meet as well.
HOPELESS = {"cancelled", "no_pack", "bad_pack", "no_backbone", "no_engine"}


class Worker:
    """Makes groups with one engine, which it opens when the first of them arrives."""

    def __init__(self, choice: EngineChoice) -> None:
        """Load nothing yet: an error here would reach nobody in plain words."""
        self._choice = choice
        self._engine: Engine | None = None

    def make(self, group: Group) -> tuple[list[bytes | tuple], tuple | None]:
        """Return a result for each missing prompt, and what every prompt would meet, if anything.

        Errors are (code, message, hint): only plain data goes from process to process.
        """
        try:
            if self._engine is None:
                self._engine = self._open()
            results = make_group(self._engine, group)
        except MotionError as error:
            return [], _plain(error)
        return [r if isinstance(r, bytes) else _plain(r) for r in results], None

    def _open(self) -> Engine:
        from motionllm.engine.loaded import LoadedEngines
        from motionllm.pack.folders import find_pack

        choice = self._choice
        if motionllm.__version__ != choice.version:
            raise MotionError(
                "no_engine",
                f"A node has motionllm {motionllm.__version__}, this machine {choice.version}.",
                "Install the same version on every node.",
            )
        if pack_digest(find_pack(choice.pack)) != choice.pack_digest:
            raise MotionError(
                "bad_pack",
                f"A node has another pack {choice.pack!r} than this machine.",
                "Copy the pack's folder to every node.",
            )
        return LoadedEngines(choice.kind, choice.device, choice.pack, choice.backbone).get()


def _plain(error: MotionError) -> tuple[str, str, str]:
    return error.code, error.message, error.hint


def received(answer: tuple[list[bytes | tuple], tuple | None]) -> list[Result]:
    """Return the results in what `Worker.make` answered.

    Raises:
        MotionError: what every prompt would meet.
    """
    results, problem = answer
    if problem is not None:
        raise MotionError(*problem)
    return [r if isinstance(r, bytes) else MotionError(*r) for r in results]


def make_group(engine: Engine, group: Group) -> list[Result]:
    """Return a result for each missing prompt of a group.

    The whole group is decoded even where a part of it is done, so that what comes out does not
    depend on where an earlier run was stopped.

    Raises:
        MotionError: what every prompt would meet.
    """
    requests = [prompt.request for prompt in group.prompts]
    clips = _generate(engine, requests)
    if isinstance(clips, list):
        return [clip_to_bytes(clips[place], group.recipes[place]) for place in group.missing]
    if len(requests) == 1:
        return [clips]
    # One of them spoilt it, or all together were too many: each by itself, then.
    results: list[Result] = []
    for place in group.missing:
        alone = _generate(engine, [requests[place]])
        one = isinstance(alone, list)
        results.append(clip_to_bytes(alone[0], group.recipes[place]) if one else alone)
    return results


def _generate(engine: Engine, requests: list[GenerateRequest]) -> list[Clip] | MotionError:
    try:
        return choose.generate(engine, requests)
    except MotionError as error:
        if error.code in HOPELESS:
            raise
        return error
    except MemoryError:
        return MotionError("internal", "There is not enough memory.", "Ask for a shorter motion.")
    except Exception as error:  # a defect met by one prompt must not cost a night's work
        first = (str(error).splitlines() or [""])[0][:200]
        return MotionError("internal", f"The engine failed ({type(error).__name__}: {first}).")
