"""Containers in a layer: archives, packages and file systems in files, whose files go to the readers that want them."""
