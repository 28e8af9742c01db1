"""Part 2 of the course: how a network's parameters find their way down."""
