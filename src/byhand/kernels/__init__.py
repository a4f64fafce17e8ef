"""The heavy inner loops: in plain NumPy, and the same functions compiled."""
