"""One operator a file: read properties, call, report. May import bpy and the add-on."""
