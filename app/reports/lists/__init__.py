"""Reports about many people in one document: an officer's or the court's caseload, the packet of a hearing calendar."""
