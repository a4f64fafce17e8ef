"""Forms: the fields of a printed form, found on each scan and read into a table."""
