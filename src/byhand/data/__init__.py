"""Pixels and labels come in here: IDX files, data sets by name, folder or file."""
