"""Numbers, columns and sentences as text."""
