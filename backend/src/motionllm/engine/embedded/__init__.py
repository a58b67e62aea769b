"""The engine that needs numpy only, and so runs under Blender's own Python."""
