"""The user guide's pictures: a journey through a real stack, in both languages."""
