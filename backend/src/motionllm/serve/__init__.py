"""The protocol answered: a process that a host such as Blender asks."""
