"""Training loops and the commands that start them."""
