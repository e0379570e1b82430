"""Side-by-side measurements of the app: `python -m bench` prints one table."""
