"""Many people in one place: who does what, where, and on which path. numpy only."""
