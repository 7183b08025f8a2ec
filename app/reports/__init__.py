"""Reports: the frozen facts, the page, the PDF/A, its signature and the check of it."""
