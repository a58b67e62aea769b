"""Many prompts to many files, on one machine or on many."""
