"""How far a motion shows a clause: one module a family of actions, `CHECKS` in each by name."""
