"""What holds for English at large: words, inflection, phrases, left and right, who does what."""
