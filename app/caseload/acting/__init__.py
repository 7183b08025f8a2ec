"""One thing done for several people at once: looked at before, done one by one, told of each."""
