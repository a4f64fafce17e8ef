"""Reading: a picture of handwriting in, its digits in order out."""
