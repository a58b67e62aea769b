"""The protocol's words: framing, messages, errors as data. Standard library only.

JSON-RPC 2.0 with the framing of the Language Server Protocol: a header `Content-Length: N`, an
empty line, N bytes of UTF-8 JSON. Motions travel as base64 of an .npz.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from motionllm.errors import CODES, MotionError

VERSION = 1  # raised whenever an older partner would misunderstand
METHODS = ("initialize", "generate", "caption", "check", "packs", "shutdown")
CANCEL = "$/cancelRequest"
PROGRESS = "$/progress"
MAX_BYTES = 256 * 2**20  # of one message: 64 clips of a minute are about 100 MB
MARKER = b"Content-Length:"
_HEADER = re.compile(rb"Content-Length:[ \t]*(\d{1,18})[ \t]*\r?\n(?:[\w-]+:[^\r\n]*\r?\n)*\r?\n")
_HEADER_LIMIT = 1024  # a header block that is not complete by then is rubbish

# JSON-RPC wants a number beside our own word; where it has none, the range left to servers.
_NUMBERS = {"bad_request": -32602, "internal": -32603, "cancelled": -32800}


@dataclass(frozen=True)
class Garbage:
    """Bytes that were no message; reading goes on at the next header."""

    reason: str
    sample: bytes
    headless: bool = False  # bytes between messages, perhaps one of many pieces of a long run


def encode(message: dict) -> bytes:
    """Return the bytes of one message.

    Raises:
        MotionError: "bad_request", if it is larger than MAX_BYTES or no plain finite data.
    """
    try:
        text = json.dumps(message, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise MotionError("bad_request", f"The message cannot be sent: {error}.") from error
    body = text.encode("ascii")
    if len(body) > MAX_BYTES:
        raise MotionError(
            "bad_request",
            f"The message has {len(body) // 2**20} MB; the limit is {MAX_BYTES // 2**20} MB.",
            "Ask for fewer or shorter motions at a time.",
        )
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


class Decoder:
    """Cut a stream of bytes into messages; survives rubbish, wrong lengths and broken JSON.

    A length that is too long swallows the messages after it; when the body then proves to be no
    JSON, reading starts again at the next header *inside* it, so only the bad message is lost.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._buffer = bytearray()
        self._max_bytes = max_bytes
        self._lost = False  # inside a run of garbage that has been reported already

    def feed(self, data: bytes) -> Iterator[dict | Garbage]:
        """Take bytes as they arrive; yield every message (or garbage) that is complete."""
        self._buffer += data
        while True:
            item = self._next()
            if item is None:
                return
            garbage = isinstance(item, Garbage)
            if garbage and item.headless and self._lost:
                continue
            self._lost = garbage
            yield item

    def _next(self) -> dict | Garbage | None:
        buffer = self._buffer
        start = buffer.find(MARKER)
        if start != 0:
            # Without a header, keep only what might be the beginning of one.
            end = start if start > 0 else len(buffer) - _partial(buffer)
            rubbish = bytes(buffer[:end])
            del buffer[:end]
            if rubbish.strip():
                reason = "it does not begin with a Content-Length header"
                return Garbage(reason, rubbish[:200], headless=True)
            return self._next() if end and buffer else None
        header = _HEADER.match(buffer)
        if header is None:
            broken = b"\n\r\n" in buffer[:_HEADER_LIMIT] or b"\n\n" in buffer[:_HEADER_LIMIT]
            if not broken and len(buffer) < _HEADER_LIMIT:
                return None
            return self._skip("its Content-Length header is broken")
        size = int(header[1])
        if size > self._max_bytes:
            return self._skip(f"it claims {size:,} bytes, the limit is {self._max_bytes:,}")
        if len(buffer) < header.end() + size:
            return None
        body = bytes(buffer[header.end() : header.end() + size])
        try:
            message = json.loads(body.decode("utf-8"))
        except (ValueError, RecursionError):
            return self._skip("its body is not JSON in UTF-8 of the length it claims")
        del buffer[: header.end() + size]
        if not isinstance(message, dict):
            return Garbage("its body is not a JSON object", body[:200])
        return message

    def _skip(self, reason: str) -> Garbage:
        """Drop the header at the front, so that the search goes on behind it."""
        sample = bytes(self._buffer[:200])
        del self._buffer[: len(MARKER)]
        return Garbage(reason, sample)


def _partial(buffer: bytearray) -> int:
    """Return how many bytes at the end may be the beginning of a header."""
    for length in range(min(len(MARKER) - 1, len(buffer)), 0, -1):
        if buffer.endswith(MARKER[:length]):
            return length
    return 0


def read_messages(read: Callable[[], bytes]) -> Iterator[dict | Garbage]:
    """Yield messages from a function that returns the next bytes, b"" at the end."""
    decoder = Decoder()
    while data := read():
        yield from decoder.feed(data)


def request(identity: int | str, method: str, params: dict) -> dict:
    """Return a request that wants an answer."""
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}


def notification(method: str, params: dict) -> dict:
    """Return a message that gets no answer."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def result(identity: int | str, value: object) -> dict:
    """Return the answer to a request."""
    return {"jsonrpc": "2.0", "id": identity, "result": value}


def failure(identity: int | str | None, error: MotionError, number: int | None = None) -> dict:
    """Return the answer that a request failed; only plain data cross, never exceptions."""
    return {
        "jsonrpc": "2.0",
        "id": identity,
        "error": {
            "code": number if number is not None else _NUMBERS.get(error.code, -32000),
            "message": error.message,
            "data": {"code": error.code, "hint": error.hint},
        },
    }


def error_of(message: dict) -> MotionError:
    """Return the exception that an error answer stands for; tolerates foreign servers."""
    error = message.get("error")
    error = error if isinstance(error, dict) else {}
    data = error.get("data")
    data = data if isinstance(data, dict) else {}
    code = data.get("code")
    return MotionError(
        code if code in CODES else "internal",
        str(error.get("message") or "The engine's process reported an error without a reason."),
        str(data.get("hint") or ""),
    )


def pack_bytes(data: bytes) -> str:
    """Return bytes as the text that travels."""
    return base64.b64encode(data).decode("ascii")


def unpack_bytes(text: object) -> bytes:
    """Return the bytes of `pack_bytes`.

    Raises:
        MotionError: "bad_request", if it is no base64.
    """
    try:
        return base64.b64decode(text, validate=True)  # type: ignore[arg-type]
    except (TypeError, ValueError, binascii.Error) as error:
        raise MotionError("bad_request", "The motion is not base64 of an .npz file.") from error
