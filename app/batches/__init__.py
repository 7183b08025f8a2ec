"""Many reports at once: batches that people ask for, and the reports that a court's rules have made by themselves."""
