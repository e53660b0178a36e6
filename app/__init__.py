"""What people touch: command line, chat page, document reader, HTTP API."""
