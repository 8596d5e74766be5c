"""From a song's file to the audio device: decoding, mixing, players, and the level meter."""
