"""From the letters that the network hears to the text that was said."""
