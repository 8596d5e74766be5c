"""What plays when: the jukebox, its folder and loop, and what it keeps of them."""
