"""Where the ink is: of one character, and of a page."""
