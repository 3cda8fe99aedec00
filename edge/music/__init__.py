"""Music on the device: a network that makes tunes up, and what makes sound and MIDI of them."""
