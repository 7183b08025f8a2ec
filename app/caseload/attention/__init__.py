"""What needs somebody today, and what was put aside: one table of rules, and the list of the day."""
