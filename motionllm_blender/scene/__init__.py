"""What is in Blender's scene, read and written: armatures, actions, areas."""
