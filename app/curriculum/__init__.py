"""What is taught: modules as folders under `content/`, their validated form, and their safe rendering."""
