"""Who does something with whom: groups recorded together and composed."""
