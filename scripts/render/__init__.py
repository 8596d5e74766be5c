"""Sound: synthesizer, mix, encoder, player, jukebox."""
