"""A list of prompts and the choice of an engine, for tests of those who make batches."""

import io
import json

import motionllm
from motionllm.batch.groups import pack_digest
from motionllm.batch.prompt_list import Line
from motionllm.engine.loaded import EngineChoice
from motionllm.requests import GenerateRequest, check_request


def prompts(count: int) -> list[Line]:
    """Return prompts for short clips of two lengths."""
    made = []
    for index in range(count):
        request = GenerateRequest(f"a person walks {index}", 0.4 + 0.4 * (index % 2), index)
        made.append(Line(check_request(request), number=index + 1, index=index))
    return made


def choice_of(pack, backbone) -> EngineChoice:
    """Return the choice of the embedded engine with a pack's folder and a backbone's file."""
    return EngineChoice(
        "embedded", "cpu", str(pack), str(backbone), motionllm.__version__, pack_digest(pack)
    )


def lines(*values) -> io.BytesIO:
    rows = [v if isinstance(v, bytes) else json.dumps(v).encode() for v in values]
    return io.BytesIO(b"\n".join(rows))
