"""One operator a file: read properties, call, report. May import bpy and the add-on.

Blender loads these when it starts. What a button begins stands in `work` and is loaded when the
button is pressed.
"""
