"""One module for each kind of place that images live in: how such an image is told and opened."""
