"""Locates, verifies and loads the versioned artefacts."""
