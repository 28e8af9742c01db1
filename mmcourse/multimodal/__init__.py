"""Part 5 of the course: what several modalities have to do with one another, and what a network makes of it."""
