"""Your models lie here; the package models.starter trains the one that comes along."""
