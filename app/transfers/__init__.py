"""Moving a case to another court of the portal: asked for, agreed to, accepted, handed over, received."""
