"""What came of a date before the judge, and how it is corrected."""
