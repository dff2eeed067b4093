"""What people read: the report and the inventory as text for a terminal, a pipe or a log."""
