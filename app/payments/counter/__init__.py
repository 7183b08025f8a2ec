"""Money at the counter: payments with a receipt, and corrections of what is owed."""
