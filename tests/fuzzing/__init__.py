"""Damaged input for everything that reads what others wrote: bench/fuzz.py has it read by the million, test_fuzzing.py
a sample."""
