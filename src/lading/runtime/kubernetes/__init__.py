"""Clusters: what runs in them, as the Kubernetes API tells it, and which images that is."""
