"""Networks that compute: trained and kept as runs, looked into, in processes of their own; the only room with torch."""
