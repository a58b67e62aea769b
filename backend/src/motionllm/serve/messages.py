"""From a message's parameters to checked requests. Standard library at import.

Everything a client sends is checked here, before it waits in line, so that one bad request can
never spoil the batch it would have been part of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from motionllm.errors import MotionError
from motionllm.requests import FIELDS, MAX_SEED, GenerateRequest, PeopleRequest

MAX_CLIPS = 64  # of one request

_GENERATE = {*FIELDS, "texts", "count", "pack", "people", "leader"}
_CAPTION = {"clip", "clips", "pack"}
_CHECK = {"clip", "clips", "text"}


def generate_requests(params: dict) -> list[GenerateRequest]:
    """Return what a "generate" message asks for: for every text, `count` seeds from `seed` on.

    Raises:
        MotionError: "bad_request", with a sentence that names the parameter.
    """
    _only(params, _GENERATE)
    if ("text" in params) == ("texts" in params):
        raise MotionError("bad_request", "A request needs either text or texts.")
    texts = [params["text"]] if "text" in params else params["texts"]
    if not isinstance(texts, list) or not texts:
        raise MotionError("bad_request", "texts must be a list of descriptions.")
    count = params.get("count", 1)
    count = 1 if count is None else count
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise MotionError("bad_request", "count must be a whole number of one or more.")
    if count * len(texts) > MAX_CLIPS:
        raise MotionError(
            "bad_request",
            f"{count * len(texts)} motions were asked for; the limit is {MAX_CLIPS} at a time.",
            "Ask for fewer at a time.",
        )
    requests = []
    for text in texts:
        request = GenerateRequest.from_table(params | {"text": text})
        if request.seed + count - 1 > MAX_SEED:
            raise MotionError("bad_request", "seed is too large.")
        requests += [replace(request, seed=request.seed + index) for index in range(count)]
    return requests


def asks_for_people(params: dict) -> bool:
    """Tell whether a "generate" message asks for several people together."""
    return params.get("people") is not None or params.get("leader") is not None


@dataclass(frozen=True)
class PeopleWork:
    """What a "generate" message asks for several people.

    Attributes:
        request: checked, without the leader.
        leader: base64 of an .npz, not yet decoded, or None.
    """

    request: PeopleRequest
    leader: str | None


def people_work(params: dict) -> PeopleWork:
    """Return what a "generate" message asks for several people.

    Raises:
        MotionError: "bad_request", with a sentence that names the parameter.
    """
    leader = params.get("leader")
    if "texts" in params or params.get("count") not in (None, 1):
        raise MotionError("bad_request", "People together take one text, without a count.")
    if leader is not None and not isinstance(leader, str):
        raise MotionError("bad_request", "leader must be base64 of an .npz file.")
    plain = {key: value for key, value in params.items() if key not in ("people", "leader")}
    generate_requests(plain)  # says what is unknown or wrong about the sentence
    return PeopleWork(PeopleRequest.from_table(params), leader)


def caption_clips(params: dict) -> list[str]:
    """Return the base64 texts of the clips that a "caption" message holds, not yet decoded.

    Raises:
        MotionError: "bad_request".
    """
    _only(params, _CAPTION)
    return _clips(params)


def check_work(params: dict) -> list[str]:
    """Return the sentence of a "check" message, then its clips in base64, not yet decoded.

    Raises:
        MotionError: "bad_request".
    """
    _only(params, _CHECK)
    text = GenerateRequest.from_table({"text": params.get("text")}).text
    return [text, *_clips(params)]


def _clips(params: dict) -> list[str]:
    if ("clip" in params) == ("clips" in params):
        raise MotionError("bad_request", "A request needs either clip or clips.")
    clips = [params["clip"]] if "clip" in params else params["clips"]
    if not isinstance(clips, list) or not 1 <= len(clips) <= MAX_CLIPS:
        raise MotionError("bad_request", f"clips must be a list of 1 to {MAX_CLIPS} motions.")
    if not all(isinstance(clip, str) for clip in clips):
        raise MotionError("bad_request", "A motion must be base64 of an .npz file.")
    return clips


def pack_name(params: dict) -> str | None:
    """Return the pack a message names, None for the server's own."""
    name = params.get("pack")
    if name is not None and (not isinstance(name, str) or not name.strip() or "\0" in name):
        raise MotionError("bad_request", "pack must be the name or the folder of a model pack.")
    return name


def _only(params: dict, known: set[str]) -> None:
    unknown = sorted(set(params) - known)
    if unknown:
        raise MotionError(
            "bad_request",
            f"There is no parameter {unknown[0]!r}.",
            "Known are: " + ", ".join(sorted(known)) + ".",
        )
