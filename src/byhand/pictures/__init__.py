"""Picture files opened safely, page by page, and made grey."""
