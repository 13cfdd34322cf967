"""A training shown while it runs: its record in JSON lines, and the page that follows it."""
