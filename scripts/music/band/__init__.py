"""The band: a module for each player; `scripts.music.arrangement` puts them together."""
