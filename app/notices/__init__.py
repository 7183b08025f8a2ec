"""Messages to people. Every one is a row before it is sent."""
