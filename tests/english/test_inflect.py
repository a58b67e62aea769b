"""Forms of verbs."""

import pytest

from motionllm.english import inflect


@pytest.mark.parametrize(
    ("verb", "third", "ing"),
    [
        ("walk", "walks", "walking"), ("run", "runs", "running"), ("lie", "lies", "lying"),
        ("carry", "carries", "carrying"), ("step", "steps", "stepping"), ("do", "does", "doing"),
        ("crouch", "crouches", "crouching"), ("raise", "raises", "raising"),
        ("sidestep", "sidesteps", "sidestepping"), ("squat", "squats", "squatting"),
        ("box", "boxes", "boxing"), ("wait", "waits", "waiting"), ("have", "has", "having"),
        ("wander", "wanders", "wandering"), ("tiptoe", "tiptoes", "tiptoeing"),
        ("echo", "echoes", "echoing"), ("tango", "tangos", "tangoing"), ("boo", "boos", "booing"),
        ("go", "goes", "going"), ("be", "is", "being"),
    ],
)  # fmt: skip
def test_inflection(verb, third, ing):
    assert inflect.third(verb) == third
    assert inflect.ing(verb) == ing
