"""The pipe between a host program and the engine's process. Standard library and clips only."""
