"""What a token sequence says: its words, what goes in beside each, how one is drawn."""
