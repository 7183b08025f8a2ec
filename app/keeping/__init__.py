"""The end of a record: sealed or destroyed, held, kept for so many years, handed to the one it is about."""
