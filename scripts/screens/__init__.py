"""Screens that have grown out of `scripts/interface.py`: what is drawn, and the loop behind it."""
