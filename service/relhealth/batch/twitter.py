"""The shape of the public "Customer Support on Twitter" table, as a flat table of messages.

That table has `tweet_id, author_id, inbound, created_at, text, response_tweet_id,
in_response_to_tweet_id`, and no column for the brand that a customer writes to. Replies tell:

* A tweet of a brand belongs to the customer that it answers, through the brand's own earlier
  tweets where it continues itself.
* A customer's tweet belongs to every brand that answered it or that it answers; without one, to
  the conversation's only brand; without one, to the brands that it mentions; without one, to
  those of the tweet that it continues.

What belongs to nobody (a broadcast, an answer to a tweet that is not in the table) is left out and
counted.
"""

from __future__ import annotations

from typing import Final

import duckdb

COLUMNS: Final = (
    "tweet_id",
    "author_id",
    "inbound",
    "created_at",
    "text",
    "in_response_to_tweet_id",
)

_LONGEST_CHAIN_DOUBLINGS: Final = 24

_TWEETS: Final = """
CREATE TABLE tweets AS
SELECT rowid AS source_row, tweet_id, author_id, lower(inbound) IN ('true', '1') AS inbound,
    created_at, text, nullif(in_response_to_tweet_id, '') AS parent, file, line, torn
FROM raw
"""

_UP: Final = """
CREATE TABLE up AS
SELECT t.tweet_id, coalesce(p.tweet_id, t.tweet_id) AS root
FROM tweets t LEFT JOIN tweets p ON p.tweet_id = t.parent
"""

_UP_TWICE: Final = """
CREATE OR REPLACE TABLE up AS
SELECT a.tweet_id, b.root FROM up a JOIN up b ON b.tweet_id = a.root
"""

_ADDRESSEES: Final = """
CREATE TABLE addressees AS
SELECT t.tweet_id, p.author_id AS customer_id
FROM tweets t JOIN tweets p ON p.tweet_id = t.parent
WHERE NOT t.inbound AND p.inbound
"""

_ADDRESSEES_THROUGH_OWN: Final = """
INSERT INTO addressees
SELECT t.tweet_id, a.customer_id
FROM tweets t JOIN addressees a ON a.tweet_id = t.parent
ANTI JOIN addressees known ON known.tweet_id = t.tweet_id
WHERE NOT t.inbound
"""

_BRANDS_BY_REPLY: Final = """
CREATE TABLE addressed AS
SELECT t.tweet_id, b.author_id AS brand_id
FROM tweets t JOIN tweets b ON b.parent = t.tweet_id WHERE t.inbound AND NOT b.inbound
UNION
SELECT t.tweet_id, b.author_id
FROM tweets t JOIN tweets b ON b.tweet_id = t.parent WHERE t.inbound AND NOT b.inbound
"""

_BRANDS_BY_CONVERSATION: Final = """
INSERT INTO addressed
SELECT t.tweet_id, c.brand_id
FROM tweets t JOIN up ON up.tweet_id = t.tweet_id JOIN (
    SELECT up.root, min(author_id) AS brand_id FROM tweets JOIN up USING (tweet_id)
    WHERE NOT inbound GROUP BY up.root HAVING count(DISTINCT author_id) = 1
) c ON c.root = up.root
ANTI JOIN addressed known ON known.tweet_id = t.tweet_id
WHERE t.inbound
"""

_BRANDS_BY_MENTION: Final = r"""
INSERT INTO addressed
SELECT DISTINCT t.tweet_id, b.author_id
FROM (
    SELECT tweet_id, lower(unnest(regexp_extract_all(text, '@(\w+)', 1))) AS handle
    FROM tweets ANTI JOIN addressed USING (tweet_id) WHERE inbound
) t JOIN (SELECT DISTINCT author_id FROM tweets WHERE NOT inbound) b
ON lower(b.author_id) = t.handle
"""

_BRANDS_BY_CONTINUING: Final = """
INSERT INTO addressed
SELECT t.tweet_id, a.brand_id
FROM tweets t JOIN tweets p ON p.tweet_id = t.parent JOIN addressed a ON a.tweet_id = p.tweet_id
ANTI JOIN addressed known ON known.tweet_id = t.tweet_id
WHERE t.inbound AND t.author_id = p.author_id
"""

_MESSAGES: Final = """
CREATE VIEW placed AS
SELECT source_row, tweet_id, parent, inbound, created_at, text, a.brand_id,
    author_id AS customer_id, file, line, torn
FROM tweets JOIN addressed a USING (tweet_id)
UNION ALL
SELECT source_row, tweet_id, parent, inbound, created_at, text, author_id AS brand_id,
    a.customer_id, file, line, torn
FROM tweets JOIN addressees a USING (tweet_id)
"""

_AS_RAW: Final = """
CREATE VIEW shaped AS
SELECT source_row, brand_id, customer_id, NULL AS segment, tweet_id AS interaction_id,
    created_at AS sent_time, NULL AS recorded_time,
    CASE WHEN inbound THEN 'customer' ELSE 'brand' END AS sender, NULL AS inbound,
    NULL AS sender_kind, 'SOCIAL_PUBLIC' AS channel, NULL AS purpose, text, NULL AS language,
    parent AS in_reply_to_id, root AS thread_id, NULL AS audience_size, NULL AS rating,
    NULL AS rating_min, NULL AS rating_max, NULL AS opt_out, NULL AS consent, file, line, torn
FROM placed JOIN up USING (tweet_id)
"""

TIME_FORMAT: Final = "%a %b %d %H:%M:%S %z %Y"


def shape(connection: duckdb.DuckDBPyConnection) -> int:
    """Makes the view `shaped` of the table `raw`; gives how many tweets belong to nobody."""
    for statement in (_TWEETS, _UP):
        connection.execute(statement)
    _until_settled(connection, _UP_TWICE, "SELECT count(DISTINCT root) FROM up")
    connection.execute(_ADDRESSEES)
    _until_settled(connection, _ADDRESSEES_THROUGH_OWN, "SELECT count(*) FROM addressees")
    for statement in (_BRANDS_BY_REPLY, _BRANDS_BY_CONVERSATION, _BRANDS_BY_MENTION):
        connection.execute(statement)
    _until_settled(connection, _BRANDS_BY_CONTINUING, "SELECT count(*) FROM addressed")
    connection.execute(_MESSAGES)
    connection.execute(_AS_RAW)
    return _number(
        connection,
        "SELECT count(*) FROM tweets ANTI JOIN addressed USING (tweet_id) "
        "ANTI JOIN addressees USING (tweet_id) WHERE NOT torn",
    )


def _until_settled(connection: duckdb.DuckDBPyConnection, step: str, measure: str) -> None:
    before = _number(connection, measure)
    for _ in range(_LONGEST_CHAIN_DOUBLINGS):
        connection.execute(step)
        after = _number(connection, measure)
        if after == before:
            return
        before = after


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])
