"""Who somebody is, and the one page that says who may do what."""
