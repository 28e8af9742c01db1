"""Part 3 of the course: what a network has learned when it meets data it has never seen."""
