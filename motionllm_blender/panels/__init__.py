"""What is drawn. May import bpy and the add-on; nothing here changes data."""
