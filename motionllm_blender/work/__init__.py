"""The work that goes on: the one job, the engine behind it, what each button begins."""
