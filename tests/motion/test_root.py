"""Places seen from each other, and back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from motionllm.motion.root import mirrored, put_to, seen_from, wrapped

NEAR = st.floats(-3.9, 3.9)


ROOTS = st.tuples(NEAR, NEAR, st.floats(-9.0, 9.0)).map(np.array)


@given(ROOTS, ROOTS)
def test_what_is_seen_can_be_put_back(reference, other):
    back = put_to(reference, seen_from(reference, other))
    assert np.abs(back[:2] - other[:2]).max() < 1e-9
    assert abs(wrapped(back[2] - other[2])) < 1e-9
    seen = seen_from(mirrored(reference), mirrored(other))
    assert np.abs(seen - mirrored(seen_from(reference, other))).max() < 1e-9 or (
        abs(abs(seen[2]) - np.pi) < 1e-6
    )
