"""Reports that are made without anybody asking, as the court's rules say."""
