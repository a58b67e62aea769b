"""What the user sets, saved in the .blend, and the rows of the queue."""
