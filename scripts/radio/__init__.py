"""Radio: a separate process writes new songs while others play."""
