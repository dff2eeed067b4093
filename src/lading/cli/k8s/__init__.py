"""`lading k8s`: what runs in clusters."""
