"""Set-up: the environment, the libraries, a look at the machine. Standard library only."""
