"""One module for each upstream: which documents it publishes, and how they become shards."""
