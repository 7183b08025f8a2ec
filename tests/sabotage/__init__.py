"""Break one promise at a time in a copy of the portal, and see that the test which proves it turns red."""
