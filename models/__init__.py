"""Folder of GGUF files; `models.starter` is the bundled model and its recipe."""
