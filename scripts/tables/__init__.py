"""Constants, tables and types by subject: the room behind the door temporary.py."""
