"""From motion-capture files and labels to captioned training pieces."""
