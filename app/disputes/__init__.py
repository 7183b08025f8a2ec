"""A participant says that a fact in the record is not right; a person of the court looks at it and answers."""
