"""Sound files, for rendering, playback and jukebox: ffmpeg, its loudness meter, durations."""
