"""What the site adds to Sphinx: equations, the reference's completeness, live pages, Markdown."""
