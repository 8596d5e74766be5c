"""Rendering: soundfont and sampler, mix, mastering, encoder, tags and cover. Plays nothing."""
