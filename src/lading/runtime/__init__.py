"""What runs: containers of engines and clusters, their processes, and what they changed of their images."""
