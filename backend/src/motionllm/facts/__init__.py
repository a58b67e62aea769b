"""What a motion shows, measured: signals, events and facts. numpy only."""
