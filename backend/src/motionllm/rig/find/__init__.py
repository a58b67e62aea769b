"""Which bone of a rig is which joint: by family, by name, by form."""
