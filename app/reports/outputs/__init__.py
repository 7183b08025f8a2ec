"""A report in other forms than its PDF: a web page, a table, data for other systems, a courtesy copy."""
