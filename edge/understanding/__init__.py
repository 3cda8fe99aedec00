"""What a sentence means: its words, the entities in it, its mood."""
