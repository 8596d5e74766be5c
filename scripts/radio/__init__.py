"""Radio: songs are written by a process of its own while others play."""
