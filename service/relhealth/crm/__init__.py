"""One adapter a system: its exports and webhooks to histories, a score to its fields.

The way of a record: `records` reads it from a file with its place; the system's adapter recognises
it and puts it on the `Stage`, where the latest version of each record stays; when all files are
read, the adapter joins what lies there into `Found` interactions; `gathering` brings together what
belongs to one customer. Both keep their rows in temporary SQLite files, so that an export may be
larger than memory and its files may come in any order.

What an adapter leaves out it reports, with a reason; what it cannot join it rejects, with the
place. Nothing is guessed.
"""
