"""Set-up: the environment, the libraries, checks of this computer. Standard library only."""
