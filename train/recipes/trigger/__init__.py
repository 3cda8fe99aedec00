"""The trigger network: words -> mixtures -> fitting -> validation -> a bundle."""
