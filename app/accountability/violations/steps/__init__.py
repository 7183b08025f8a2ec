"""A step that was agreed on after a possible violation: reminding of it, and asking whether it was done."""
