"""Every page of the portal and the console: how to get at each one from the route map, and what to look at there."""
