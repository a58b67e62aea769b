"""The text around captions, shared by training and generation. stdlib only."""

CAPTION_PROMPT = "Caption of the motion:"  # text before the motion tokens when captioning


def t2m_prompt(caption: str) -> str:
    """Return the text whose states precede the motion tokens; an empty caption is no condition."""
    return f"Motion of: {' '.join(caption.split())}\n"


def m2t_answer(caption: str) -> str:
    """Return the text a caption is learnt and read as; it begins with a space as words do."""
    return " " + " ".join(caption.split())
