"""The speech network: transcribed speech, real and synthetic -> CTC -> a bundle that writes down what is said."""
