"""Named entities in commands as a recogniser writes them: lower case, no punctuation, and some words wrong."""
