"""Music: a recurrent network that foresees which keys sound next, and so makes tunes up."""
