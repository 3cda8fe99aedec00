"""Studies of what networks can do, as pictures: small nets, a few minutes of one core."""
