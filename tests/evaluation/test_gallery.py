"""The motions of the gallery."""

from motionllm.evaluation import expectations, gallery


def test_gallery_is_chosen_by_rule():
    chosen = gallery.chosen(expectations.load())
    assert len(chosen) == gallery.COUNT == len({prompt.text for prompt in chosen})
    assert {p.group for p in chosen} >= set(expectations.load().groups)
    assert chosen == gallery.chosen(expectations.load())
