"""A court's officers and its program in numbers, for supervisors."""
