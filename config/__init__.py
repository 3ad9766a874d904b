"""The composition root: settings, addresses, the task queue, the error body, the runtime."""
