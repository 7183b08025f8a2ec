"""Notes of staff on a case: private, or shared with the participant."""
