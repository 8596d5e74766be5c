"""The band: each player a room of its own, behind `scripts.music.arrangement`."""
