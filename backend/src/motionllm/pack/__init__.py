"""Model packs and the language model on disk: found, checked, read, fetched."""
