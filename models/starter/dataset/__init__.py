"""Read free scores of several formats, clean them, and turn them into songs of the dialect."""
