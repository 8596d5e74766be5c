"""What rendering, playback and the jukebox share: ffmpeg, its meter, and how long a file lasts."""
