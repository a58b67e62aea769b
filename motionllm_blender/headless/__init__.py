"""Work on files in a Blender without a window, for the command line."""
