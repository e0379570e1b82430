"""Networks that compute: torch's modules, gradients, and jobs that run in a process of their own."""
