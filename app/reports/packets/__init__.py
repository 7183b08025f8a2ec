"""The packet of a hearing calendar: the report of each person who is heard on a day, in one document with an index."""
