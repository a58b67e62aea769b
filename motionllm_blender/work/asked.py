"""What a motion was asked for, and how it is written. May import bpy, motionllm, the scene."""

from dataclasses import dataclass

import bpy

from motionllm.judge.clause import Verdict
from motionllm.requests import GenerateRequest, loop_request

from ..scene import bake
from ..scene.ids import Ref, remember
from . import engine, settings

TICKS = "motionllm_ticks"  # of an action: what it shows of its sentence


@dataclass(frozen=True)
class Wish:
    """How the panel said to write the motion when it was asked for.

    Attributes:
        start: the frame it begins at.
        loop: make it a loop, of so many seconds where they are given.
    """

    options: bake.Options
    start: int
    loop: bool
    seconds: float | None


def wish_of(scene: bpy.types.Scene, seconds: float | None = None, loop: bool | None = None) -> Wish:
    """Return how the panel says to write a motion now.

    Args:
        seconds: of a loop.
        loop: whether it is one; absent: as the panel says.
    """
    panel = scene.motionllm
    loop = panel.loop if loop is None else loop
    return Wish(settings.bake_options(panel), settings.first_frame(scene), loop, seconds)


@dataclass(frozen=True)
class Asked:
    """All that a motion was made from.

    Attributes:
        request: as the engine got it.
        pack: the message's parameter beside it.
        key: see `same_take`; "" where no take can be the same.
    """

    request: GenerateRequest
    wish: Wish
    pack: dict[str, str]
    key: str


def asked_of(context: bpy.types.Context, key: str) -> Asked:
    """Return what the panel asks for now.

    Raises:
        MotionError: it cannot be done.
    """
    request = settings.request_of(context)
    wish = wish_of(context.scene, request.seconds)
    if wish.loop:
        request = loop_request(request)
    return Asked(request, wish, engine.pack_parameter(context), key)


@dataclass(frozen=True)
class Take:
    """A motion on one character.

    Attributes:
        row: of the queue that it stands in; -1 for none.
    """

    asked: Asked
    scene: Ref
    character: Ref
    action: Ref
    row: int = -1


def missed(
    asked: Asked, scene: bpy.types.Scene, armature: bpy.types.Object, action: bpy.types.Action,
    row: int = -1,
) -> Take | None:  # fmt: skip
    """Return a take that lacks something of its sentence and can be replaced by a better one.

    None for a strip as well: a further one would begin behind it.
    """
    verdict = Verdict.from_json(str(action.get(TICKS, "")))
    if verdict.holds or asked.wish.options.strip:
        return None
    return Take(asked, remember(scene), remember(armature), remember(action), row)
