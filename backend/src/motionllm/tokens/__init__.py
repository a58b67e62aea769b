"""What a token sequence says: the words of the vocabulary, what goes in beside each, how one is drawn."""
