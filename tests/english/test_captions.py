"""Names and tags that are made of captions."""

from motionllm.english.captions import label, tags


def test_names_and_tags():
    assert label("a person is walking forward, then turns.") == ("walking forward, then turns")
    assert label("a man") == "a man"
    long = label("a person " + "wälzt sich " * 20)
    assert len(long.encode()) <= 60 and long.startswith("wälzt sich")
    assert tags("A person walks and then walks to the left.") == ["walks", "left"]
