"""Scripts that make what convviz ships: run once, kept so that anyone can make it again."""
