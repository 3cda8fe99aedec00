"""Translation: an encoder and a decoder with attention, over sub-words."""
