"""Prompts gathered into batches: those of like length, whatever stands beside them."""

from motionllm.batch.groups import WINDOW, plan_groups
from motionllm.batch.prompt_list import Line, read_prompts
from motionllm.requests import GenerateRequest
from tests.helpers.batches import lines

DEFAULTS = GenerateRequest("motion")


def test_prompts_of_like_length_share_a_batch(tmp_path):
    prompts = [{"text": f"walk {i}", "seconds": (1, 9)[i % 2]} for i in range(8)]
    read = [p for p in read_prompts(lines(*prompts), DEFAULTS) if isinstance(p, Line)]
    groups = [group for group, _ in plan_groups(read, tmp_path, "pack", 4)]
    assert [{p.request.seconds for p in group.prompts} for group in groups] == [{1.0}, {9.0}]


def test_a_repaired_line_leaves_later_windows_alone(tmp_path):
    def batches(prompts):
        read = [p for p in read_prompts(lines(*prompts), DEFAULTS) if isinstance(p, Line)]
        plan = plan_groups(read, tmp_path, "pack", 2)
        return [[p.index for p in group.prompts] for group, _ in plan]

    prompts = [{"text": "walk"}] * (2 * WINDOW + 4)
    broken = [b"rubbish", *prompts[1:]]
    assert batches(prompts)[WINDOW:] == batches(broken)[WINDOW:] != []
