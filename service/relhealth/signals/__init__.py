"""What several traits need to know about a history, one family a file."""
