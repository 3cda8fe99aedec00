"""What a body is doing, from the poses that a camera's pose estimator gives: JHMDB's activities."""
