"""Text to acts, with the words that show them."""
