"""The advisory database as a scan sees it: which shards it needs, where they come from, and what is in them."""
