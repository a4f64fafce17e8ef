"""Pictures: opened, and brought into the form a network was trained on."""
