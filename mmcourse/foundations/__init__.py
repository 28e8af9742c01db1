"""Part 1 of the course: scores, losses, gradients, and how they are computed."""
