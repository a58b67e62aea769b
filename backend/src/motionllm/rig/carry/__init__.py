"""A clip carried to a rig's bones, and a rig's motion back to a clip."""
