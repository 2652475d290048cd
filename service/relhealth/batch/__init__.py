"""Files and tables of relationships."""
